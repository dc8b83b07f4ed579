"""What a worker takes: visits that can go on, then the lane due the longest, never one that is being served."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from dingbell.pipeline.agenda import Agenda
from dingbell.storage.times import SECOND


@dataclass(frozen=True)
class Visit:
    name: str


class Clock:
    def __init__(self) -> None:
        self.now = 100

    def __call__(self) -> int:
        return self.now


def test_the_lane_due_the_longest_comes_first() -> None:
    agenda: Agenda[Visit] = Agenda(Clock())
    agenda.add(["b"], 90)
    agenda.add(["a"], 80)
    assert (agenda.take(), agenda.take()) == ("a", "b")


def test_an_earlier_moment_replaces_a_later_one_and_not_the_other_way() -> None:
    agenda: Agenda[Visit] = Agenda(Clock())
    agenda.add(["a"], 10**12)
    agenda.add(["a"], 90)
    agenda.add(["a"], 10**12)
    assert agenda.take() == "a"
    agenda.done("a", None)
    agenda.add(["b"], 100)
    assert agenda.take() == "b", "no second entry of a was left"


def test_a_lane_woken_while_it_is_served_is_served_again() -> None:
    agenda: Agenda[Visit] = Agenda(Clock())
    agenda.add(["a"], 90)
    assert agenda.take() == "a"
    assert agenda.served() == {"a"}
    agenda.add(["a"], 95)
    agenda.done("a", None)
    assert agenda.served() == set()
    assert agenda.take() == "a"


def test_looking_around_changes_nothing_for_lanes_that_stand_here() -> None:
    clock = Clock()
    agenda: Agenda[Visit] = Agenda(clock)
    agenda.add(["waits"], 10**9)
    agenda.add(["served"], 90)
    assert agenda.take() == "served"
    agenda.add(["waits", "served", "new"], 100, only_new=True)
    assert agenda.take() == "new"
    agenda.done("served", None)
    clock.now = 10**9
    assert agenda.take() == "waits"


def test_whoever_waits_is_woken_by_work_and_by_the_end() -> None:
    agenda: Agenda[Visit] = Agenda(Clock())
    taken: list[Visit | str] = []

    def work() -> None:
        while (one := agenda.take()) is not None:
            taken.append(one)
            agenda.done("a", None)

    thread = threading.Thread(target=work)
    thread.start()
    agenda.add(["a"], 100)
    while not taken:
        time.sleep(0.01)
    agenda.close()
    thread.join(10)
    assert not thread.is_alive()
    assert taken == ["a"]
    assert agenda.take() is None


def test_what_was_begun_goes_before_anything_new() -> None:
    agenda: Agenda[Visit] = Agenda(Clock())
    agenda.add(["a", "b"], 90)
    assert agenda.take() == "a"
    agenda.go_on(Visit("a"))
    assert agenda.take() == Visit("a")
    assert agenda.take() == "b"


def test_no_more_lanes_are_visited_at_once_than_may_be() -> None:
    agenda: Agenda[Visit] = Agenda(Clock(), most=1)
    agenda.add(["a"], 80)
    agenda.add(["b"], 90)
    assert agenda.take() == "a"
    agenda.rest(Visit("a"), 0.05)
    assert agenda.take() == Visit("a"), "b has to wait for it"
    agenda.done("a", None)
    assert agenda.take() == "b"


def test_the_end_waits_for_the_visits_under_way_and_none_of_them_rests_any_longer() -> None:
    agenda: Agenda[Visit] = Agenda(Clock())
    agenda.add(["a", "b", "c"], 90)
    assert [agenda.take(), agenda.take()] == ["a", "b"]
    agenda.rest(Visit("a"), 3600)
    agenda.close()
    assert agenda.take() == Visit("a")
    agenda.done("a", 95)
    agenda.go_on(Visit("b"))
    assert agenda.take() == Visit("b")
    agenda.rest(Visit("b"), 3600)
    assert agenda.take() == Visit("b")
    agenda.done("b", None)
    assert agenda.take() is None, "c and a are left to the next start"


def test_who_does_not_wait_is_told_that_nothing_is_there() -> None:
    agenda: Agenda[Visit] = Agenda(Clock())
    agenda.add(["a"], 10**12)
    assert agenda.take(wait=False) is None
    agenda.add(["a"], 90)
    assert agenda.take(wait=False) == "a"
    agenda.rest(Visit("a"), 3600)
    assert agenda.take(wait=False) is None


def test_a_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    clock = Clock()
    agenda: Agenda[Visit] = Agenda(clock)
    clock.now = 10**15
    agenda.add(["due", "many"], clock.now)
    assert {agenda.take(), agenda.take()} == {"due", "many"}
    agenda.done("due", clock.now + 10 * SECOND)
    agenda.done("many", None, clock.now + SECOND // 2)
    clock.now -= 3600 * SECOND
    assert agenda.take(wait=False) == "due"
    agenda.add(["many"], clock.now)
    assert agenda.take(wait=False) == "many", "its floor was of the time before"


def test_no_moment_is_further_ahead_than_a_quarter_of_a_minute() -> None:
    clock = Clock()
    agenda: Agenda[Visit] = Agenda(clock)
    agenda.add(["a"], 10**12)
    clock.now += 15 * SECOND
    assert agenda.take(wait=False) == "a"


def test_slow_lanes_leave_half_of_the_places_to_others() -> None:
    agenda: Agenda[Visit] = Agenda(Clock(), most=4, is_slow=lambda lane: lane.startswith("x:"))
    agenda.add([f"x:{number}" for number in range(4)], 80)
    agenda.add(["a", "b"], 90)
    assert [agenda.take(wait=False) for _ in range(5)] == ["x:0", "x:1", "a", "b", None]
    agenda.done("a", None)
    assert not agenda.begin("x:9")
    assert agenda.take(wait=False) is None, "the place is not for a slow one"
    agenda.done("x:0", None)
    assert agenda.take(wait=False) == "x:2"
    agenda.done("x:1", 85)
    agenda.done("x:2", None)
    assert [agenda.take(wait=False), agenda.take(wait=False)] == ["x:3", "x:1"]


def test_only_lanes_that_were_taken_a_while_ago_are_named_as_long_served() -> None:
    agenda: Agenda[Visit] = Agenda(Clock())
    agenda.add(["a"], 90)
    agenda.take()
    assert agenda.served(60.0) == set()
    assert agenda.served() == {"a"}


def test_a_lane_is_begun_out_of_turn_only_where_nothing_is_known_of_it() -> None:
    clock = Clock()
    agenda: Agenda[Visit] = Agenda(clock, most=3)
    agenda.add(["due"], 90)
    agenda.add(["later"], 10**12)
    assert agenda.take() == "due"
    assert not agenda.begin("due"), "it is served"
    assert not agenda.begin("later"), "it was told when to come"
    assert agenda.begin("idle")
    assert not agenda.begin("idle")
    agenda.done("idle", None, floor_us=clock.now + 5)
    assert not agenda.begin("idle"), "much waits there"
    clock.now += 5
    assert agenda.begin("idle")
    assert agenda.begin("another")
    assert not agenda.begin("one too many")
    agenda.done("another", None)
    agenda.close()
    assert not agenda.begin("another")
