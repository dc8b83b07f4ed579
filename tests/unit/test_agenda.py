"""Which lane a worker takes: the one due the longest, never one that is being served."""

from __future__ import annotations

import threading

from dingbell.pipeline.agenda import Agenda


class Clock:
    def __init__(self) -> None:
        self.now = 100

    def __call__(self) -> int:
        return self.now


def test_the_lane_due_the_longest_comes_first() -> None:
    agenda = Agenda(Clock())
    agenda.add(["b"], 90)
    agenda.add(["a"], 80)
    assert (agenda.take(), agenda.take()) == ("a", "b")


def test_an_earlier_moment_replaces_a_later_one_and_not_the_other_way() -> None:
    agenda = Agenda(Clock())
    agenda.add(["a"], 10**12)
    agenda.add(["a"], 90)
    agenda.add(["a"], 10**12)
    assert agenda.take() == "a"
    agenda.done("a", None)
    agenda.add(["b"], 100)
    assert agenda.take() == "b", "no second entry of a was left"


def test_a_lane_woken_while_it_is_served_is_served_again() -> None:
    agenda = Agenda(Clock())
    agenda.add(["a"], 90)
    assert agenda.take() == "a"
    assert agenda.served() == {"a"}
    agenda.add(["a"], 95)
    agenda.done("a", None)
    assert agenda.served() == set()
    assert agenda.take() == "a"


def test_looking_around_changes_nothing_for_lanes_that_stand_here() -> None:
    clock = Clock()
    agenda = Agenda(clock)
    agenda.add(["waits"], 10**9)
    agenda.add(["served"], 90)
    assert agenda.take() == "served"
    agenda.add(["waits", "served", "new"], 100, only_new=True)
    assert agenda.take() == "new"
    agenda.done("served", None)
    clock.now = 10**9
    assert agenda.take() == "waits"


def test_whoever_waits_is_woken_by_work_and_by_the_end() -> None:
    agenda = Agenda(Clock())
    taken: list[str | None] = []
    thread = threading.Thread(target=lambda: taken.extend(iter(agenda.take, None)))
    thread.start()
    agenda.add(["a"], 100)
    agenda.close()
    thread.join(10)
    assert not thread.is_alive()
    assert agenda.take() is None
