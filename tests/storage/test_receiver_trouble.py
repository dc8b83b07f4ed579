"""A lane in trouble: since when, how often, when it is tried again."""

from __future__ import annotations

import pytest

from dingbell.delivery import outbox, trouble
from dingbell.delivery.models import Lane
from dingbell.storage.times import MINUTE, SECOND

pytestmark = pytest.mark.django_db
NOW = 1_800_000_000_000_000
LANE = "r:1"


def test_trials_come_after_5_15_and_60_minutes() -> None:
    assert [trouble.trial_wait_us(refusals) // MINUTE for refusals in range(1, 6)] == [5, 15, 60, 60, 60]


def test_refusals_in_a_row_are_one_trouble() -> None:
    outbox.open_lanes({LANE, "r:2"})
    trouble.note(LANE, "robot_disabled", NOW, 7)
    trouble.note(LANE, "signature_mismatch", NOW + 5 * MINUTE, 8)
    lane = Lane.objects.get(key=LANE)
    assert (lane.trouble, lane.trouble_us, lane.refusals) == ("signature_mismatch", NOW, 2)
    assert (lane.trial_us, lane.trouble_configuration) == (NOW + 20 * MINUTE, 8)
    assert Lane.objects.get(key="r:2").trouble == ""


def test_a_taken_message_ends_it() -> None:
    outbox.open_lanes({LANE})
    trouble.note(LANE, "robot_disabled", NOW, 7)
    trouble.clear(LANE)
    lane = Lane.objects.get(key=LANE)
    assert (lane.trouble, lane.trouble_us, lane.refusals, lane.trial_us) == ("", None, 0, 0)


def test_a_person_may_ask_for_the_trial_now() -> None:
    outbox.open_lanes({LANE})
    assert not trouble.try_now(LANE, NOW)
    trouble.note(LANE, "robot_disabled", NOW, 7)
    assert trouble.try_now(LANE, NOW + MINUTE)
    lane = Lane.objects.get(key=LANE)
    assert (lane.trial_us, lane.refusals) == (NOW + MINUTE, 1)


def test_what_begins_together_is_one_piece_of_news_and_told_once() -> None:
    outbox.open_lanes({LANE, "r:2", "r:3"})
    trouble.note(LANE, "robot_disabled", NOW, 7)
    trouble.note("r:2", "robot_disabled", NOW + 3 * SECOND, 7)
    assert not trouble.news(NOW + 4 * SECOND)
    found = trouble.news(NOW + 5 * SECOND)
    assert found == trouble.News([LANE, "r:2"], [])
    assert trouble.told(found, NOW + 5 * SECOND) == found
    assert not trouble.told(found, NOW + 5 * SECOND), "another process was faster"
    assert not trouble.news(NOW + 6 * SECOND)
    assert trouble.in_trouble([LANE, "r:3"]).keys() == {LANE}
    trouble.clear(LANE)
    found = trouble.news(NOW + 7 * SECOND)
    assert found == trouble.News([], [LANE])
    assert trouble.told(found, NOW + 7 * SECOND) == found
    assert not trouble.news(NOW + 8 * SECOND)


def test_a_trouble_that_is_over_before_anybody_was_told_is_no_news() -> None:
    outbox.open_lanes({LANE})
    trouble.note(LANE, "robot_disabled", NOW, 7)
    trouble.clear(LANE)
    assert not trouble.news(NOW + MINUTE)
