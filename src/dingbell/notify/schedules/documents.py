"""Schedules as the contract writes them: `…Input` comes in, `…Answer` goes out (see documents.py).

Times are `HH:MM:SS` on the wall clock of the schedule's zone, dates are `YYYY-MM-DD`, weekdays 1 (Monday) to 7
(Sunday). The same documents of periods, ranges and working days are what the database keeps.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from dingbell.notify.refusals import Text


class PeriodDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """Begins on each of these weekdays at `start`. An `end` at or before `start` is on the following day."""

    weekdays: list[int]
    start: str
    end: str


class RangeDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """A holiday: its first and last date."""

    start: str
    end: str
    name: str = ""


class WorkdayDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """A date that counts as another weekday (调休): the Sunday before a holiday as a Monday."""

    date: str
    as_weekday: int = 1
    name: str = ""


class ScheduleInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """`periods`, `ranges` and `workdays` replace what there is as a whole.

    `kind` is `standard` (has `time_zone`, `ignore_holidays`, `periods`, `start_date`, `end_date`; null or "" is no
    limit) or `holiday` (has `ranges` and `workdays`; its dates are those of whatever zone a standard one has).
    """

    name: Text = UNSET
    description: Text = UNSET
    kind: Text = UNSET
    enabled: bool | UnsetType = UNSET
    time_zone: Text = UNSET
    ignore_holidays: bool | UnsetType = UNSET
    periods: list[PeriodDocument] | UnsetType = UNSET
    start_date: Text = UNSET
    end_date: Text = UNSET
    ranges: list[RangeDocument] | UnsetType = UNSET
    workdays: list[WorkdayDocument] | UnsetType = UNSET
    id: Any = UNSET
    created_at: Any = UNSET


class ScheduleAnswer(Struct, kw_only=True):
    id: int
    name: str
    description: str
    kind: str
    enabled: bool
    time_zone: str
    ignore_holidays: bool
    periods: list[PeriodDocument]
    start_date: str | None
    end_date: str | None
    ranges: list[RangeDocument]
    workdays: list[WorkdayDocument]
    created_at: str


class OpenDocument(Struct, kw_only=True):
    """Open from `start` until just before `end` (ISO 8601), cut at midnight."""

    start: str
    end: str


class DayAnswer(Struct, kw_only=True):
    """`counts_as`: the weekday whose periods begin on it, null when none do; `name`: of its holiday or swap."""

    date: str
    weekday: int
    counts_as: int | None
    holiday: bool
    workday: bool
    name: str
    open: list[OpenDocument]


class CalendarAnswer(Struct, kw_only=True):
    """A month of a schedule. A holiday schedule is never open: it names its days."""

    schedule: int
    month: str
    time_zone: str
    days: list[DayAnswer]


class HolidaysAnswer(Struct, kw_only=True):
    """`known` false: the year's arrangement is not part of this version, and both lists are empty."""

    year: int
    known: bool
    ranges: list[RangeDocument]
    workdays: list[WorkdayDocument]
