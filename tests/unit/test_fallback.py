"""Who is told in place of a receiver that was not reached: steps in, targets out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dingbell.delivery.fallbacks import NOBODY, Receiver, Told, Unreached
from dingbell.delivery.models import Manner
from dingbell.notify.routing import Target
from dingbell.pipeline.fallback import Way, following, receiver_of

GROUP: Receiver = (1, 10, None)


def unreached(receiver: Receiver = GROUP, fallback_of: int | None = None) -> Unreached:
    return Unreached(
        5, 7, 3, 2, 0, *receiver, "token_invalid", "raised", 4, int(Manner.FALLBACK), 0, fallback_of
    )  # fmt: skip


def target(receiver: Receiver) -> Target:
    service, robot, account = receiver
    return Target(2, 0, service, robot, account, f"{receiver}", "r:1", "")


def way(*receivers: Receiver, closed: bool = False) -> Way:
    return Way(receivers[0][0], frozenset(receivers), [] if closed else [target(one) for one in receivers])


def told(*receivers: Receiver, instead: tuple[Receiver, ...] = ()) -> Told:
    return Told(frozenset({*receivers, *instead}), {one: 90 + place for place, one in enumerate(instead)})


def names(found: list[Target]) -> list[Receiver]:
    return [receiver_of(one) for one in found]


MAIL: Receiver = (2, 20, None)
SMS: Receiver = (3, 30, None)
ANNA: Receiver = (1, None, 1)
BERT: Receiver = (1, None, 2)


def test_the_first_step_comes_first_and_then_the_next() -> None:
    ways = [way(MAIL), way(SMS)]
    assert names(following(unreached(), ways, told(GROUP))) == [MAIL]
    assert names(following(unreached(MAIL, 5), ways, told(GROUP, instead=(MAIL,)))) == [SMS]
    assert following(unreached(SMS, 6), ways, told(GROUP, instead=(MAIL, SMS))) == []


def test_a_step_that_reaches_nobody_is_passed_over() -> None:
    assert names(following(unreached(), [way(MAIL, closed=True), way(SMS)], told(GROUP))) == [SMS]


def test_of_many_people_who_failed_the_second_finds_the_group_told() -> None:
    ways = [way(MAIL), way(SMS)]
    assert names(following(unreached(ANNA), ways, told(ANNA, BERT))) == [MAIL]
    assert following(unreached(BERT), ways, told(ANNA, BERT, instead=(MAIL,))) == []


def test_who_was_told_by_the_block_itself_is_not_told_again() -> None:
    assert names(following(unreached(), [way(ANNA, BERT), way(SMS)], told(GROUP, ANNA))) == [BERT]
    assert names(following(unreached(), [way(ANNA), way(SMS)], told(GROUP, ANNA))) == [SMS]


def test_everyone_of_a_service_is_a_step_too() -> None:
    everyone = Way(2, None, [target(MAIL)])
    assert names(following(unreached(), [everyone, way(SMS)], NOBODY)) == [MAIL]
    assert names(following(unreached(MAIL, 5), [everyone, way(SMS)], told(GROUP, instead=(MAIL,)))) == [SMS]


receivers = st.tuples(st.integers(1, 3), st.one_of(st.none(), st.integers(1, 3)), st.none())


@given(st.lists(st.lists(receivers, min_size=1, max_size=3, unique=True), max_size=5), receivers)
def test_whatever_the_steps_it_ends_and_nobody_is_told_twice(steps: list[list[Receiver]], first: Receiver) -> None:
    ways = [Way(step[0][0], frozenset(step), [target(one) for one in step]) for step in steps]
    failures, everyone = [unreached(first)], [first]
    instead: dict[Receiver, int] = {}
    for _ in range(100):
        if not failures:
            break
        one = failures.pop(0)
        new = names(following(one, ways, Told(frozenset(everyone), dict(instead))))
        everyone += new
        instead |= dict.fromkeys(new, 1)
        failures += [unreached(receiver, 5) for receiver in new]
    assert not failures
    assert len(everyone) == len(set(everyone))
