"""What a list is filtered by, read from the query: every value that cannot be used is named, none is ignored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from dingbell.api.problems import Problem
from dingbell.notify.refusals import FieldError, storable
from dingbell.storage.times import to_us

T = TypeVar("T")
_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:?\d\d)$")
_RECEIVER = re.compile(r"(robot|account):(\d{1,18})")


def several(field: str, given: Iterable[str], known: Mapping[str, T]) -> list[T]:
    """`?state=a&state=b` and `?state=a,b` alike. Raises Problem 422."""
    words = split(field, given)
    for word in words:
        if word not in known:
            raise refused(
                field, _("没有这个值：%(word)s。可用：%(known)s") % {"word": word[:40], "known": ", ".join(known)}
            )
    return [known[word] for word in words]


def split(field: str, given: Iterable[str]) -> list[str]:
    return [word.strip() for one in given for word in clean(field, one).split(",") if word.strip()]


def clean(field: str, text: str) -> str:
    """Without space around it. Raises Problem 422 for what no database takes."""
    if not storable(text):
        raise refused(field, _("含有不能保存的字符"))
    return text.strip()


def moment(field: str, text: str) -> int | None:
    """Microseconds of an ISO 8601 time; one without a zone is in the plant's. Raises Problem 422."""
    if not text:
        return None
    try:
        # An offset's + that was not escaped arrives as a space.
        found = datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text.strip()))
        return to_us(found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)))
    except (ValueError, OverflowError):
        raise refused(field, _("应为 2026-11-22T08:00:00+08:00 这样的 ISO 8601 时间")) from None


def receiver(text: str) -> tuple[int | None, int | None]:
    """`robot:1` or `account:1` as (robot id, account id); None for what was not asked for. Raises Problem 422."""
    if not text:
        return None, None
    found = _RECEIVER.fullmatch(text.strip())
    if found is None:
        raise refused("receiver", _("应为 robot:编号 或 account:编号，例如 robot:1"))
    receiver_id = int(found[2])
    return (receiver_id, None) if found[1] == "robot" else (None, receiver_id)


def refused(field: str, message: str) -> Problem:
    return Problem(422, f"{field}: {message}", [FieldError(field, message)])
