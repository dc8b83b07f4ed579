"""Schedules: created, changed, deleted and described, for REST and the pages alike, and compiled for the engine.

Every change is one transaction with the next configuration version (see services.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import msgspec
import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.notify.copies import copy_name
from dingbell.notify.models import Block, Schedule, ScheduleKind
from dingbell.notify.refusals import FieldError, Findings, InUse, Missing
from dingbell.notify.schedules import times as schedule_times
from dingbell.notify.schedules.documents import (
    PeriodDocument,
    RangeDocument,
    ScheduleAnswer,
    ScheduleInput,
    WorkdayDocument,
)
from dingbell.notify.schedules.scheduling import Holidays, Period, Timetable
from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.users import audit

log = structlog.get_logger(__name__)
_MOST_NAME, _MOST_DESCRIPTION, _MOST_ZONE = 100, 500, 64


def create(document: ScheduleInput) -> ScheduleAnswer:
    """Raises Invalid."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        return _write(Schedule(time_zone=settings.TIME_ZONE, enabled=True), document)


def update(schedule_id: int, document: ScheduleInput) -> ScheduleAnswer:
    """Change what `document` mentions. Raises Missing, Invalid."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        return _write(_find(schedule_id), document)


def copy(schedule_id: int) -> ScheduleAnswer:
    """The same schedule under a new name. A holiday schedule is switched off: its days hold once already.

    Raises Missing.
    """
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        schedule = _find(schedule_id)
        document = msgspec.convert(msgspec.to_builtins(_describe(schedule)), ScheduleInput)
        document.name = copy_name(schedule.name, Schedule.objects.all())
        if schedule.kind == ScheduleKind.HOLIDAY:
            document.enabled = False
        return _write(Schedule(), document)


def delete(schedule_id: int) -> None:
    """Raises Missing, and InUse with the names of the rules that ask it."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        schedule = _find(schedule_id)
        rules = "、".join(used_by([schedule_id]).get(schedule_id, ()))
        if rules:
            raise InUse([FieldError("", _("通知规则正在使用这个排程：%(rules)s。") % {"rules": rules})])
        before = _describe(schedule)
        schedule.delete()
        audit.record("schedule", schedule_id, before.name, before, None)


def describe(schedule_id: int) -> ScheduleAnswer:
    """Raises Missing."""
    return _describe(_find(schedule_id))


def everything() -> QuerySet[Schedule]:
    return Schedule.objects.all()


def answers(schedules: Iterable[Schedule]) -> list[ScheduleAnswer]:
    return [_describe(schedule) for schedule in schedules]


def used_by(schedule_ids: Iterable[int]) -> dict[int, list[str]]:
    """The names of the rules that ask each of these schedules."""
    blocks = Block.objects.filter(schedule_id__in=schedule_ids).order_by("rule__name")
    found: dict[int, list[str]] = {}
    for schedule_id, name in blocks.values_list("schedule_id", "rule__name").distinct():
        found.setdefault(schedule_id, []).append(name)
    return found


def time_zones() -> set[str]:
    """The zones to choose from; older names are understood as well."""
    return {zone for zone in available_timezones() if "/" in zone or zone == "UTC"}


# --- compiled -------------------------------------------------------------------------------------------


def timetables() -> dict[int, Timetable]:
    """What restricts notifications: the standard schedules that are enabled. A disabled one is always open."""
    holidays = holidays_in_force()
    found = {}
    for schedule in Schedule.objects.filter(kind=ScheduleKind.STANDARD, enabled=True):
        try:
            found[schedule.id] = timetable(schedule, holidays)
        except ZoneInfoNotFoundError:  # the time zones of this machine are older: rather a message too much
            log.warning("time_zone_unknown", schedule=schedule.id, time_zone=schedule.time_zone)
    return found


def timetable(schedule: Schedule, holidays: Holidays) -> Timetable:
    """A standard schedule, with the holidays that are in force unless it ignores them."""
    return Timetable(
        zone=ZoneInfo(schedule.time_zone),
        periods=[_period(one) for one in msgspec.convert(schedule.periods, list[PeriodDocument])],
        holidays=Holidays() if schedule.ignore_holidays else holidays,
        start_date=schedule.start_date,
        end_date=schedule.end_date,
    )


def holidays_in_force() -> Holidays:
    """The days of all enabled holiday schedules together."""
    found = list(Schedule.objects.filter(kind=ScheduleKind.HOLIDAY, enabled=True))
    return Holidays(
        ranges=[one for schedule in found for one in holidays_of(schedule).ranges],
        workdays={day: weekday for schedule in found for day, weekday in holidays_of(schedule).workdays.items()},
    )


