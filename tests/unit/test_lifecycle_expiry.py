"""Alarms of sources that must repeat them (Alertmanager): silence clears, a repetition keeps or brings back."""

from __future__ import annotations

from dingbell.alarms import lifecycle
from dingbell.alarms.alarm import EventKind, State
from tests.unit.reports import Life, active, at, cleared


def silent(life: Life) -> None:
    transition = lifecycle.expire(life.alarm)
    life.alarm = transition.alarm
    life.transitions.append(transition)


def test_a_repetition_only_moves_the_moment_of_expiry() -> None:
    life = Life(active(10, expires=70))
    assert life.hear(active(10, expires=130), receipt=60) is None
    assert life.alarm.expires_us == at(130)
    assert life.hear(active(10, expires=100), receipt=61) is None
    assert life.alarm.expires_us == at(130), "one that was overtaken takes nothing back"


def test_silence_clears_at_the_moment_that_was_promised() -> None:
    life = Life(active(10, expires=70, value=5))
    silent(life)
    last = life.transitions[-1]
    assert (last.kind, last.entered, last.time_us) == (EventKind.CLEARED, State.CLEARED_UNACKED, at(70))
    assert life.alarm.expired
    assert life.alarm.expires_us is None
    assert life.alarm.value == 5


def test_an_alarm_that_continues_after_the_silence_is_active_again_since_it_began() -> None:
    life = Life(active(10, expires=70))
    silent(life)
    transition = life.hear(active(10, expires=260), receipt=200)
    assert transition is not None
    assert (transition.kind, transition.entered) == (EventKind.RAISED, State.ACTIVE_UNACKED)
    assert life.alarm.raised_us == at(10)
    assert not life.alarm.expired


def test_after_it_continued_repetitions_still_keep_it_alive() -> None:
    life = Life(active(10, expires=70))
    silent(life)
    life.hear(active(10, expires=260), receipt=200)
    assert life.hear(active(10, expires=320), receipt=260) is None
    assert life.alarm.expires_us == at(320)
    silent(life)
    life.hear(active(10, expires=600), receipt=500)
    assert life.alarm.active


def test_a_second_sender_with_another_start_keeps_it_alive_too() -> None:
    life = Life(active(13, expires=70))
    assert life.hear(active(10, expires=90), receipt=30) is None
    assert life.alarm.expires_us == at(90)
    silent(life)
    assert life.hear(active(10, expires=300), receipt=200) is not None
    assert life.alarm.active


def test_an_old_report_does_not_bring_an_expired_alarm_back() -> None:
    life = Life(active(10, expires=70))
    silent(life)
    assert life.hear(active(10, expires=70), receipt=200) is None
    assert not life.alarm.active


def test_a_clear_that_was_reported_is_final_for_its_start() -> None:
    life = Life(active(10, expires=70))
    life.hear(cleared(50), receipt=50)
    assert life.hear(active(10, expires=120), receipt=60) is None
    assert not life.alarm.active
