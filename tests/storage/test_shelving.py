"""Shelving through the one writer: who hears, and what happens when its time is over."""

from __future__ import annotations

from functools import partial

import pytest

from dingbell.alarms import lifecycle
from dingbell.alarms.alarm import Alarm, Report
from dingbell.alarms.lifecycle import NotShelved
from dingbell.alarms.models import Event
from dingbell.delivery.models import Delivery
from dingbell.notify.models import Rule
from dingbell.pipeline.intake import Command, UnknownAlarm
from dingbell.storage import versions
from dingbell.storage.times import HOUR, SECOND
from dingbell.storage.versions import Subject
from tests.storage.conftest import NOW, Node
from tests.storage.test_intake import Stored, report


def shelve(node: Node, alarm: Alarm, until_us: int = NOW + HOUR) -> None:
    act = partial(lifecycle.shelve, actor="张师傅", note="检修", at_us=NOW, until_us=until_us)
    node.intake.command(Command(alarm.id, act))


def kinds_told() -> list[str]:
    """The kinds of the events that owed something."""
    kinds = dict(Event.objects.values_list("id", "kind"))
    return [kinds[event_id] for event_id in Delivery.objects.order_by("id").values_list("event_id", flat=True)]


def journal() -> list[tuple[str, str, str]]:
    return list(Event.objects.order_by("id").values_list("kind", "entered", "actor"))


@pytest.mark.parametrize("ticked", [False, True])
def test_while_it_is_shelved_only_rules_with_the_box_ticked_hear(
    node: Node, rule: Rule, stored: Stored, ticked: bool
) -> None:
    Rule.objects.update(shelved=ticked)
    versions.bump(Subject.CONFIGURATION)
    node.hear(report("a"))
    shelve(node, stored()["a"])
    node.hear(report("a", active=False, at_s=1), report("a", at_s=2))
    assert kinds_told() == (["raised", "shelved", "cleared", "raised"] if ticked else ["raised"])
    assert stored()["a"].occurrences == 2
    assert stored()["a"].shelved


def test_when_its_time_is_over_the_state_decides(node: Node, rule: Rule, stored: Stored) -> None:
    node.hear(report("standing"), report("over", ack_mode=lifecycle.AckMode.AUTO), report("later"))
    for key in ("standing", "over"):
        shelve(node, stored()[key], NOW - SECOND)
    shelve(node, stored()["later"])
    node.hear(report("over", active=False, at_s=1))
    before = Event.objects.count()
    node.intake.unshelve()
    node.intake.unshelve()
    assert [key for key, alarm in stored().items() if alarm.shelved] == ["later"]
    assert sorted(journal()[before:]) == [("unshelved", "", ""), ("unshelved", "active_unacked", "")]
    assert kinds_told()[3:] == ["unshelved"]
    assert {event.time_us for event in Event.objects.filter(kind="unshelved")} == {NOW - SECOND}


def test_what_became_of_each_of_many(node: Node, stored: Stored) -> None:
    node.hear(report("a"), report("b"))
    alarms = stored()
    shelve(node, alarms["a"])
    act = partial(lifecycle.unshelve, actor="李师傅", at_us=NOW)
    done = node.intake.command_all([Command(id_, act) for id_ in (alarms["a"].id, alarms["b"].id, 987)])
    assert [type(one) for one in done] == [Alarm, NotShelved, UnknownAlarm]
    assert not stored()["a"].shelved
    assert journal()[-1] == ("unshelved", "active_unacked", "李师傅")


def test_a_source_that_falls_silent_is_cleared_while_it_is_shelved(node: Node, stored: Stored) -> None:
    node.hear(Report(source="plc-1", key="a", active=True, time_us=NOW - HOUR, expires_us=NOW - SECOND))
    shelve(node, stored()["a"])
    node.intake.expire()
    assert (stored()["a"].active, stored()["a"].shelved) == (False, True)


def test_what_nobody_saw_to_is_acknowledged_by_itself(node: Node, rule: Rule, stored: Stored) -> None:
    node.hear(
        report("old", at_s=-7200, ack_mode=lifecycle.AckMode.MANUAL_NOTE),
        report("over", at_s=-9000), report("over", at_s=-100, active=False),
        report("fresh", at_s=-100),
    )  # fmt: skip
    node.intake.acknowledge_stale(HOUR)
    assert {key for key, alarm in stored().items() if alarm.acked} == {"old"}
    event = Event.objects.get(kind="acked")
    assert (event.entered, event.actor, event.note) == ("active_acked", "", "")
    assert kinds_told()[-1] == "acked"
    node.intake.acknowledge_stale(HOUR)
    assert Event.objects.filter(kind="acked").count() == 1
