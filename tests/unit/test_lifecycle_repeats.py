"""What a repetition of an active alarm may still change, and reports that are never late."""

from __future__ import annotations

from dingbell.alarms.alarm import EventKind, Priority
from tests.unit.reports import Life, active, at, cleared, report


def test_a_repetition_brings_its_newest_words_without_an_event() -> None:
    life = Life(active(10, expires=70, description="温度 91", origin="1"))
    assert life.hear(active(10, expires=130, description="温度 95", origin="2"), receipt=60) is None
    assert (life.alarm.description, life.alarm.origin) == ("温度 95", "2")
    assert life.hear(active(10, expires=100, description="温度 93"), receipt=61) is None
    assert life.alarm.description == "温度 95", "one that was overtaken takes nothing back"


def test_a_repetition_with_another_value_is_a_change_of_the_moment_it_came() -> None:
    life = Life(active(10, expires=70, value=91))
    transition = life.hear(active(10, expires=130, value=95), receipt=60)
    assert transition is not None
    assert (transition.kind, transition.time_us, transition.entered) == (EventKind.CHANGED, at(60), None)
    assert (life.alarm.value, life.alarm.expires_us, life.alarm.raised_us) == (95, at(130), at(10))
    assert not transition.priority_rose


def test_a_repetition_that_is_more_urgent_says_so() -> None:
    life = Life(active(10, expires=70, priority=Priority.LOW))
    transition = life.hear(active(10, expires=130, priority=Priority.HIGH), receipt=60)
    assert transition is not None
    assert transition.priority_rose


def test_a_repetition_from_a_source_that_need_not_repeat_changes_nothing() -> None:
    life = Life(active(10, description="一"))
    before = life.alarm
    assert life.hear(active(10, description="二", value=5), receipt=60) is None
    assert life.alarm == before


def test_a_clear_of_now_counts_although_its_time_lies_before_the_raise() -> None:
    life = Life()
    life.hear(active(), receipt=10.7)
    assert life.hear(cleared(10), receipt=12) is None, "an ordinary one is late"
    transition = life.hear(report(False, 10, of_now=True), receipt=12)
    assert transition is not None
    assert transition.kind is EventKind.CLEARED
    assert life.alarm.order_us == at(12)
