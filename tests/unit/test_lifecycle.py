"""How reports and people move an alarm between its states."""

from __future__ import annotations

import pytest

from dingbell.alarms import lifecycle
from dingbell.alarms.alarm import AckMode, EventKind, Priority, State
from tests.unit.reports import Life, active, at, cleared


def test_a_raise_makes_it_active_and_unacked() -> None:
    life = Life()
    transition = life.hear(active(10, name="压力超高", priority=Priority.HIGH, value=12.4))
    assert transition is not None
    assert (transition.kind, transition.entered) == (EventKind.RAISED, State.ACTIVE_UNACKED)
    assert (life.alarm.raised_us, life.alarm.occurrences, life.alarm.value) == (at(10), 1, 12.4)


def test_an_unacked_alarm_that_clears_waits_for_its_acknowledgement() -> None:
    life = Life(active(10))
    transition = life.hear(cleared(20))
    assert transition is not None
    assert (transition.kind, transition.entered) == (EventKind.CLEARED, State.CLEARED_UNACKED)
    assert life.acknowledge().entered is State.CLEARED_ACKED


def test_an_acked_alarm_that_clears_is_done() -> None:
    life = Life(active(10))
    assert life.acknowledge().entered is State.ACTIVE_ACKED
    transition = life.hear(cleared(20))
    assert transition is not None
    assert transition.entered is State.CLEARED_ACKED


@pytest.mark.parametrize("first_acked", [False, True])
def test_a_raise_after_a_clear_is_a_new_occurrence_that_nobody_acknowledged(first_acked: bool) -> None:
    life = Life(active(10))
    if first_acked:
        life.acknowledge(note="看到了")
    life.hear(cleared(20))
    transition = life.hear(active(30))
    assert transition is not None
    assert transition.entered is State.ACTIVE_UNACKED
    assert (life.alarm.occurrences, life.alarm.acked_by, life.alarm.ack_note, life.alarm.acked_us) == (2, "", "", None)
    assert life.alarm.cleared_us is None


def test_a_clear_of_an_alarm_nobody_knows_is_no_event() -> None:
    life = Life()
    assert life.hear(cleared(10)) is None
    assert life.alarm.state is State.CLEARED_ACKED


def test_a_changed_value_is_an_event_that_enters_nothing() -> None:
    life = Life(active(10, value=1))
    transition = life.hear(active(11, value=2))
    assert transition is not None
    assert (transition.kind, transition.entered, transition.priority_rose) == (EventKind.CHANGED, None, False)
    assert life.alarm.value == 2
    assert life.alarm.raised_us == at(10)


def test_a_later_active_report_without_anything_new_is_no_event() -> None:
    life = Life(active(10, value=1, name="x"))
    assert life.hear(active(11, value=1, name="x")) is None
    assert life.hear(active(12)) is None


@pytest.mark.parametrize(
    ("before", "after", "rose"),
    [
        (Priority.LOW, Priority.CRITICAL, True),
        (Priority.MEDIUM, Priority.HIGH, True),
        (Priority.CRITICAL, Priority.LOW, False),
    ],
)
def test_only_a_more_urgent_priority_has_risen(before: Priority, after: Priority, rose: bool) -> None:
    life = Life(active(10, priority=before))
    transition = life.hear(active(11, priority=after))
    assert transition is not None
    assert transition.priority_rose is rose


def test_a_changed_priority_does_not_take_the_acknowledgement_back() -> None:
    life = Life(active(10, priority=Priority.LOW))
    life.acknowledge()
    life.hear(active(11, priority=Priority.HIGH))
    assert life.alarm.state is State.ACTIVE_ACKED


def test_what_a_report_does_not_mention_stays_as_it_was() -> None:
    life = Life(active(10, name="泵", path="一车间/泵房", labels={"line": "A"}, unit="bar"))
    life.hear(cleared(20))
    life.hear(active(30, name="3号泵"))
    assert (life.alarm.name, life.alarm.path, life.alarm.unit) == ("3号泵", "一车间/泵房", "bar")
    assert life.alarm.labels == {"line": "A"}


def test_an_automatic_acknowledgement_on_clearing_enters_cleared_acked_only() -> None:
    life = Life(active(10, ack_mode=AckMode.AUTO))
    assert life.alarm.state is State.ACTIVE_UNACKED
    life.hear(cleared(20))
    assert [transition.entered for transition in life.transitions] == [State.ACTIVE_UNACKED, State.CLEARED_ACKED]
    assert life.alarm.acked_us == at(20)


def test_an_acknowledgement_keeps_who_when_and_the_note() -> None:
    life = Life(active(10))
    transition = life.acknowledge(by="张师傅", note="  已到现场 ", at_s=15)
    assert (transition.kind, transition.actor, transition.note) == (EventKind.ACKED, "张师傅", "已到现场")
    assert (life.alarm.acked_by, life.alarm.ack_note, life.alarm.acked_us) == ("张师傅", "已到现场", at(15))


@pytest.mark.parametrize("note", ["", " \n "])
def test_an_alarm_that_wants_a_note_is_not_acknowledged_without_one(note: str) -> None:
    life = Life(active(10, ack_mode=AckMode.MANUAL_NOTE))
    with pytest.raises(lifecycle.NoteRequired):
        life.acknowledge(note=note)
    assert life.acknowledge(note="已处理").entered is State.ACTIVE_ACKED


def test_an_acknowledged_alarm_is_not_acknowledged_again() -> None:
    life = Life(active(10))
    life.acknowledge(by="张师傅")
    with pytest.raises(lifecycle.AlreadyAcknowledged):
        life.acknowledge(by="李师傅")
    assert life.alarm.acked_by == "张师傅"


def test_an_acknowledgement_covers_only_the_occurrence_the_person_saw() -> None:
    life = Life(active(10), cleared(20), active(30))
    with pytest.raises(lifecycle.RaisedAgain):
        life.acknowledge(occurrence=1)
    assert life.acknowledge(occurrence=2).entered is State.ACTIVE_ACKED
