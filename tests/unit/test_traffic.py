"""When sending gives way to what comes in."""

from __future__ import annotations

import pytest

from dingbell.pipeline.traffic import Pace, Traffic
from dingbell.storage.times import SECOND

TENTH = SECOND // 10


def test_an_alarm_now_and_then_is_no_storm() -> None:
    traffic = Traffic()
    assert not traffic.is_storm(0)
    for second in range(100):
        traffic.note(20, second * SECOND)
        assert not traffic.is_storm(second * SECOND)


def test_a_storm_of_single_reports_or_of_batches_lasts_until_it_is_over() -> None:
    for reports in (1, 500):
        traffic = Traffic()
        now = 10 * SECOND
        for _ in range(1_000):
            traffic.note(reports, now)
            now += 1_000
        assert traffic.is_storm(now)
        assert not traffic.is_storm(now + 2 * TENTH)


def test_a_clock_that_is_set_back_does_not_make_a_storm_last() -> None:
    traffic = Traffic()
    traffic.note(500, 100 * SECOND)
    traffic.note(1, 50 * SECOND)
    assert not traffic.is_storm(50 * SECOND)


def test_messages_leave_one_after_the_other_a_hundred_and_sixty_a_second() -> None:
    pace = Pace()
    waits = [pace.wait_s(1000.0) for _ in range(161)]
    assert waits[0] == 0.0
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(1.0)
    assert pace.wait_s(1002.0) == 0.0, "after a quiet second nothing is in its way"
