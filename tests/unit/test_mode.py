"""When a month runs short, and how sparing that makes us."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dingbell.delivery import months
from dingbell.delivery.mode import Cause, Mode, Standing, forecast, mode_for
from dingbell.storage.times import DAY, HOUR, from_iso

CHINA = ZoneInfo("Asia/Shanghai")
STRICTER = [Mode.NORMAL, Mode.MERGE, Mode.CRITICAL, Mode.STOPPED]
calls = st.integers(0, 20_000)
limits = st.integers(1, 10_000)


def automatic(used: int, limit: int, expected: int | None = None, *, merging: bool = False) -> Standing:
    return mode_for(used, limit, expected, stopped=False, chosen=None, merging=merging)


def test_the_steps_of_a_month() -> None:
    assert automatic(2_699, 3_000) == Standing(Mode.NORMAL, Cause.PLENTY)
    assert automatic(2_700, 3_000) == Standing(Mode.MERGE, Cause.NEARLY_USED)
    assert automatic(2_910, 3_000) == Standing(Mode.CRITICAL, Cause.NEARLY_USED)
    # DingTalk gives some days of grace: what is critical goes until it refuses.
    assert automatic(9_999, 3_000).mode is Mode.CRITICAL


def test_a_forecast_counts_from_half_of_the_month_on_and_lets_go_late() -> None:
    assert automatic(1_499, 3_000, 9_000).mode is Mode.NORMAL
    assert automatic(1_500, 3_000, 3_001) == Standing(Mode.MERGE, Cause.FORECAST)
    assert automatic(1_500, 3_000, 3_000).mode is Mode.NORMAL
    assert automatic(1_500, 3_000, 2_701, merging=True).mode is Mode.MERGE
    assert automatic(1_500, 3_000, 2_700, merging=True).mode is Mode.NORMAL


@given(calls, calls, limits, st.none() | calls, st.booleans())
def test_more_used_is_never_less_sparing(one: int, more: int, limit: int, expected: int | None, merging: bool) -> None:
    less, most = (automatic(used, limit, expected, merging=merging).mode for used in sorted((one, more)))
    assert STRICTER.index(less) <= STRICTER.index(most)


@given(calls, st.none() | calls, st.booleans())
def test_what_is_not_counted_against_restricts_nothing(used: int, expected: int | None, merging: bool) -> None:
    assert automatic(used, 0, expected, merging=merging) == Standing(Mode.NORMAL, Cause.UNCOUNTED)


@given(calls, st.integers(0, 10_000), st.sampled_from(Mode), st.booleans())
def test_dingtalks_refusal_stops_whatever_a_person_chose(used: int, limit: int, chosen: Mode, merging: bool) -> None:
    assert mode_for(used, limit, None, stopped=False, chosen=chosen, merging=merging).mode is chosen
    assert mode_for(used, limit, None, stopped=True, chosen=chosen, merging=merging).mode is Mode.STOPPED


@given(calls, st.integers(0, 5_000), st.integers(1, 7), st.floats(0, 31))
def test_a_forecast_is_never_below_what_is_used(used: int, recent: int, days: int, left: float) -> None:
    expected = forecast(used, recent, days, left)
    assert expected is not None
    assert expected >= used


def test_without_a_whole_day_nobody_can_tell() -> None:
    assert forecast(300, 0, 0, 20.0) is None
    assert forecast(300, 700, 7, 10.0) == 1_300


def test_the_month_turns_at_local_midnight() -> None:
    late = from_iso("2026-11-30T23:59:59", CHINA)
    turn = from_iso("2026-12-01T00:00:00", CHINA)
    assert months.day_of(late, CHINA) == 20261130
    assert months.turn_us(late, CHINA) == turn
    assert months.day_of(turn, CHINA) == 20261201
    assert months.turn_us(turn, CHINA) == from_iso("2027-01-01T00:00:00", CHINA)
    assert months.days_left(turn - 6 * HOUR, CHINA) == 0.25
    assert [months.earlier_month(202602, by) for by in (0, 1, 2, 14)] == [202602, 202601, 202512, 202412]


@given(st.integers(0, 4_102_444_800_000_000))
def test_the_turn_is_the_first_moment_of_another_month(us: int) -> None:
    turn = months.turn_us(us, CHINA)
    assert us < turn <= us + 31 * DAY
    assert months.month_of(turn - 1, CHINA) == months.month_of(us, CHINA) != months.month_of(turn, CHINA)
