"""A limit is kept in every window, however the calls come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dingbell.delivery.budget import ROBOT, Limit, free_at
from dingbell.storage.times import MINUTE

limits = st.builds(Limit, calls=st.integers(1, 5), window_us=st.integers(1, 50))


@given(limits, st.lists(st.integers(0, 40), max_size=40))
def test_no_window_ever_holds_more_calls_than_the_limit(limit: Limit, pauses: list[int]) -> None:
    calls: list[int] = []
    now = 0
    for pause in pauses:
        now = max(now + pause, free_at(calls, limit, now + pause))
        calls.append(now)
    for first, later in zip(calls, calls[limit.calls :], strict=False):
        assert later - first >= limit.window_us


@given(limits, st.lists(st.integers(0, 100), max_size=10).map(sorted), st.integers(0, 200))
def test_it_makes_nobody_wait_longer_than_needed(limit: Limit, calls: list[int], now: int) -> None:
    at = free_at([call for call in calls if call <= now], limit, now)
    assert now <= at <= now + limit.window_us
    if at > now:
        assert sum(call > at - 1 - limit.window_us for call in calls if call <= now) >= limit.calls


def test_no_limit_never_waits() -> None:
    assert free_at([1, 2, 3], Limit(0, MINUTE), 3) == 3


def test_a_robot_keeps_two_calls_below_what_dingtalk_allows() -> None:
    calls = list(range(18))
    assert free_at(calls[:17], ROBOT, 100) == 100
    assert free_at(calls, ROBOT, 100) == ROBOT.window_us
    assert ROBOT.window_us > MINUTE
