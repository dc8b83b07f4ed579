"""The other ways of a block on a real database: what is owed in place of what failed, once, and never in a circle."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from dingbell.delivery import fallbacks
from dingbell.delivery.models import Delivery, Manner
from dingbell.notify.models import Account, Block, Robot, Rule, Service
from dingbell.pipeline.fallback import Fallback
from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.storage.writer import Writer
from tests.storage.conftest import Node
from tests.storage.test_intake import report


class Ways:
    """Two services beside the rule's own, as steps of its block: a second group, then a mail address."""

    def __init__(self, rule: Rule, node: Node) -> None:
        self.rule, self.node = rule, node
        self.second = Service.objects.create(name="备用群", type="dingtalk")
        self.group = Robot.objects.create(service=self.second, alias="备用群", url="https://x", budget_key="r:2")
        self.other = Service.objects.create(name="邮件", type="apprise")
        self.mail = Robot.objects.create(service=self.other, alias="值班邮箱", url="", budget_key="x:3")
        self.steps({"service": self.second.id}, {"service": self.other.id, "receivers": [{"robot": self.mail.id}]})
        self.fallback = Fallback(node.outbox)

    def another(self, writer: Writer) -> Fallback:
        return Fallback(replace(self.node.outbox, writer=writer))

    def steps(self, *steps: dict[str, object]) -> None:
        Block.objects.filter(rule=self.rule).update(fallback=list(steps))
        versions.bump(Subject.CONFIGURATION)

    def fails(self, *names: str, reason: str = "token_invalid") -> None:
        Delivery.objects.filter(receiver_name__in=names, state="pending").update(state="failed", reason=reason)

    def owed(self) -> list[tuple[str, str, str | None]]:
        """(receiver, state, in whose place), oldest first."""
        found = list(Delivery.objects.order_by("id"))
        named = {one.id: one.receiver_name for one in found}
        return [(one.receiver_name, one.state, named.get(one.fallback_of or 0)) for one in found]


@pytest.fixture
def ways(rule: Rule, node: Node) -> Ways:
    return Ways(rule, node)


def test_step_after_step_until_the_list_ends(ways: Ways) -> None:
    ways.node.hear(report("a"))
    ways.fallback.look()
    assert ways.owed() == [("值班群", "pending", None)]
    ways.fails("值班群")
    ways.fallback.look()
    ways.fallback.look()
    assert ways.owed() == [("值班群", "failed", None), ("备用群", "pending", "值班群")]
    assert {"r:2"} in ways.node.woken
    ways.fails("备用群")
    ways.fallback.look()
    ways.fails("值班邮箱")
    ways.fallback.look()
    assert ways.owed()[1:] == [("备用群", "failed", "值班群"), ("值班邮箱", "failed", "备用群")]
    assert Delivery.objects.filter(fell_back=True).count() == 3
    first, *others = Delivery.objects.order_by("id")
    for one in others:
        assert (one.event_id, one.alarm_id, one.rule_id, one.kind, one.priority) == (
            first.event_id, first.alarm_id, first.rule_id, first.kind, first.priority
        )  # fmt: skip


def test_only_what_asks_for_it_falls_back(ways: Ways) -> None:
    ways.steps()
    ways.node.hear(report("a"))
    ways.fails("值班群")
    ways.fallback.look()
    assert len(ways.owed()) == 1
    ways.steps({"service": ways.other.id})
    ways.node.hear(report("b"))
    ways.fails("值班群", reason="rendering_failed")
    ways.node.hear(report("c"))
    Delivery.objects.filter(state="pending").update(state="expired", reason="expired")
    ways.fallback.look()
    assert len(ways.owed()) == 3
    assert fallbacks.unseen(10) == []


def test_steps_that_are_gone_or_switched_off_are_passed_over(ways: Ways) -> None:
    ways.node.hear(report("a"))
    Service.objects.filter(id=ways.second.id).update(enabled=False)
    ways.fails("值班群")
    ways.fallback.look()
    assert ways.owed()[1:] == [("值班邮箱", "pending", "值班群")]
    ways.node.hear(report("b"))
    ways.second.delete()
    ways.mail.delete()
    ways.fails("值班群")
    ways.fallback.look()
    assert len(ways.owed()) == 3


def test_many_people_fall_back_to_one_group_once(ways: Ways) -> None:
    service = Block.objects.get(rule=ways.rule).service
    for number in range(3):
        Account.objects.create(service=service, user_id=f"u{number}", name=f"人{number}")
    Service.objects.filter(id=service.id).update(send_to_robots=False, send_to_accounts=True, client_id="ding")
    versions.bump(Subject.CONFIGURATION)
    ways.node.hear(report("a"), report("b"))
    ways.fails("人0", "人1")
    ways.fallback.look()
    ways.fails("人2")
    ways.fallback.look()
    owed = [one for one in ways.owed() if one[2]]
    assert [name for name, _, _ in owed] == ["备用群", "备用群"]  # once for each alarm
    # What stood in for two fails: the next step takes over once.
    ways.fails("备用群")
    ways.fallback.look()
    assert [name for name, _, of in ways.owed() if of == "备用群"] == ["值班邮箱", "值班邮箱"]


def test_a_repetition_falls_back_again(ways: Ways) -> None:
    ways.node.hear(report("a"))
    ways.fails("值班群")
    ways.fallback.look()
    again = Delivery.objects.get(receiver_name="值班群")
    again.id, again.repetition, again.fell_back = again.id + 1_000, 1, False
    again.save(force_insert=True)
    ways.fallback.look()
    assert [name for name, _, of in ways.owed() if of] == ["备用群", "备用群"]
    assert list(Delivery.objects.filter(fallback_of=again.id).values_list("repetition", flat=True)) == [1]


def test_what_was_asked_of_the_block_stays_asked(ways: Ways) -> None:
    ways.node.hear(report("a"))
    asked = Manner.FALLBACK | Manner.UNLESS_CLEARED | Manner.GATHERED
    Delivery.objects.update(state="failed", reason="token_invalid", manner=int(asked))
    ways.fallback.look()
    assert Delivery.objects.get(receiver_name="备用群").manner == Manner.FALLBACK | Manner.UNLESS_CLEARED


def test_it_hurries_when_a_failure_is_on_disk(ways: Ways, writer: Writer) -> None:
    ways.node.hear(report("A"))
    ways.fails("值班群")
    fallbacks.failed.connect(ways.fallback.hurry)
    try:
        fallbacks.tell()
    finally:
        fallbacks.failed.disconnect(ways.fallback.hurry)
    writer.stop()  # what waits is written
    assert ways.owed() == [("值班群", "failed", None), ("备用群", "pending", "值班群")]
    ways.fallback.hurry()  # nobody writes any more: the transaction of the failure must not hear of that


def looks(node: Fallback) -> None:
    node.look()
    connection.close()


def test_two_nodes_that_look_at_once_owe_it_once(ways: Ways) -> None:
    other = Writer()
    other.start()
    try:
        nodes = [ways.fallback, ways.another(other)] if connection.vendor != "sqlite" else [ways.fallback] * 2
        ways.node.hear(*(report(f"a{number}") for number in range(20)))
        ways.fails("值班群")
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(looks, nodes))
    finally:
        other.stop()
    assert [name for name, _, of in ways.owed() if of] == ["备用群"] * 20
