"""What a lane sends next: in order, together where one call can serve, nobody twice."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dingbell.delivery.budget import Limit
from dingbell.delivery.plan import PEOPLE_A_CALL, Frozen, LaneView, Repeat, Rest, Start, Waiting, next_step

NO_LIMIT = Limit(0, 1)
EMPTY = LaneView("r:1", 0, "", 0, None, (), ())
FROZEN = Frozen("s1", 1, 7, "{}", 1, 0, 0, 0)


def waits(id_: int, *, event: int = 1, robot: int | None = None, account: int | None = None, due: int = 0) -> Waiting:
    return Waiting(id_, event, 1, robot, account, due, 0)


def started(waiting: list[Waiting], now: int = 10) -> list[int]:
    step = next_step(replace(EMPTY, waiting=waiting), NO_LIMIT, now)
    assert isinstance(step, Start)
    return [delivery.id for delivery in step.deliveries]


def test_an_empty_lane_rests_until_it_is_woken() -> None:
    assert next_step(EMPTY, NO_LIMIT, 10) == Rest(None)


def test_what_was_begun_goes_before_anything_new() -> None:
    view = replace(EMPTY, frozen=FROZEN, waiting=[waits(1, robot=7)])
    assert next_step(view, NO_LIMIT, 10) == Repeat(FROZEN)
    later = replace(view, frozen=replace(FROZEN, due_us=50))
    assert next_step(later, NO_LIMIT, 10) == Rest(50)


def test_nothing_goes_before_the_hold_is_over() -> None:
    view = replace(EMPTY, waiting=[waits(1, robot=7)], hold_until_us=30)
    assert next_step(view, NO_LIMIT, 10) == Rest(30)
    assert isinstance(next_step(view, NO_LIMIT, 30), Start)


def test_who_waits_for_the_budget_is_told_so() -> None:
    view = replace(EMPTY, waiting=[waits(1, robot=7)], calls_us=(5, 6))
    assert next_step(view, Limit(2, 100), 10) == Rest(105, "waiting_for_budget")
    assert next_step(replace(view, hold_until_us=500), Limit(2, 100), 10) == Rest(500)


def test_two_rules_of_one_event_make_one_message_for_the_same_group() -> None:
    assert started([waits(1, robot=7), waits(2, robot=7), waits(3, event=2, robot=7)]) == [1, 2]


def test_two_rules_of_one_event_make_one_message_for_the_same_person() -> None:
    assert started([waits(1, account=1), waits(2, account=2), waits(3, account=1)]) == [1, 2, 3]


def test_a_call_takes_at_most_twenty_people() -> None:
    assert len(started([waits(n, account=n) for n in range(1, 31)])) == PEOPLE_A_CALL
    assert len(started([waits(n, account=(n - 1) % 20 + 1) for n in range(1, 31)])) == 30


def test_a_person_who_is_due_later_holds_up_only_the_own_messages() -> None:
    waiting = [waits(1, account=1, due=99), waits(2, event=2, account=1), waits(3, event=2, account=2)]
    assert started(waiting) == [3]
    assert next_step(replace(EMPTY, waiting=waiting[:2]), NO_LIMIT, 10) == Rest(99)


deliveries = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from([None, 7]), st.integers(1, 3), st.sampled_from([0, 5, 20])),
    max_size=60,
)


@given(deliveries)
def test_everything_goes_once_in_order_and_in_few_enough(drawn: list[tuple[int, int | None, int, int]]) -> None:
    """Run a lane empty: each receiver gets its messages in the order in which they are owed."""
    waiting = [
        waits(number, event=event, robot=robot, account=None if robot else account, due=due)
        for number, (event, robot, account, due) in enumerate(sorted(drawn, key=lambda one: one[0]))
    ]
    order: dict[tuple[int | None, int | None], list[int]] = {}
    everything, now = list(waiting), 10
    while waiting:
        step = next_step(replace(EMPTY, waiting=waiting), NO_LIMIT, now)
        if isinstance(step, Rest):
            assert step.until_us is not None
            assert step.until_us > now
            now = step.until_us
            continue
        assert isinstance(step, Start)
        assert len({one.event_id for one in step.deliveries}) == len({one.robot_id for one in step.deliveries}) == 1
        assert len({one.account_id for one in step.deliveries}) <= PEOPLE_A_CALL
        for one in step.deliveries:
            assert one.due_us <= now
            order.setdefault((one.robot_id, one.account_id), []).append(one.id)
        waiting = [one for one in waiting if one not in step.deliveries]
    assert sorted(id_ for ids in order.values() for id_ in ids) == [one.id for one in everything]
    assert all(ids == sorted(ids) for ids in order.values())


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(0, 12)), max_size=30),
    st.integers(0, 5),
)
def test_going_on_from_one_view_keeps_the_order_and_the_budget(owed: list[tuple[int, int, int]], calls: int) -> None:
    """Each receiver hears of events in their order, nobody twice, never more calls than the limit takes."""
    waiting = [waits(n, event=event, account=who, due=due) for n, (event, who, due) in enumerate(owed, start=1)]
    view, limit, told = replace(EMPTY, waiting=waiting), Limit(calls, 100), list[Waiting]()
    made = 0
    while isinstance(step := next_step(view, limit, 10), Start):
        told += step.deliveries
        made += 1
        view = view.after({delivery.id for delivery in step.deliveries}, 10)
    assert len({delivery.id for delivery in told}) == len(told)
    assert not calls or made <= calls
    for who in range(1, 6):
        heard = [delivery.id for delivery in told if delivery.account_id == who]
        of_one_event = {delivery.id: delivery.event_id for delivery in waiting}
        events = [of_one_event[one] for one in heard]
        firsts = [
            one for position, one in enumerate(heard) if position == 0 or events[position - 1] != events[position]
        ]
        assert firsts == sorted(firsts)
