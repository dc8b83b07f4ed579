"""搁置: beside the state, never instead of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dingbell.alarms import lifecycle
from dingbell.alarms.alarm import AckMode, Alarm, EventKind, State, Transition
from dingbell.alarms.lifecycle import NoteRequired, NotShelved, RaisedAgain
from tests.unit.reports import FRESH, Life, active, cleared

_SHELVING = {"shelved_us": None, "shelved_until_us": None, "shelved_by": "", "shelve_note": ""}


def shelve(alarm: Alarm, at_us: int = 5, until_us: int = 99, occurrence: int | None = None) -> Transition:
    return lifecycle.shelve(alarm, actor="张师傅", note=" 检修 ", at_us=at_us, until_us=until_us, occurrence=occurrence)


def unshelve(alarm: Alarm, actor: str = "") -> Transition:
    return lifecycle.unshelve(alarm, actor=actor, at_us=100)


def test_a_shelved_alarm_knows_who_until_when_and_why() -> None:
    raised = Life(active(1)).alarm
    told = shelve(raised)
    assert (told.kind, told.entered, told.actor, told.note) == (EventKind.SHELVED, None, "张师傅", "检修")
    alarm = told.alarm
    assert alarm.shelved
    assert (alarm.shelved_us, alarm.shelved_until_us, alarm.shelved_by, alarm.shelve_note) == (5, 99, "张师傅", "检修")
    longer = shelve(alarm, at_us=50, until_us=500).alarm
    assert (longer.shelved_us, longer.shelved_until_us) == (50, 500)


@pytest.mark.parametrize(
    ("life", "acknowledged", "entered"),
    [
        (Life(active(1)), False, State.ACTIVE_UNACKED),
        (Life(active(1)), True, State.ACTIVE_ACKED),
        (Life(active(1), cleared(2)), False, State.CLEARED_UNACKED),
        (Life(active(1), cleared(2)), True, None),
        (Life(active(1, ack_mode=AckMode.AUTO), cleared(2)), False, None),
    ],
)
def test_when_it_comes_back_its_state_decides(life: Life, acknowledged: bool, entered: State | None) -> None:
    if acknowledged:
        life.acknowledge()
    back = unshelve(shelve(life.alarm).alarm)
    assert (back.kind, back.entered, back.actor) == (EventKind.UNSHELVED, entered, "")
    assert back.alarm == life.alarm


def test_what_cannot_be() -> None:
    raised = Life(active(1)).alarm
    with pytest.raises(NotShelved):
        unshelve(raised)
    with pytest.raises(RaisedAgain):
        shelve(raised, occurrence=2)
    assert shelve(raised, occurrence=1).alarm.shelved
    with pytest.raises(NoteRequired):
        lifecycle.comment(raised, actor="张师傅", text="  ", at_us=1)


def test_a_comment_changes_nothing() -> None:
    raised = Life(active(1)).alarm
    told = lifecycle.comment(raised, actor="张师傅", text=" 已通知维修 ", at_us=7)
    assert told.alarm is raised
    assert (told.kind, told.entered, told.note, told.time_us) == (EventKind.COMMENTED, None, "已通知维修", 7)


steps = st.lists(st.sampled_from(["raise", "clear", "acknowledge", "shelve", "unshelve", "comment"]), max_size=25)


@given(steps)
def test_shelving_never_loses_an_event(given_steps: list[str]) -> None:
    """Whatever comes in whatever order: the same state and the same entered states as without any shelving."""
    plain, shelved = FRESH, FRESH
    for moment, step in enumerate(given_steps, 1):
        if step in ("raise", "clear"):
            report = active(moment) if step == "raise" else cleared(moment)
            plain, expected = lifecycle.apply(plain, report, moment * 1_000_000)
            shelved, found = lifecycle.apply(shelved, report, moment * 1_000_000)
            assert (expected and expected.entered) == (found and found.entered)
        elif step == "acknowledge":
            if not plain.acked:
                plain = acknowledged(plain, moment)
                shelved = acknowledged(shelved, moment)
        elif step == "shelve":
            shelved = shelve(shelved).alarm
        elif step == "comment":
            shelved = lifecycle.comment(shelved, actor="a", text="b", at_us=moment).alarm
        elif shelved.shelved:
            shelved = unshelve(shelved).alarm
        assert replace(shelved, **_SHELVING) == plain


def acknowledged(alarm: Alarm, moment: int) -> Alarm:
    return lifecycle.acknowledge(alarm, actor="a", note="b", at_us=moment, occurrence=None).alarm
