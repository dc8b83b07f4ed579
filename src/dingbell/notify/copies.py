"""What a copy is called."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _


def copy_name(name: str, among: QuerySet[Any], most: int = 100) -> str:
    """“名称 (副本)”, or the first “名称 (副本 2)” … that none `among` them has; cut to `most`."""
    for number in count(1):
        mark = _(" (副本)") if number == 1 else _(" (副本 %(number)d)") % {"number": number}
        wanted = name[: most - len(mark)] + mark
        if not among.filter(name=wanted).exists():
            return wanted
    raise AssertionError
