"""What a lane sends next: in order, together where one call can serve, nobody twice."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dingbell.delivery.budget import Call, Limit, Limits
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Manner
from dingbell.delivery.plan import (
    PEOPLE_A_CALL,
    Divert,
    Expire,
    Frozen,
    LaneView,
    Member,
    Merge,
    Repeat,
    Rest,
    Start,
    Step,
    next_step,
)
from dingbell.delivery.turn import Queue
from dingbell.delivery.waiting import Waiting
from dingbell.storage.times import MINUTE, SECOND

OFF = Limit(0, 1)
NO_LIMITS = Limits(OFF, OFF, OFF)
FROZEN = Frozen("s1", 1, 7, "{}", 1, 0, 0, 0)
NOW = 1_000 * SECOND


def waits(id_: int, *, event: int = 1, robot: int | None = None, account: int | None = None, **more: int) -> Waiting:
    return Waiting(id_, event, 1, robot, account, 0, 0, alarm_id=event, **more)  # type: ignore[arg-type]


def lane(waiting: list[Waiting], *, key: str = "r:1", calls: tuple[Call, ...] = (), **more: object) -> LaneView:
    accounts = dict.fromkeys(one.account_id for one in waiting)
    queues = []
    for account in accounts:
        ready = [one for one in waiting if one.account_id == account]
        queues.append(Queue(account, ready, len(ready), [c for c in calls if account is None or account in c.accounts]))
    view = LaneView(key, "", 0, (Member(key, calls=calls),), queues)
    return replace(view, **more)  # type: ignore[arg-type]


def step_of(view: LaneView, limits: Limits = NO_LIMITS, mode: Mode = Mode.NORMAL, now: int = NOW) -> Step:
    return next_step(view, limits, mode, now)


def started(view: LaneView, limits: Limits = NO_LIMITS) -> list[int]:
    step = step_of(view, limits)
    assert isinstance(step, Start)
    return [delivery.id for delivery in step.deliveries]


def test_an_empty_lane_rests_until_it_is_woken() -> None:
    assert step_of(lane([])) == Rest(None)


def test_what_was_begun_goes_before_anything_new() -> None:
    view = lane([waits(1, robot=7)], frozen=(FROZEN,))
    assert step_of(view) == Repeat(FROZEN)
    # One that waits for its own next try holds up nothing but its own alarms, which the queue leaves out.
    assert started(replace(view, frozen=(replace(FROZEN, due_us=NOW + 50),))) == [1]


def test_one_message_in_vain_is_set_apart_and_three_are_no_matter_of_the_message() -> None:
    apart = [replace(FROZEN, id=f"s{n}", tries=3, due_us=NOW + 50 + n) for n in range(3)]
    assert started(lane([waits(1, robot=7)], frozen=apart[:2])) == [1]
    assert step_of(lane([waits(1, robot=7)], frozen=apart)) == Rest(NOW + 50)
    assert step_of(lane([waits(1, robot=7)], frozen=apart), now=NOW + 50) == Repeat(apart[0])


def test_nothing_goes_before_the_hold_is_over() -> None:
    held = lane([waits(1, robot=7)], frozen=(FROZEN,), members=(Member("r:1", hold_until_us=NOW + 30),))
    assert step_of(held) == Rest(NOW + 30)
    assert step_of(held, now=NOW + 30) == Repeat(FROZEN)


def test_who_waits_for_the_budget_is_told_so() -> None:
    limits = replace(NO_LIMITS, robot=Limit(2, 100))
    view = lane([waits(1, robot=7)], calls=(Call(NOW - 5), Call(NOW - 4)))
    assert step_of(view, limits) == Rest(NOW + 95, "waiting_for_budget")


def test_two_rules_of_one_event_make_one_message_for_the_same_receiver() -> None:
    assert started(lane([waits(1, robot=7), waits(2, robot=7), waits(3, event=2, robot=7)])) == [1, 2]
    assert sorted(started(lane([waits(1, account=1), waits(2, account=2), waits(3, account=1)], key="a:1"))) == [
        1,
        2,
        3,
    ]


def test_a_call_takes_at_most_twenty_people() -> None:
    assert len(started(lane([waits(n, account=n) for n in range(1, 31)], key="a:1"))) == PEOPLE_A_CALL


def test_robots_of_a_pool_take_turns_and_stand_in_for_one_that_is_held() -> None:
    limits = replace(NO_LIMITS, robot=Limit(18, MINUTE))
    first, second = Member("r:1", 1, calls=(Call(NOW - 9),)), Member("r:2", 2, calls=(Call(NOW - 5),))
    view = lane([waits(1, robot=1)], key="p:1", members=(first, second))
    step = step_of(view, limits)
    assert isinstance(step, Start)
    assert step.member is first
    held = replace(first, hold_until_us=NOW + MINUTE)
    step = step_of(replace(view, members=(held, second)), limits)
    assert isinstance(step, Start)
    assert step.member is second


def test_a_receiver_in_trouble_gets_one_message_when_its_trial_is_due() -> None:
    ill = Member("r:1", trouble="robot_disabled", trial_us=NOW + 50)
    view = lane([waits(n, event=n, robot=7) for n in range(1, 40)], members=(ill,))
    limits = replace(NO_LIMITS, robot=Limit(18, MINUTE))
    assert step_of(view, limits) == Rest(NOW + 50)
    step = step_of(view, limits, now=NOW + 50)
    assert isinstance(step, Start)
    assert [one.id for one in step.deliveries] == [1]


def test_what_knows_another_way_goes_it_while_the_receiver_is_in_trouble() -> None:
    ill = Member("r:1", trouble="robot_disabled", trial_us=NOW + 50)
    waiting = [waits(1, event=1, robot=7), waits(2, event=2, robot=7, manner=int(Manner.FALLBACK))]
    assert step_of(lane(waiting, members=(ill,))) == Divert((2,), "robot_disabled")
    assert step_of(lane(waiting), mode=Mode.STOPPED) == Divert((2,), "waiting_for_quota")
    assert step_of(lane(waiting[:1]), mode=Mode.STOPPED) == Rest(None, "waiting_for_quota")


def test_what_is_stale_expires_first() -> None:
    assert step_of(lane([waits(1, robot=7)], stale=(9,))) == Expire((9,))


def test_people_for_whom_the_same_waits_share_a_digest() -> None:
    limits = replace(NO_LIMITS, person=Limit(10, MINUTE))
    waiting = [waits(n * 100 + person, event=n, account=person) for n in range(30) for person in (1, 2, 3)]
    step = step_of(lane(waiting, key="a:1"), limits)
    assert isinstance(step, Merge)
    assert set(step.accounts) == {1, 2, 3}


events = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, 7]), st.integers(1, 3)), max_size=60)


@given(events)
def test_everything_goes_once_in_order_and_in_few_enough(drawn: list[tuple[int, int | None, int]]) -> None:
    """Run a lane empty: each receiver gets its messages in the order in which they are owed."""
    waiting = [
        waits(number, event=event, robot=robot, account=None if robot else account)
        for number, (event, robot, account) in enumerate(sorted(drawn, key=lambda one: one[0]))
    ]
    view, told = lane(waiting, key="a:1"), list[Waiting]()
    while isinstance(step := step_of(view), Start):
        assert len({one.event_id for one in step.deliveries}) == len({one.robot_id for one in step.deliveries}) == 1
        assert len({one.account_id for one in step.deliveries}) <= PEOPLE_A_CALL
        told += step.deliveries
        people = tuple(one.account_id for one in step.deliveries if one.account_id)
        view = view.after({one.id for one in step.deliveries}, step.member.credential, Call(NOW, accounts=people))
    assert sorted(one.id for one in told) == [one.id for one in waiting]
    for account in (None, 1, 2, 3):
        mine = [one.event_id for one in told if one.account_id == account]
        assert mine == sorted(mine)


@given(events, st.integers(0, 5))
def test_going_on_from_one_view_keeps_the_budget(drawn: list[tuple[int, int | None, int]], calls: int) -> None:
    """Never more calls than the limit takes."""
    waiting = [waits(n, event=event, account=account) for n, (event, _, account) in enumerate(drawn, start=1)]
    view, limits, made = lane(waiting, key="a:1"), replace(NO_LIMITS, app=Limit(calls, 100)), 0
    while isinstance(step := step_of(view, limits), Start):
        made += 1
        people = tuple(one.account_id for one in step.deliveries if one.account_id)
        view = view.after({one.id for one in step.deliveries}, step.member.credential, Call(NOW, accounts=people))
    assert not calls or made <= calls
