"""查看排程: the days of a month with the times a schedule is open, and what the day is called."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import msgspec

from dingbell.notify.models import Schedule, ScheduleKind
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.documents import CalendarAnswer, DayAnswer, OpenDocument, RangeDocument, WorkdayDocument
from dingbell.notify.schedules.scheduling import Timetable, first_moment
from dingbell.storage.times import iso


def month(schedule: Schedule, first: date) -> CalendarAnswer:
    """The month that begins on `first`. A disabled schedule is shown as if it were enabled."""
    days = [first + timedelta(days=number) for number in range(monthrange(first.year, first.month)[1])]
    names = _Names(schedule)
    if schedule.kind == ScheduleKind.HOLIDAY:
        holidays = schedules.holidays_of(schedule)
        timetable = Timetable(ZoneInfo(schedule.time_zone), [], holidays)
    else:
        timetable = schedules.timetable(schedule, schedules.holidays_in_force())
    return CalendarAnswer(
        schedule=schedule.id,
        month=f"{first:%Y-%m}",
        time_zone=schedule.time_zone,
        days=[_day(day, timetable, names) for day in days],
    )


def _day(day: date, timetable: Timetable, names: _Names) -> DayAnswer:
    since_us = first_moment(day, 0, timetable.zone)
    until_us = first_moment(day + timedelta(days=1), 0, timetable.zone)
    return DayAnswer(
        date=day.isoformat(),
        weekday=day.isoweekday(),
        counts_as=timetable.counts_as(day),
        holiday=timetable.holidays.weekday_of(day) is None,
        workday=day in timetable.holidays.workdays,
        name=names.of(day),
        open=[
            OpenDocument(start=iso(one.start_us, timetable.zone) or "", end=iso(one.end_us, timetable.zone) or "")
            for one in timetable.intervals(since_us, until_us)
        ],
    )


class _Names:
    """What the holiday schedules in force, or this one, call a date; a swap goes before a holiday."""

    def __init__(self, schedule: Schedule) -> None:
        if schedule.kind == ScheduleKind.HOLIDAY:
            found = [schedule]
        elif schedule.ignore_holidays:
            found = []
        else:
            found = list(Schedule.objects.filter(kind=ScheduleKind.HOLIDAY, enabled=True))
        self._ranges = [one for each in found for one in msgspec.convert(each.ranges, list[RangeDocument])]
        self._workdays = {
            one.date: one.name for each in found for one in msgspec.convert(each.workdays, list[WorkdayDocument])
        }

    def of(self, day: date) -> str:
        text = day.isoformat()
        if text in self._workdays:
            return self._workdays[text]
        return next((one.name for one in self._ranges if one.start <= text <= one.end), "")
