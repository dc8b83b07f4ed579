"""What blocks tell again and again until somebody acts, and what they keep back, on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from django.db import connection

from dingbell.alarms.models import AlarmRow
from dingbell.delivery.models import Delivery, Repetition
from dingbell.notify.manner import Manner
from dingbell.notify.models import Block, Robot, Rule
from dingbell.notify.rules.documents import GatherDocument, TimingDocument
from dingbell.pipeline.releasing import GRACE_US, Releases
from dingbell.pipeline.repeating import Repeating
from dingbell.storage import versions
from dingbell.storage.times import HOUR, MINUTE, SECOND
from dingbell.storage.versions import Subject
from dingbell.storage.writer import Writer
from tests.storage.conftest import NOW, Node
from tests.storage.test_intake import acknowledgement, report
from tests.storage.test_meanwhile import shelving, the_alarm
from tests.storage.test_silences import UNTIL, ask, schedule, silence

QUIET = Manner.UNLESS_CLEARED | Manner.UNLESS_ACKED | Manner.UNLESS_SHELVED


@pytest.fixture
def repeating(node: Node) -> Repeating:
    return Repeating(node.outbox, node.intake.routes)


def wants(**timing: Any) -> None:
    """Every block from now on."""
    Block.objects.update(timing=msgspec.to_builtins(TimingDocument(**timing)))
    versions.bump(Subject.CONFIGURATION)


def pass_by(node: Node, repeating: Repeating, minutes: int) -> list[int]:
    """The repetitions told in this time, tick by tick."""
    before = Delivery.objects.count()
    for _ in range(minutes):
        node.now_us += MINUTE
        repeating.repeat()
    return [one.repetition for one in Delivery.objects.order_by("id")[before:]]


def owed() -> list[tuple[str, str, int, int]]:
    """State, reason, microseconds from NOW until it is due, and manner of every delivery."""
    return [(one.state, one.reason, one.due_us - NOW, one.manner) for one in Delivery.objects.order_by("id")]


def test_a_block_tells_again_until_somebody_acknowledges(node: Node, rule: Rule, repeating: Repeating) -> None:
    wants(repeat_minutes=10)
    node.hear(report("A"))
    assert pass_by(node, repeating, 9) == []
    node.woken.clear()
    assert pass_by(node, repeating, 25) == [1, 2, 3]
    assert node.woken == [{"r:1"}] * 3
    first, *again = Delivery.objects.order_by("id")
    assert first.manner == 0
    assert [one.due_us for one in again] == [NOW + n * 10 * MINUTE for n in (1, 2, 3)]
    assert {(one.event_id, one.kind, one.manner, one.robot_id) for one in again} == {
        (first.event_id, "raised", QUIET, first.robot_id)
    }
    node.intake.command(acknowledgement(the_alarm(), "李"))
    assert pass_by(node, repeating, 30) == []
    assert not Repetition.objects.exists()


def test_it_ends_after_so_many_times(node: Node, rule: Rule, repeating: Repeating) -> None:
    wants(repeat_minutes=5, repeat_most=2)
    node.hear(report("A"))
    assert pass_by(node, repeating, 60) == [1, 2]
    assert not Repetition.objects.exists()


@pytest.mark.parametrize("quiet", [["acked", "cleared", "shelved"], ["cleared"]])
def test_the_end_of_the_alarm_ends_it_and_another_occurrence_begins_anew(
    node: Node, rule: Rule, repeating: Repeating, quiet: list[str]
) -> None:
    wants(repeat_minutes=5, quiet=quiet)
    node.hear(report("A"))
    assert pass_by(node, repeating, 12) == [1, 2]
    node.hear(report("A", active=False, at_s=1), receipt_us=node.now_us)
    assert pass_by(node, repeating, 10) == []
    node.hear(report("A", at_s=2), receipt_us=node.now_us)
    assert pass_by(node, repeating, 6) == [1]


def test_boxes_that_are_not_ticked_let_it_go_on_until_the_alarm_is_all_over(
    node: Node, rule: Rule, repeating: Repeating
) -> None:
    wants(repeat_minutes=5, quiet=[])
    node.hear(report("A"))
    node.intake.command(shelving(the_alarm()))
    node.hear(report("A", active=False, at_s=1), receipt_us=node.now_us)
    assert pass_by(node, repeating, 6) == [1]
    node.intake.command(acknowledgement(the_alarm(), "李"))
    assert pass_by(node, repeating, 20) == []


def test_shelving_ends_it_where_its_box_is_ticked(node: Node, rule: Rule, repeating: Repeating) -> None:
    wants(repeat_minutes=5, quiet=["shelved"])
    node.hear(report("A"))
    node.intake.command(shelving(the_alarm()))
    assert pass_by(node, repeating, 20) == []


def test_a_rule_that_is_changed_goes_on_as_it_is_and_one_that_is_gone_ends(
    node: Node, rule: Rule, repeating: Repeating
) -> None:
    wants(repeat_minutes=10)
    node.hear(report("A"))
    Robot.objects.update(alias="新群")
    wants(repeat_minutes=2)
    assert pass_by(node, repeating, 14) == [1, 2, 3]
    assert set(Delivery.objects.filter(repetition__gt=0).values_list("receiver_name", flat=True)) == {"新群"}
    wants()
    assert pass_by(node, repeating, 10) == []
    assert not Repetition.objects.exists()
    wants(repeat_minutes=2)
    node.hear(report("B"), receipt_us=node.now_us)
    Rule.objects.update(enabled=False)
    versions.bump(Subject.CONFIGURATION)
    assert pass_by(node, repeating, 4) == []
    assert not Repetition.objects.exists()


def test_another_block_before_it_does_not_mistake_it(node: Node, rule: Rule, repeating: Repeating) -> None:
    wants(repeat_minutes=5)
    node.hear(report("A"))
    block = Block.objects.get()
    Block.objects.update(position=1)
    Block.objects.create(rule=rule, service=block.service, position=0, receivers=[])
    versions.bump(Subject.CONFIGURATION)
    assert pass_by(node, repeating, 6) == [1]
    assert Delivery.objects.get(repetition=1).block == 1


def test_a_silence_leaves_out_and_does_not_count(node: Node, rule: Rule, repeating: Repeating) -> None:
    wants(repeat_minutes=20, repeat_most=2)
    node.hear(report("A"))
    silence()
    assert pass_by(node, repeating, 59) == []
    assert pass_by(node, repeating, 60) == [1, 2]


def test_what_a_silence_withheld_repeats_once_it_was_told(node: Node, rule: Rule, repeating: Repeating) -> None:
    wants(repeat_minutes=20)
    silence()
    node.hear(report("A"))
    assert not Repetition.objects.exists()
    node.now_us = UNTIL + GRACE_US
    Releases(node.outbox, node.intake.routes).release()
    assert pass_by(node, repeating, 21) == [1]


def test_a_closed_schedule_leaves_out_and_one_that_holds_goes_on_when_it_opens(
    node: Node, rule: Rule, repeating: Repeating
) -> None:
    ask(schedule("08:00", "08:15"))
    wants(repeat_minutes=10)
    node.hear(report("A"))
    assert pass_by(node, repeating, 24 * 60 - 1) == [1]
    wants(repeat_minutes=600, outside="hold")
    assert pass_by(node, repeating, 1) == [2]
    assert pass_by(node, repeating, 24 * 60) == [3]
    assert Delivery.objects.get(repetition=3).due_us == NOW + 48 * HOUR


def test_what_falls_outside_the_schedule_is_dropped_or_held(node: Node, rule: Rule) -> None:
    ask(schedule("10:00", "11:00"))
    node.hear(report("A"))
    wants(outside="hold")
    node.hear(report("B"))
    node.hear(report("B", active=False, at_s=1))
    Block.objects.update(schedule_id=schedule("10:00", "10:00"))
    assert owed() == [
        ("suppressed", "outside_schedule", 0, 0),
        ("pending", "outside_schedule", 2 * HOUR, QUIET),
        ("pending", "outside_schedule", 2 * HOUR, Manner.IF_TOLD),
    ]


def test_a_delay_and_a_window_put_it_off(node: Node, rule: Rule) -> None:
    wants(delay_s=30)
    node.hear(report("A"))
    node.hear(report("A", active=False, at_s=1))
    wants(gather=GatherDocument(delay_s=20, every_s=60))
    node.hear(report("B"), report("C"))
    node.now_us += 5 * SECOND
    node.hear(report("D"))
    node.now_us += 20 * SECOND
    node.hear(report("E"))
    gathered = ("pending", "gathering", 20 * SECOND, QUIET | Manner.GATHERED)
    assert owed() == [
        ("pending", "delayed", 30 * SECOND, QUIET),
        ("pending", "", 0, Manner.IF_TOLD),
        gathered, gathered, gathered,
        ("pending", "gathering", 80 * SECOND, QUIET | Manner.GATHERED),
    ]  # fmt: skip


def test_a_restart_and_a_second_node_tell_it_once(node: Node, rule: Rule) -> None:
    wants(repeat_minutes=5)
    node.hear(*(report(f"A{n}") for n in range(30)))
    node.now_us += 5 * MINUTE
    another = Writer()
    another.start()
    try:
        nodes = [node, Node(another)]
        nodes[1].now_us = node.now_us
        both = [Repeating(one.outbox, one.intake.routes) for one in nodes]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(_repeat, both))
    finally:
        another.stop()
    assert Delivery.objects.filter(repetition=1).count() == AlarmRow.objects.count() == 30


def _repeat(one: Repeating) -> None:
    one.repeat()
    connection.close()


def test_an_alarm_that_stands_for_months_ends_nobodys_repetitions(node: Node, rule: Rule, repeating: Repeating) -> None:
    wants(repeat_minutes=5)
    node.hear(report("old"))
    Repetition.objects.update(count=40_000)  # every five minutes since 139 days
    node.hear(report("new"))
    assert sorted(pass_by(node, repeating, 6)) == [1, 32_767]
