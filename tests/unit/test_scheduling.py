"""When a schedule is open, held against a model that walks through the time minute by minute."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dingbell.notify.schedules.scheduling import DAY_S, Gate, Holidays, Interval, Period, Standing, Timetable
from dingbell.storage.times import DAY, HOUR, MINUTE, from_us, to_us

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
# Clocks change here by an hour and by half an hour, at night and at midnight, and once by a whole day.
CHANGES = [
    (SHANGHAI, date(2026, 10, 1)),
    (NEW_YORK, date(2026, 3, 8)),
    (NEW_YORK, date(2026, 11, 1)),
    (ZoneInfo("Australia/Lord_Howe"), date(2026, 4, 5)),
    (ZoneInfo("Asia/Beirut"), date(2026, 3, 29)),
    (ZoneInfo("Pacific/Apia"), date(2011, 12, 30)),
]
EVERY_DAY = frozenset(range(1, 8))
WEEKDAYS = frozenset(range(1, 6))


def period(start: str, end: str, weekdays: frozenset[int] = EVERY_DAY) -> Period:
    start_s, end_s = (sum(int(part) * 60**place for place, part in enumerate(text.split(":")[::-1])) * 60
                      for text in (start, end))  # fmt: skip
    return Period(weekdays, start_s, end_s if end_s > start_s else end_s + DAY_S)


def moment(zone: ZoneInfo, *fields: int) -> int:
    return to_us(datetime(*fields, tzinfo=zone))  # type: ignore[misc,arg-type]


def open_minutes(timetable: Timetable, since_us: int, minutes: int) -> set[int]:
    """The minutes at which it is open, by looking at the clock on the wall before and after each."""
    around = 3 * 24 * 60
    moments = [since_us + n * MINUTE for n in range(-around, minutes + around)]
    shown = [from_us(us, timetable.zone).replace(tzinfo=None) for us in moments]
    latest_yet = list(accumulate(shown, max))
    earliest_still = list(accumulate(shown[::-1], min))[::-1]
    found = set()
    days = (max(shown).date() - min(shown).date()).days
    for day in (min(shown).date() + timedelta(days=n) for n in range(days + 1)):  # also one that was left out
        weekday = timetable.holidays.workdays.get(day, day.isoweekday())
        is_holiday = any(first <= day <= last for first, last in timetable.holidays.ranges)
        if is_holiday and day not in timetable.holidays.workdays:
            continue
        if not (timetable.start_date or date.min) <= day <= (timetable.end_date or date.max):
            continue
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- what the wall shows
        for one in timetable.periods:
            if weekday not in one.weekdays:
                continue
            start, end = midnight + timedelta(seconds=one.start_s), midnight + timedelta(seconds=one.end_s)
            found |= {
                us
                for us, latest, earliest in zip(moments, latest_yet, earliest_still, strict=True)
                if latest >= start and earliest < end
            }
    return {us for us in found if since_us <= us < since_us + minutes * MINUTE}


minutes_of_day = st.sampled_from([0, 1, 90, 120, 125, 150, 180, 479, 480, 720, 1380, 1439])
periods = st.builds(
    lambda weekdays, start, end: Period(weekdays, start * 60, (end if end > start else end + 1440) * 60),
    st.frozensets(st.integers(1, 7)), minutes_of_day, minutes_of_day | st.just(1440),
)  # fmt: skip


@st.composite
def timetables(draw: st.DrawFn) -> tuple[Timetable, int]:
    """A timetable and a moment before a day that matters in its zone."""
    zone, day = draw(st.sampled_from(CHANGES))
    near = st.integers(-3, 3).map(lambda days: day + timedelta(days=days))
    ranges = draw(st.lists(st.tuples(near, near).map(lambda both: (min(both), max(both))), max_size=2))
    workdays = draw(st.dictionaries(near, st.integers(1, 7), max_size=2))
    timetable = Timetable(
        zone=zone, periods=draw(st.lists(periods, max_size=3)), holidays=Holidays(ranges, workdays),
        start_date=draw(st.none() | near), end_date=draw(st.none() | near),
    )  # fmt: skip
    return timetable, moment(zone, day.year, day.month, day.day) - DAY


@settings(max_examples=40, deadline=None)
@given(timetables())
def test_it_is_open_when_the_clock_on_the_wall_says_so(given_one: tuple[Timetable, int]) -> None:
    timetable, since_us = given_one
    minutes = 3 * 24 * 60
    expected = open_minutes(timetable, since_us, minutes)
    found = list(timetable.intervals(since_us, since_us + minutes * MINUTE))
    assert {us for one in found for us in range(one.start_us, one.end_us, MINUTE)} == expected
    assert all(earlier.end_us < later.start_us for earlier, later in pairwise(found))


@settings(max_examples=100, deadline=None)
@given(timetables(), st.lists(st.integers(0, 5 * DAY), min_size=1, max_size=8))
def test_a_gate_says_the_same_whatever_it_was_asked_before(given_one: tuple[Timetable, int], asked: list[int]) -> None:
    timetable, since_us = given_one
    gate = Gate(timetable)
    for after_us in asked:
        us = since_us + after_us
        inside = any(one.start_us <= us < one.end_us for one in timetable.intervals(us - DAY, us + DAY))
        assert gate.is_open(us) is timetable.is_open(us) is inside


def test_a_period_runs_over_midnight_to_its_end_and_begins_on_its_days_only() -> None:
    nights = Timetable(SHANGHAI, [period("22:00", "06:00", WEEKDAYS)])
    friday, saturday = (2026, 11, 27), (2026, 11, 28)
    assert nights.is_open(moment(SHANGHAI, *friday, 23))
    assert nights.is_open(moment(SHANGHAI, *saturday, 5, 59, 59))
    assert not nights.is_open(moment(SHANGHAI, *saturday, 6))
    assert not nights.is_open(moment(SHANGHAI, *saturday, 23))
    assert nights.standing(moment(SHANGHAI, *saturday, 12)) == Standing(False, moment(SHANGHAI, 2026, 11, 30, 22))


def test_a_second_counts() -> None:
    one = Timetable(SHANGHAI, [Period(EVERY_DAY, 8 * 3600 + 1, 8 * 3600 + 2)])
    at = moment(SHANGHAI, 2026, 11, 22, 8, 0, 1)
    assert [one.is_open(us) for us in (at - 1, at, at + 999_999, at + 1_000_000)] == [False, True, True, False]


def test_overlapping_and_touching_periods_are_one() -> None:
    both = Timetable(SHANGHAI, [period("08:00", "12:00"), period("11:00", "14:00"), period("14:00", "15:00")])
    day = moment(SHANGHAI, 2026, 11, 22)
    assert list(both.intervals(day, day + DAY)) == [Interval(day + 8 * HOUR, day + 15 * HOUR)]


def test_the_whole_week_never_closes() -> None:
    always = Timetable(NEW_YORK, [period("00:00", "24:00")])
    at = moment(NEW_YORK, 2026, 3, 7, 12)
    assert list(always.intervals(at, at + 30 * DAY)) == [Interval(at, at + 30 * DAY)]
    assert always.standing(at).until_us > at + 30 * DAY


def test_holidays_close_swaps_open_and_a_period_from_the_eve_is_finished() -> None:
    holidays = Holidays([(date(2026, 10, 1), date(2026, 10, 7))], {date(2026, 10, 10): 1, date(2026, 10, 3): 1})
    shifts = Timetable(SHANGHAI, [period("20:00", "08:00", WEEKDAYS)], holidays)
    assert shifts.is_open(moment(SHANGHAI, 2026, 10, 1, 7)), "the night shift of 30 September"
    assert not shifts.is_open(moment(SHANGHAI, 2026, 10, 1, 21))
    assert shifts.is_open(moment(SHANGHAI, 2026, 10, 10, 21)), "a Saturday that counts as a Monday"
    assert shifts.is_open(moment(SHANGHAI, 2026, 10, 3, 21)), "a working day named one by one, inside a holiday"
    assert [shifts.counts_as(date(2026, 10, day)) for day in (1, 9, 10, 11)] == [None, 5, 1, 7]


def test_a_period_begins_between_the_dates_and_ends_when_it_ends() -> None:
    some = Timetable(SHANGHAI, [period("22:00", "06:00")], start_date=date(2026, 11, 22), end_date=date(2026, 11, 22))
    begin = moment(SHANGHAI, 2026, 11, 22, 22)
    assert list(some.intervals(begin - 5 * DAY, begin + 5 * DAY)) == [Interval(begin, begin + 8 * HOUR)]


@pytest.mark.parametrize(
    ("day", "hours"),
    [((2026, 3, 8), 2), ((2026, 11, 1), 4)],
    ids=["clocks go forward", "clocks go back"],
)
def test_a_period_over_a_change_of_the_clock_is_whole(day: tuple[int, int, int], hours: int) -> None:
    night = Timetable(NEW_YORK, [period("00:30", "03:30")])
    [found] = night.intervals(moment(NEW_YORK, *day), moment(NEW_YORK, *day) + 12 * HOUR)
    assert found.end_us - found.start_us == hours * HOUR


def test_a_time_that_the_clock_never_shows_is_the_moment_it_is_set_forward() -> None:
    never = Timetable(NEW_YORK, [period("02:10", "02:50"), period("02:30", "03:30")])
    at = moment(NEW_YORK, 2026, 3, 8, 3)
    assert list(never.intervals(at - 12 * HOUR, at + 12 * HOUR)) == [Interval(at, at + 30 * MINUTE)]


def test_a_period_that_ends_where_the_clock_is_set_back_to_ends_once() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # at 02:00 the clock is set to 01:30
    night = Timetable(lord_howe, [period("00:00", "01:30")])
    midnight = moment(lord_howe, 2026, 4, 5)
    assert list(night.intervals(midnight, midnight + 12 * HOUR)) == [Interval(midnight, midnight + 90 * MINUTE)]


@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_it_opens_at_the_next_minute_that_is_open(zone: ZoneInfo, day: date) -> None:
    timetable = Timetable(zone, [period("01:30", "03:00"), period("22:00", "00:30", WEEKDAYS)])
    since_us = moment(zone, day.year, day.month, day.day)
    minutes = 3 * 24 * 60
    opened = open_minutes(timetable, since_us, minutes)
    gate = Gate(timetable)
    for minute in range(0, minutes - 24 * 60, 7):
        following = min(one for one in opened if one >= since_us + minute * MINUTE)
        assert gate.opens_us(since_us + minute * MINUTE) == following


def test_what_never_opens_within_a_year_is_asked_once() -> None:
    since_us = moment(SHANGHAI, 2026, 1, 5)
    timetable = Timetable(SHANGHAI, [period("08:00", "09:00")], end_date=date(2025, 12, 31))
    gate = Gate(timetable)
    assert gate.opens_us(since_us) is None
    assert gate.opens_us(since_us + DAY) is None
    later = Timetable(SHANGHAI, [period("08:00", "09:00")], start_date=date(2026, 12, 1))
    assert Gate(later).opens_us(since_us) == moment(SHANGHAI, 2026, 12, 1, 8)
