"""Alarms, journal and outbox in one transaction, on a real database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from django.db import connection

from dingbell.alarms import lifecycle, store
from dingbell.alarms.alarm import AckMode, Alarm, Priority, Report, State
from dingbell.alarms.models import Event
from dingbell.delivery.models import Delivery
from dingbell.notify.models import Rule
from dingbell.pipeline.intake import Command, Submission, TokenRevoked, UnknownAlarm
from dingbell.storage import sql
from dingbell.storage.times import MINUTE, SECOND
from dingbell.storage.writer import StorageUnavailable, Writer
from dingbell.users import tokens
from tests.storage.conftest import NOW, Node
from tests.storage.test_writer import busy

Stored = Callable[[], dict[str, Alarm]]


def report(key: str, *, active: bool = True, at_s: float = 0, **fields: object) -> Report:
    return Report(source="plc-1", key=key, active=active, time_us=NOW + round(at_s * SECOND), **fields)  # type: ignore[arg-type]


def acknowledgement(alarm_id: int, actor: str, note: str = "", at_us: int = NOW) -> Command:
    return Command(alarm_id, partial(lifecycle.acknowledge, actor=actor, note=note, at_us=at_us, occurrence=None))


def test_reports_without_a_time_count_in_the_order_of_their_arrival(node: Node, stored: Stored) -> None:
    node.hear(Report(source="plc-1", key="a", active=True), receipt_us=NOW)
    node.hear(Report(source="plc-1", key="a", active=False), receipt_us=NOW - 1_000)  # another node's clock, or NTP
    assert not stored()["a"].active
    node.hear(Report(source="plc-1", key="a", active=True), receipt_us=NOW - 3_600 * SECOND)
    assert (stored()["a"].active, stored()["a"].occurrences) == (True, 2)


def test_an_alarm_comes_back_from_the_database_as_it_went_in(node: Node, stored: Stored) -> None:
    everything = {
        "name": "3号泵\"'%s {}", "path": "一车间/泵房", "area": "一车间", "type": "HH", "unit": "bar",
        "description": "🔔", "value": 12.5, "limit": True, "labels": {"line": "A", "空": ""}, "origin": "{}",
    }  # fmt: skip
    node.hear(report("P3#HH", **everything))
    alarm = stored()["P3#HH"]
    assert {name: getattr(alarm, name) for name in everything} == everything
    assert store.restore(Event.objects.get().snapshot) == alarm


def test_the_row_follows_whatever_an_event_changes(node: Node, stored: Stored) -> None:
    node.hear(report("a", value=1, name="泵", labels={"line": "A"}), report("b", value=2, name="阀"))
    ids = {alarm.key: alarm.id for alarm in stored().values()}
    for step in (
        [report("a", value=3, at_s=1), report("b", active=False, at_s=1)],
        [report("a", active=False, at_s=2), report("b", value=4, name="新阀", at_s=2)],
        [report("a", labels={"line": "B"}, limit=9, at_s=3), report("b", priority=Priority.CRITICAL, at_s=3)],
        [report("a", active=False, at_s=4, ack_mode=AckMode.AUTO), report("b", active=False, at_s=4)],
        [report("a", at_s=5, expires_us=NOW + MINUTE), report("a", active=False, name="泵1", at_s=6)],
    ):
        node.hear(*step)
        if not stored()["b"].acked:
            node.intake.command(acknowledgement(ids["b"], "张三"))
        for key, alarm in stored().items():
            newest = Event.objects.filter(alarm_id=ids[key]).order_by("-id")[0]
            assert store.restore(newest.snapshot) == alarm


@pytest.mark.parametrize("value", [None, 0, -1.5, 10**30, True, False, "开", "null", "12"])
def test_a_value_keeps_its_type(node: Node, stored: Stored, value: object) -> None:
    node.hear(report("k", value=value, limit=value))
    alarm = stored()["k"]
    assert (alarm.value, type(alarm.value)) == (value, type(value))
    assert alarm.limit == value


def test_the_event_and_what_it_owes_are_written_together(node: Node, rule: Rule) -> None:
    node.hear(report("a"), report("b"), report("a", active=False, at_s=1))
    events = list(Event.objects.order_by("id").values_list("kind", "entered"))
    assert events == [("raised", "active_unacked"), ("raised", "active_unacked"), ("cleared", "cleared_unacked")]
    owed = Delivery.objects.order_by("id")
    assert [delivery.event_id for delivery in owed] == list(Event.objects.order_by("id").values_list("id", flat=True))
    assert {(d.state, d.lane, d.rule_id, d.receiver_name) for d in owed} == {("pending", "r:1", rule.id, "值班群")}
    assert node.woken == [{"r:1"}]


def test_when_the_outbox_cannot_be_written_neither_is_the_alarm(node: Node, rule: Rule, stored: Stored) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE delivery_delivery RENAME TO delivery_away")
    try:
        with pytest.raises(StorageUnavailable):
            node.hear(report("a"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE delivery_away RENAME TO delivery_delivery")
    assert stored() == {}
    assert not Event.objects.exists()
    assert node.woken == []
    node.hear(report("a"))
    assert stored()["a"].occurrences == 1, "what was rolled back is forgotten by the cache, too"
    assert Delivery.objects.count() == 1


def test_a_duplicate_writes_nothing(node: Node, rule: Rule) -> None:
    for _ in range(3):
        node.hear(report("a"), report("a"))
    assert Event.objects.count() == Delivery.objects.count() == 1


def test_a_restarted_process_knows_the_alarms_of_the_one_before(node: Node, writer: Writer, stored: Stored) -> None:
    node.hear(report("a"))
    following = Node(writer)
    following.hear(report("a"), report("a", active=False, at_s=1), report("b"))
    assert stored()["a"].state is State.CLEARED_UNACKED
    assert stored()["a"].id != stored()["b"].id
    assert Event.objects.count() == 3


def test_an_acknowledgement_in_the_transaction_of_a_clear_does_not_undo_it(
    node: Node, writer: Writer, stored: Stored
) -> None:
    node.hear(report("a"))
    cleared = Submission([report("a", active=False, at_s=1)], NOW + SECOND)
    acknowledged = acknowledgement(stored()["a"].id, "张师傅", at_us=NOW + SECOND)
    with busy(writer):
        before = writer.transaction
        first = writer.submit(node.intake._submitted, cleared)
        second = writer.submit(node.intake._commanded, acknowledged)
    first.result(10)
    second.result(10)
    assert writer.transaction == before + 1
    assert stored()["a"].state is State.CLEARED_ACKED
    node.hear(report("a", at_s=2))
    assert stored()["a"].occurrences == 2


def test_an_acknowledgement_is_journalled_and_owed_like_any_event(node: Node, rule: Rule, stored: Stored) -> None:
    node.hear(report("a"))
    alarm = node.intake.command(acknowledgement(stored()["a"].id, "张师傅", "看到了"))
    assert alarm.state is State.ACTIVE_ACKED
    event = Event.objects.get(kind="acked")
    assert (event.actor, event.note) == ("张师傅", "看到了")
    assert Delivery.objects.filter(event_id=event.id).exists()
    with pytest.raises(lifecycle.AlreadyAcknowledged):
        node.intake.command(acknowledgement(alarm.id, "李师傅"))
    with pytest.raises(UnknownAlarm):
        node.intake.command(acknowledgement(999, "李师傅"))


def test_a_token_that_was_revoked_before_the_write_writes_nothing(node: Node, stored: Stored) -> None:
    token, plain = tokens.create("plc", ["events:write"])
    submission = Submission([report("a")], NOW, tokens.digest(plain))
    node.intake.submit_and_wait(submission)
    tokens.revoke(token.id)
    with pytest.raises(TokenRevoked):
        node.intake.submit_and_wait(Submission([report("b")], NOW, tokens.digest(plain)))
    assert set(stored()) == {"a"}


def test_a_changed_rule_counts_for_the_next_event(node: Node, rule: Rule) -> None:
    from dingbell.storage import versions
    from dingbell.storage.versions import Subject

    node.hear(report("a"))
    Rule.objects.update(enabled=False)
    versions.bump(Subject.CONFIGURATION)
    node.hear(report("b"))
    assert Delivery.objects.count() == 1


def test_an_alarm_that_is_not_repeated_is_cleared_once(writer: Writer, rule: Rule, stored: Stored) -> None:
    node = Node(writer)
    node.hear(report("a", expires_us=NOW + MINUTE), report("b", expires_us=NOW - SECOND), report("c"))
    node.intake.expire()
    node.intake.expire()
    assert {key: alarm.active for key, alarm in stored().items()} == {"a": True, "b": False, "c": True}
    assert Event.objects.filter(kind="cleared").count() == 1


def test_many_alarms_in_one_batch(node: Node, stored: Stored) -> None:
    node.hear(*(report(f"k{number}") for number in range(1_000)))
    assert len(stored()) == len({alarm.id for alarm in stored().values()}) == 1_000


@pytest.mark.skipif(connection.vendor != "sqlite", reason="as SQLite's planner sees it")
@pytest.mark.django_db
def test_many_new_alarms_are_looked_up_without_reading_all_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Sequence[object]]] = []
    monkeypatch.setattr(sql, "rows", lambda statement, values=(): asked.append((statement, values)) or [])
    store.fetch([("plc", f"key {number}") for number in range(50)])
    [(statement, values)] = asked
    monkeypatch.undo()
    plan = [str(row[-1]) for row in sql.rows(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert any(step.startswith("SEARCH alarms_alarm USING INDEX") for step in plan), plan
    assert not any("SCAN alarms_alarm" in step for step in plan), plan
