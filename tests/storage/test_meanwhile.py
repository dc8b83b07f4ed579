"""What is withheld because of what happened while it waited, on a real database."""

from __future__ import annotations

import pytest

from dingbell.alarms import lifecycle
from dingbell.alarms.alarm import Alarm
from dingbell.alarms.models import AlarmRow
from dingbell.delivery.models import Delivery
from dingbell.delivery.waiting import Waiting
from dingbell.notify.manner import Manner
from dingbell.notify.models import Rule
from dingbell.pipeline.intake import Command
from dingbell.pipeline.meanwhile import withheld
from dingbell.storage.times import HOUR
from tests.storage.conftest import NOW, Node
from tests.storage.test_intake import acknowledgement, report

QUIET = Manner.UNLESS_CLEARED | Manner.UNLESS_ACKED | Manner.UNLESS_SHELVED


def waiting(kind: str, manner: Manner) -> list[Waiting]:
    """The deliveries of this kind, as if their block had asked for that."""
    Delivery.objects.filter(kind=kind).update(manner=manner)
    return [
        Waiting(
            one.id, one.event_id, one.service_id, one.robot_id, one.account_id, one.due_us, one.created_us,
            alarm_id=one.alarm_id, kind=one.kind, manner=one.manner,
        )
        for one in Delivery.objects.filter(kind=kind).order_by("id")
    ]  # fmt: skip


def reasons(kind: str, manner: Manner) -> list[str]:
    """Of each delivery of this kind, "" where it goes."""
    asked = waiting(kind, manner)
    found = withheld(asked)
    return [found.get(one.id, "") for one in asked]


def the_alarm() -> int:
    return AlarmRow.objects.get().id


@pytest.mark.parametrize("manner", [Manner(0), Manner.RECALL | Manner.GATHERED])
def test_what_was_not_meant_to_wait_is_not_asked_about(
    node: Node, rule: Rule, manner: Manner, django_assert_num_queries: object
) -> None:
    node.hear(report("A"))
    node.hear(report("A", active=False, at_s=1))
    asked = waiting("raised", manner)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert withheld(asked) == {}


def test_an_alarm_that_stands_as_it_stood_is_told_of(node: Node, rule: Rule) -> None:
    node.hear(report("A"))
    assert reasons("raised", QUIET) == [""]


def test_a_raise_is_withheld_once_its_alarm_is_over(node: Node, rule: Rule) -> None:
    node.hear(report("A"))
    node.hear(report("A", active=False, at_s=1))
    assert reasons("raised", QUIET) == ["cleared_meanwhile"]
    assert reasons("raised", Manner.UNLESS_ACKED | Manner.UNLESS_SHELVED) == [""]


def test_an_alarm_that_came_back_is_another_one(node: Node, rule: Rule) -> None:
    node.hear(report("A"), report("A", active=False, at_s=1), report("A", at_s=2))
    assert reasons("raised", QUIET) == ["cleared_meanwhile", ""]


def test_a_raise_that_was_over_when_it_became_known_did_not_last(node: Node, rule: Rule) -> None:
    node.hear(report("A", active=False, at_s=-10), report("A", at_s=-15))
    assert reasons("raised", Manner.UNLESS_CLEARED) == ["cleared_meanwhile"]


def test_what_somebody_acknowledged_or_shelved_is_withheld_where_its_box_is_ticked(node: Node, rule: Rule) -> None:
    node.hear(report("A"))
    node.intake.command(acknowledgement(the_alarm(), "李"))
    assert reasons("raised", QUIET) == ["acked_meanwhile"]
    assert reasons("raised", Manner.UNLESS_SHELVED) == [""]
    node.intake.command(shelving(the_alarm()))
    assert reasons("raised", Manner.UNLESS_SHELVED) == ["shelved_meanwhile"]
    assert reasons("acked", QUIET) == [""]


def test_a_recovery_goes_to_whom_the_alarm_was_told(node: Node, rule: Rule) -> None:
    node.hear(report("A"))
    node.hear(report("A", active=False, at_s=1))
    raised = Delivery.objects.filter(kind="raised")
    for state, reason in (
        ("sent", ""), ("pending", ""), ("sending", ""), ("suppressed", "not_told"), ("failed", "not_told"),
    ):  # fmt: skip
        raised.update(state=state)
        assert reasons("cleared", Manner.IF_TOLD | QUIET) == [reason], state


def test_what_failed_and_has_other_ways_counts_as_told(node: Node, rule: Rule) -> None:
    node.hear(report("A"), report("A", active=False, at_s=1))
    Delivery.objects.filter(kind="raised").update(state="failed", manner=Manner.FALLBACK)
    assert reasons("cleared", Manner.IF_TOLD) == [""]


def test_what_was_told_of_an_earlier_occurrence_or_by_another_rule_does_not_count(node: Node, rule: Rule) -> None:
    node.hear(report("A"), report("A", active=False, at_s=1))
    node.hear(report("A", at_s=2), report("A", active=False, at_s=3))
    first, second = Delivery.objects.filter(kind="raised").order_by("id")
    Delivery.objects.filter(id=first.id).update(state="sent")
    Delivery.objects.filter(id=second.id).update(state="suppressed")
    assert reasons("cleared", Manner.IF_TOLD) == ["", "not_told"]
    Delivery.objects.filter(id=second.id).update(state="sent", rule_id=rule.id + 1)
    assert reasons("cleared", Manner.IF_TOLD) == ["", "not_told"]


def test_a_robot_with_a_new_webhook_is_still_the_one_that_was_told(node: Node, rule: Rule) -> None:
    node.hear(report("A"), report("A", active=False, at_s=1))
    Delivery.objects.filter(kind="raised").update(state="sent", lane="r:old")
    assert reasons("cleared", Manner.IF_TOLD) == [""]
    Delivery.objects.filter(kind="raised").update(robot_id=99)
    assert reasons("cleared", Manner.IF_TOLD) == ["not_told"]
    Delivery.objects.filter(kind="raised").update(robot_id=None, account_id=99)
    assert reasons("cleared", Manner.IF_TOLD) == ["not_told"]


def shelving(alarm_id: int) -> Command:
    def act(alarm: Alarm) -> lifecycle.Transition:
        return lifecycle.shelve(alarm, actor="李", note="", at_us=NOW, until_us=NOW + HOUR)

    return Command(alarm_id, act)
