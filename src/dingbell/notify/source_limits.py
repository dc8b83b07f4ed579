"""How long a source may be silent before people are told: set for REST and the page alike."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from msgspec import UNSET, Struct, UnsetType

from dingbell.alarms import sources
from dingbell.alarms.sources import LONGEST_SILENCE, Source
from dingbell.notify.refusals import Findings, Text
from dingbell.users import audit

KIND = "source"
_MOST_NAME = 512


class SourceLimitInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """Both are required; `silent_minutes` 0 is without a limit. What only an answer has is ignored."""

    name: Text = UNSET
    silent_minutes: int | UnsetType = UNSET
    alarms: Any = UNSET
    standing: Any = UNSET
    last_event_at: Any = UNSET
    last_heard_at: Any = UNSET
    silent_since: Any = UNSET


def change(document: SourceLimitInput, now_us: int) -> Source:
    """The source as it stands then. Raises Invalid."""
    findings = Findings()
    name = findings.text("name", document.name, "", most=_MOST_NAME, required=True)
    minutes = 0
    if isinstance(document.silent_minutes, UnsetType):
        findings.add("silent_minutes", _("必填"))
    elif not 0 <= (minutes := document.silent_minutes) <= LONGEST_SILENCE:
        findings.add("silent_minutes", _("应为 0 到 %(most)d 分钟") % {"most": LONGEST_SILENCE})
    findings.settle()
    with transaction.atomic():
        before = sources.limit(name, minutes, now_us)
        audit.record(KIND, 0, name, {"silent_minutes": before}, {"silent_minutes": minutes})
    return sources.find(name)
