"""When a schedule is open. Pure: periods, dates and moments in, intervals out.

A period begins on every date that counts as one of its weekdays, and runs to its end whatever the date is by then.
Wall clocks are set forward and back: a period lasts from the first moment the clock shows its start or later until
the last moment it shows anything before its end, so that a change of the clock neither cuts it up nor loses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from dingbell.storage.times import DAY, SECOND, from_us, to_us

DAY_S = 24 * 3600
_LOOK_AHEAD_US = 32 * DAY
_OPENS_WITHIN_US = 366 * DAY
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Seconds since midnight. `end_s` is above `start_s`, and above DAY_S when the period runs past midnight.

    `weekdays` are ISO: 1 is Monday, 7 is Sunday.
    """

    weekdays: frozenset[int]
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True)
class Holidays:
    """First and last date of every holiday, and the dates that count as another weekday (调休).

    A date that stands in both is a working day: people named it one by one.
    """

    ranges: Sequence[tuple[date, date]] = ()
    workdays: Mapping[date, int] = field(default_factory=dict)

    def weekday_of(self, day: date) -> int | None:
        """The weekday a date counts as, None for a holiday."""
        swapped = self.workdays.get(day)
        if swapped is not None:
            return swapped
        if any(first <= day <= last for first, last in self.ranges):
            return None
        return day.isoweekday()


NO_HOLIDAYS = Holidays()


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start_us` until just before `end_us`."""

    start_us: int
    end_us: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Open or closed, and so it stays until `until_us` at least."""

    is_open: bool
    until_us: int


@dataclass(frozen=True)
class Timetable:
    """A schedule compiled. Dates are the zone's; `end_date` None has no end. A period begins on dates between both."""

    zone: tzinfo
    periods: Sequence[Period]
    holidays: Holidays = NO_HOLIDAYS
    start_date: date | None = None
    end_date: date | None = None

    def is_open(self, us: int) -> bool:
        return self.standing(us).is_open

    def standing(self, us: int) -> Standing:
        """How it stands at a moment."""
        horizon_us = us + _LOOK_AHEAD_US
        for interval in self.intervals(us, horizon_us):
            if interval.start_us > us:
                return Standing(False, interval.start_us)
            return Standing(True, interval.end_us)
        return Standing(False, horizon_us)

    def opens_us(self, us: int) -> int | None:
        """When it is open from this moment on: then, or the next time within a year; None when it is not."""
        first = next(self.intervals(us, us + _OPENS_WITHIN_US), None)
        return None if first is None else first.start_us

    def intervals(self, since_us: int, until_us: int) -> Iterator[Interval]:
        """When it is open between two moments, in order, none touching the next."""
        current: Interval | None = None
        for found in self._begun(since_us, until_us):
            cut = Interval(max(found.start_us, since_us), min(found.end_us, until_us))
            if cut.start_us >= cut.end_us:
                continue
            if current is not None and cut.start_us <= current.end_us:
                current = Interval(current.start_us, max(current.end_us, cut.end_us))
                continue
            if current is not None:
                yield current
            current = cut
        if current is not None:
            yield current

    def counts_as(self, day: date) -> int | None:
        """The weekday whose periods begin on a date; None when none does, for a holiday or outside its dates."""
        if (self.start_date and day < self.start_date) or (self.end_date and day > self.end_date):
            return None
        return self.holidays.weekday_of(day)

    def _begun(self, since_us: int, until_us: int) -> Iterator[Interval]:
        """The periods that may touch this time, by their start: one lasts two days at most, clocks shift by one."""
        day = from_us(since_us, self.zone).date() - 3 * _ONE_DAY
        last = from_us(until_us, self.zone).date()
        ordered = sorted(self.periods, key=lambda period: period.start_s)
        while day <= last:
            weekday = self.counts_as(day)
            for period in ordered:
                if weekday in period.weekdays:
                    yield Interval(
                        first_moment(day, period.start_s, self.zone), last_moment(day, period.end_s, self.zone)
                    )
            day += _ONE_DAY


class Gate:
    """A timetable asked again and again: one comparison while it stands as it stood."""

    __slots__ = ("_is_open", "_knows_opening", "_opens_us", "_since_us", "_timetable", "_until_us")

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._is_open = False
        self._since_us = self._until_us = 0
        self._opens_us: int | None = None
        self._knows_opening = False

    def is_open(self, us: int) -> bool:
        if not self._since_us <= us < self._until_us:
            standing = self._timetable.standing(us)
            self._is_open, self._since_us, self._until_us = standing.is_open, us, standing.until_us
            self._knows_opening = False
        return self._is_open

    def opens_us(self, us: int) -> int | None:
        """When it is open from this moment on: then, or the next time within a year; None when it is not."""
        if self.is_open(us):
            return us
        if not self._knows_opening:
            self._opens_us, self._knows_opening = self._timetable.opens_us(us), True
        return self._opens_us


def first_moment(day: date, second: int, zone: tzinfo) -> int:
    """When the clocks of the zone first show this second of the day or a later one."""
    earlier, later = _both(day, second, zone)
    return earlier if earlier <= later else _change(later, earlier, zone)


def last_moment(day: date, second: int, zone: tzinfo) -> int:
    """When the clocks of the zone have shown everything before this second of the day for the last time."""
    earlier, later = _both(day, second, zone)
    if earlier > later:
        return _change(later, earlier, zone)
    # A clock that is set back to this very second shows nothing before it again.
    is_set_back = from_us(later, zone).fold > from_us(later - 1, zone).fold
    return earlier if is_set_back else later


def _both(day: date, second: int, zone: tzinfo) -> tuple[int, int]:
    """The moment by the offset before and by the one after a change of the clock; alike at any other time.

    The first is smaller for what the clock shows twice, and greater for what it never shows.
    """
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(seconds=second)
    return to_us(wall.replace(fold=0)), to_us(wall.replace(fold=1))


def _change(low_us: int, high_us: int, zone: tzinfo) -> int:
    """The moment between these at which the clock is set forward."""
    before = from_us(low_us, zone).utcoffset()
    while high_us - low_us > SECOND:
        middle_us = (low_us + high_us) // 2
        if from_us(middle_us, zone).utcoffset() == before:
            low_us = middle_us
        else:
            high_us = middle_us
    return high_us - high_us % SECOND
