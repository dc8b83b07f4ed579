"""Reports that come twice, late, or from a clock that is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.alarms.alarm import AckMode, Alarm, EventKind, Report, State
from tests.unit.reports import FRESH, Life, active, at, cleared

# Few seconds for many reports, so that several fall into the same one, as with the coarse clock of a PLC.
stories = st.lists(
    st.builds(
        lambda is_active, second, value: (active if is_active else cleared)(second, value=value),
        st.booleans(),
        st.integers(1, 12),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.parametrize("story", [(active(10),), (active(10), cleared(20)), (active(10), cleared(20), active(30))])
def test_the_same_report_again_changes_nothing(story: tuple[Report, ...]) -> None:
    life = Life(*story)
    before = life.alarm
    for told in story:
        assert life.hear(told, receipt=99) is None
        assert life.alarm == before


def test_without_a_time_the_state_it_already_has_changes_nothing() -> None:
    life = Life()
    life.hear(active(), receipt=10)
    assert life.hear(active(value=5), receipt=11) is None
    assert life.alarm.value is None
    life.hear(cleared(), receipt=12)
    assert life.hear(cleared(), receipt=13) is None
    assert life.alarm.cleared_us == at(12)


def test_a_clock_that_runs_ahead_cannot_mask_a_later_clear() -> None:
    life = Life()
    life.hear(active(3600), receipt=10)
    transition = life.hear(cleared(20), receipt=20)
    assert transition is not None
    assert life.alarm.state is State.CLEARED_UNACKED
    assert life.alarm.raised_us == at(3600), "people see the time the PLC gave"


def test_with_equal_times_the_one_that_came_last_counts() -> None:
    life = Life(active(10), cleared(10))
    assert not life.alarm.active


def test_a_late_raise_that_came_and_went_unseen_is_entered_as_cleared_and_unacked() -> None:
    life = Life(cleared(20))
    transition = life.hear(active(10, name="短暂报警"), receipt=21)
    assert transition is not None
    assert (transition.kind, transition.entered) == (EventKind.RAISED, State.CLEARED_UNACKED)
    assert (life.alarm.occurrences, life.alarm.raised_us, life.alarm.cleared_us) == (1, at(10), at(20))


def test_a_late_raise_between_two_clears_came_and_went() -> None:
    life = Life(active(10), cleared(20))
    life.acknowledge()
    life.hear(cleared(40))
    transition = life.hear(active(30), receipt=41)
    assert transition is not None
    assert transition.entered is State.CLEARED_UNACKED
    assert life.alarm.occurrences == 2


def test_a_late_raise_of_an_automatically_acknowledged_alarm_enters_nothing() -> None:
    life = Life(cleared(20, ack_mode=AckMode.AUTO))
    transition = life.hear(active(10), receipt=21)
    assert transition is not None
    assert transition.entered is None


@pytest.mark.parametrize("late", [cleared(5), active(5), cleared(15), active(15, value=9)])
def test_other_late_reports_change_nothing(late: Report) -> None:
    for story in ((active(10), active(20, value=1)), (active(10), cleared(20))):
        life = Life(*story)
        before = life.alarm
        if late.active or before.active:
            assert life.hear(late, receipt=30) is None
            assert life.alarm == before


def test_a_repeated_change_of_an_alarm_that_has_cleared_since_does_not_raise_it_again() -> None:
    change = active(15, value=2)
    life = Life(active(10, value=1), change, cleared(20))
    assert life.hear(change, receipt=30) is None
    assert life.alarm.occurrences == 1


def test_a_repeated_clear_does_not_mask_the_raise_of_the_same_second() -> None:
    life = Life(active(10), cleared(20), active(20))
    assert life.hear(cleared(20), receipt=30) is None
    assert life.alarm.active


@given(story=stories, data=st.data())
def test_reports_sent_again_in_any_order_change_nothing(story: list[Report], data: st.DataObject) -> None:
    life = Life()
    for receipt, told in enumerate(story, start=100):
        life.hear(told, receipt=receipt)
    before, heard = life.alarm, len(life.transitions)
    for receipt, told in enumerate(data.draw(st.lists(st.sampled_from(story))), start=200):
        life.hear(told, receipt=receipt)
    assert life.alarm == before
    assert len(life.transitions) == heard


@given(story=stories)
def test_the_newest_report_decides_whether_it_is_active(story: list[Report]) -> None:
    """Of equal times the one that came last; a repetition (same state, same time) does not come anew."""
    life = Life()
    newest: Report | None = None
    known: set[tuple[bool, int | None]] = set()
    for receipt, told in enumerate(story, start=100):
        life.hear(told, receipt=receipt)
        if (told.active, told.time_us) in known:
            continue
        known.add((told.active, told.time_us))
        if newest is None or (told.time_us or 0) >= (newest.time_us or 0):
            newest = told
    assert newest is not None
    assert life.alarm.active == newest.active


@given(story=stories)
def test_the_history_of_transitions_is_without_contradiction(story: list[Report]) -> None:
    life = Life()
    state: Alarm = FRESH
    for receipt, told in enumerate(story, start=100):
        transition = life.hear(told, receipt=receipt)
        if transition is not None:
            assert transition.alarm == life.alarm
            assert transition.entered in (None, life.alarm.state)
            if transition.kind is EventKind.CLEARED:
                assert state.active
                assert not life.alarm.active
        else:
            assert (life.alarm.state, life.alarm.occurrences) == (state.state, state.occurrences)
        assert life.alarm.order_us >= state.order_us
        state = life.alarm