def holidays_of(schedule: Schedule) -> Holidays:
    ranges = msgspec.convert(schedule.ranges, list[RangeDocument])
    workdays = msgspec.convert(schedule.workdays, list[WorkdayDocument])
    return Holidays(
        ranges=[(date.fromisoformat(one.start), date.fromisoformat(one.end)) for one in ranges],
        workdays={date.fromisoformat(one.date): one.as_weekday for one in workdays},
    )


def _period(document: PeriodDocument) -> Period:
    start_s, end_s = schedule_times.span(document)
    return Period(frozenset(document.weekdays), start_s, end_s)


# --- written --------------------------------------------------------------------------------------------


def _find(schedule_id: int) -> Schedule:
    schedule = Schedule.objects.filter(id=schedule_id).first()
    if schedule is None:
        raise Missing
    return schedule


def _write(schedule: Schedule, document: ScheduleInput) -> ScheduleAnswer:
    before = _describe(schedule) if schedule.id else None
    findings = Findings()
    _general(schedule, document, findings)
    if schedule.kind == ScheduleKind.STANDARD:
        _standard(schedule, document, findings)
    elif schedule.kind == ScheduleKind.HOLIDAY:
        _holiday(schedule, document, findings)
    findings.settle()
    schedule.save()
    answer = _describe(schedule)
    audit.record("schedule", schedule.id, schedule.name, before, answer)
    return answer


def _general(schedule: Schedule, document: ScheduleInput, findings: Findings) -> None:
    schedule.name = findings.text("name", document.name, schedule.name, most=_MOST_NAME, required=True)
    if Schedule.objects.filter(name=schedule.name).exclude(id=schedule.id).exists():
        findings.add("name", _("已经有同名的通知排程"))
    schedule.description = findings.text(
        "description", document.description, schedule.description, most=_MOST_DESCRIPTION
    )
    kind = findings.text("kind", document.kind, schedule.kind, most=16, required=True)
    if kind and kind not in ScheduleKind.values:
        findings.add("kind", _("没有这种通知排程：%(kind)s。可用：standard、holiday") % {"kind": kind})
    elif schedule.id and kind != schedule.kind:
        findings.add("kind", _("类型不能更改"))
    schedule.kind = schedule.kind or kind
    if not isinstance(document.enabled, UnsetType):
        schedule.enabled = document.enabled


def _standard(schedule: Schedule, document: ScheduleInput, findings: Findings) -> None:
    zone = findings.text("time_zone", document.time_zone, schedule.time_zone, most=_MOST_ZONE, required=True)
    if zone and zone not in available_timezones():
        findings.add("time_zone", _("没有这个时区：%(zone)s。例如 Asia/Shanghai") % {"zone": zone})
    schedule.time_zone = zone
    if not isinstance(document.ignore_holidays, UnsetType):
        schedule.ignore_holidays = document.ignore_holidays
    if not isinstance(document.periods, UnsetType):
        schedule.periods = msgspec.to_builtins(schedule_times.periods(document.periods, findings))
    if not schedule.periods and not document.periods:
        findings.add("periods", _("至少需要一个时段"))
    schedule.start_date = _limit("start_date", document.start_date, schedule.start_date, findings)
    schedule.end_date = _limit("end_date", document.end_date, schedule.end_date, findings)
    if schedule.start_date and schedule.end_date and schedule.end_date < schedule.start_date:
        findings.add("end_date", _("结束日期早于开始日期"))


def _limit(field: str, given: str | UnsetType | None, kept: date | None, findings: Findings) -> date | None:
    if isinstance(given, UnsetType):
        return kept
    return schedule_times.day(field, given, findings) if given else None


def _holiday(schedule: Schedule, document: ScheduleInput, findings: Findings) -> None:
    if not isinstance(document.ranges, UnsetType):
        schedule.ranges = msgspec.to_builtins(schedule_times.ranges(document.ranges, findings))
    if not isinstance(document.workdays, UnsetType):
        schedule.workdays = msgspec.to_builtins(schedule_times.workdays(document.workdays, findings))
    if not (schedule.ranges or schedule.workdays or document.ranges or document.workdays):
        findings.add("ranges", _("至少填写一个假期"))
    schedule_times.check_apart(schedule.ranges, schedule.workdays, findings)


def _describe(schedule: Schedule) -> ScheduleAnswer:
    return ScheduleAnswer(
        id=schedule.id,
        name=schedule.name,
        description=schedule.description,
        kind=schedule.kind,
        enabled=schedule.enabled,
        time_zone=schedule.time_zone,
        ignore_holidays=schedule.ignore_holidays,
        periods=msgspec.convert(schedule.periods, list[PeriodDocument]),
        start_date=schedule.start_date.isoformat() if schedule.start_date else None,
        end_date=schedule.end_date.isoformat() if schedule.end_date else None,
        ranges=msgspec.convert(schedule.ranges, list[RangeDocument]),
        workdays=msgspec.convert(schedule.workdays, list[WorkdayDocument]),
        created_at=timezone.localtime(schedule.created_at).isoformat(),
    )
