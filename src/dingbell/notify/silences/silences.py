"""Silences (静默、检修): begun, ended and described, for REST and the pages alike, and compiled for the engine.

While one lasts, what would be told of the alarms it covers is withheld (silencing.py); when it is over, by the clock
or by hand, what still holds of it is sent (pipeline/releasing.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from msgspec import UNSET, Struct, UnsetType

from dingbell.notify.models import Silence
from dingbell.notify.refusals import FieldError, Findings, InUse, Missing
from dingbell.notify.rules import criteria
from dingbell.notify.silences.silencing import Scope
from dingbell.storage import versions
from dingbell.storage.times import DAY, from_iso, iso
from dingbell.storage.versions import Subject
from dingbell.users import audit

LONGEST_DAYS = 31
LONGEST_REASON, LONGEST_PLACE = 500, 512
PLANT = "全厂"


class SilenceInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """`area` or `path`, or neither for the whole plant; `start` null is now. Moments are ISO 8601."""

    area: str | None = None
    path: str | None = None
    reason: str | UnsetType = UNSET
    start: str | None = None
    until: str | UnsetType = UNSET


class SilenceAnswer(Struct, kw_only=True):
    """`released_at`: when everything it withheld was seen to; `sent_again`: how many messages went out then."""

    id: int
    area: str
    path: str
    reason: str
    start: str
    until: str
    created_at: str
    created_by: str
    ended_at: str | None
    ended_by: str
    released_at: str | None
    sent_again: int


def create(document: SilenceInput, actor: str, now_us: int) -> SilenceAnswer:
    """Raises Invalid."""
    findings = Findings()
    area = findings.text("area", document.area, "", most=LONGEST_PLACE)
    path = findings.text("path", document.path, "", most=LONGEST_PLACE)
    if area and path:
        findings.add("path", _("区域和路径只能填写一个"))
    criteria.check_pattern("path", path, findings)
    reason = findings.text("reason", document.reason, "", most=LONGEST_REASON, required=True)
    start_us = max(now_us, _moment("start", document.start, findings) if document.start else now_us)
    until_us = _moment("until", "" if isinstance(document.until, UnsetType) else document.until, findings)
    if not findings.errors:
        _check_length(start_us, until_us, findings)
    findings.settle()
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        silence = Silence.objects.create(
            area=area, path=path, reason=reason, start_us=start_us, until_us=until_us,
            created_us=now_us, created_by=actor,
        )  # fmt: skip
        answer = describe(silence)
        audit.record("silence", silence.id, place(silence), None, answer)
    return answer


def end(silence_id: int, actor: str, now_us: int) -> SilenceAnswer:
    """End it now, before its time. Raises Missing, and InUse when it is over already."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        silence = find(silence_id)
        if silence.ended_us is not None or silence.until_us <= now_us:
            raise InUse([FieldError("", _("这个静默已经结束。"))])
        before = describe(silence)
        silence.ended_us, silence.ended_by = now_us, actor
        silence.save()
        answer = describe(silence)
        audit.record("silence", silence.id, place(silence), before, answer)
    return answer


def find(silence_id: int) -> Silence:
    """Raises Missing."""
    silence = Silence.objects.filter(id=silence_id).first()
    if silence is None:
        raise Missing
    return silence


def everything() -> QuerySet[Silence]:
    """The newest first."""
    return Silence.objects.order_by("-id")


def standing(now_us: int) -> Q:
    """Those that are not over: they withhold something now or will."""
    return Q(ended_us=None, until_us__gt=now_us)


def current(now_us: int) -> QuerySet[Silence]:
    """Those that withhold something now, the one that ends first at the top."""
    return Silence.objects.filter(standing(now_us), start_us__lte=now_us).order_by("until_us", "id")


def coming(now_us: int) -> QuerySet[Silence]:
    """Those that will begin, the next one at the top."""
    return Silence.objects.filter(standing(now_us), start_us__gt=now_us).order_by("start_us", "id")


def in_force() -> Iterable[Scope]:
    """All that are not over, for the engine."""
    for one in Silence.objects.filter(ended_us=None).order_by("id"):
        yield Scope(one.id, one.area, one.path, one.start_us, one.until_us)


def place(silence: Silence) -> str:
    """What it covers, in its own words: the area, the pattern, 全厂."""
    return silence.area or silence.path or PLANT


def describe(silence: Silence) -> SilenceAnswer:
    zone = ZoneInfo(settings.TIME_ZONE)
    return SilenceAnswer(
        id=silence.id,
        area=silence.area,
        path=silence.path,
        reason=silence.reason,
        start=iso(silence.start_us, zone) or "",
        until=iso(silence.until_us, zone) or "",
        created_at=iso(silence.created_us, zone) or "",
        created_by=silence.created_by,
        ended_at=iso(silence.ended_us, zone),
        ended_by=silence.ended_by,
        released_at=iso(silence.released_us, zone),
        sent_again=silence.sent_again,
    )


def _moment(field: str, text: str, findings: Findings) -> int:
    if not text.strip():
        findings.add(field, _("必填"))
        return 0
    try:
        return from_iso(text, ZoneInfo(settings.TIME_ZONE))
    except ValueError:
        findings.add(field, _("应为 2026-11-22T08:00:00+08:00 这样的 ISO 8601 时间"))
        return 0


def _check_length(start_us: int, until_us: int, findings: Findings) -> None:
    """A silence that nobody remembers is how an alarm is missed."""
    if until_us <= start_us:
        findings.add("until", _("结束时间应晚于开始时间和现在"))
    elif until_us - start_us > LONGEST_DAYS * DAY:
        findings.add("until", _("最长 %(days)d 天") % {"days": LONGEST_DAYS})
