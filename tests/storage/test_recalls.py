"""What is taken back out of people's chats, by hand and when an alarm is over, and what a restart finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dingbell.alarms.alarm import EventKind
from dingbell.delivery import quota, recalls, receipts
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Delivery, Manner, Recall, Send, Usage
from dingbell.notify.models import Service
from dingbell.storage import sql
from dingbell.storage.times import DAY, HOUR, SECOND
from dingbell.storage.writer import Writer
from dingbell.users.models import AuditEntry
from dingtalk_simulator.running import RunningSimulator
from tests.storage.chats import RECALL_PATH, Chats
from tests.storage.conftest import NOW, Node


@pytest.fixture
def chats(node: Node, writer: Writer, simulator: RunningSimulator) -> Iterator[Chats]:
    made = Chats(node, writer, simulator)
    yield made
    made.http.close()


def work(chats: Chats) -> None:
    """What the thread does every second."""
    chats.follow_ups.recalls.look()
    while chats.follow_ups.recalls.carry_out():
        pass


def is_gone(send_id: str) -> bool:
    kept = {one.recalled_us is not None for one in Chats.of(send_id)}
    assert kept == {Send.objects.get(id=send_id).recalled_us is not None}
    return kept == {True}


class TestByHand:
    def test_a_message_leaves_all_its_chats(self, chats: Chats) -> None:
        send_id, kept = chats.told(1), chats.told(2)
        first = chats.of(send_id)[0]
        assert chats.follow_ups.recalls.recall([first.id], "王工").asked == [first.id]
        work(chats)
        assert (is_gone(send_id), is_gone(kept)) == (True, False)
        assert {one.state for one in chats.of(send_id)} == {"sent"}
        recall = Recall.objects.get()
        assert (recall.asked_by, recall.due_us, recall.reason, recall.tries) == ("王工", None, "", 1)
        entry = AuditEntry.objects.get(kind="delivery")
        assert (entry.actor, entry.object_id, entry.after["recall"]) == ("王工", first.id, True)
        assert [(use.pool, use.calls) for use in Usage.objects.all()] == [("api", 1)]

    def test_each_refusal_says_why(self, chats: Chats) -> None:
        one, two = chats.of(chats.told(1))
        three, four = chats.of(chats.told(1))
        Delivery.objects.filter(id=one.id).update(state="failed")
        Delivery.objects.filter(id=two.id).update(account_id=None, robot_id=1)
        Delivery.objects.filter(id=three.id).update(recalled_us=NOW)
        Delivery.objects.filter(id=four.id).update(sent_us=NOW - DAY)
        outcome = chats.follow_ups.recalls.recall([one.id, two.id, three.id, four.id, 99], "王工")
        assert outcome.asked == []
        assert list(outcome.refused.values()) == ["not_sent", "not_a_person", "recalled", "too_old", "missing"]
        assert not Recall.objects.exists()

    def test_an_alarm_leaves_people_s_chats_but_not_a_digest(self, chats: Chats) -> None:
        raised, cleared = chats.told(1), chats.told(1, kind=EventKind.CLEARED)
        digest, other = chats.told(1), chats.told(2)
        Send.objects.filter(id=digest).update(kind="digest")
        outcome = chats.follow_ups.recalls.recall_alarm(1, "王工")
        work(chats)
        assert [is_gone(one) for one in (raised, cleared, digest, other)] == [True, True, False, False]
        assert set(outcome.refused.values()) == {"among_others"}
        by_itself = [one.id for one in chats.of(digest)]
        assert chats.follow_ups.recalls.recall(by_itself, "王工").asked == by_itself

    def test_twenty_go_in_one_call(self, chats: Chats) -> None:
        sends = [chats.told(1) for _ in range(21)]
        chats.follow_ups.recalls.recall_alarm(1, "王工")
        work(chats)
        assert all(is_gone(one) for one in sends)
        assert chats.calls(RECALL_PATH) == 2

    def test_dingtalk_s_no_is_kept_and_can_be_tried_again(self, chats: Chats) -> None:
        send_id = chats.told(1)
        chats.fault(RECALL_PATH, times=1, code="Forbidden.AccessDenied.AccessTokenPermissionDenied")
        ids = [one.id for one in chats.of(send_id)]
        chats.follow_ups.recalls.recall(ids, "王工")
        work(chats)
        refused = Recall.objects.get()
        assert (refused.reason, refused.http_status, refused.due_us) == ("permission_missing", 403, None)
        assert refused.text
        assert not is_gone(send_id)
        chats.follow_ups.recalls.recall(ids, "李工")
        work(chats)
        assert is_gone(send_id)
        assert (Recall.objects.get().asked_by, Recall.objects.get().reason) == ("李工", "")

    def test_what_its_app_sent_cannot_be_taken_back_by_another(self, chats: Chats) -> None:
        send_id = chats.told(1)
        Service.objects.update(client_id="another")
        chats.follow_ups.recalls.recall([chats.of(send_id)[0].id], "王工")
        work(chats)
        assert (Recall.objects.get().reason, chats.calls(RECALL_PATH)) == ("app_changed", 0)


@pytest.mark.parametrize("fault", [{"drop_after_accept": True}, {"status": 503}, {"code": "system.error"}], ids=str)
def test_what_may_have_worked_is_asked_again(chats: Chats, fault: dict[str, Any]) -> None:
    send_id = chats.told(1)
    chats.fault(RECALL_PATH, times=1, **fault)
    chats.follow_ups.recalls.recall([chats.of(send_id)[0].id], "王工")
    work(chats)
    assert not is_gone(send_id)
    assert NOW < (Recall.objects.get().due_us or 0) <= NOW + 10 * SECOND
    chats.node.now_us = NOW + 10 * SECOND
    work(chats)
    assert is_gone(send_id)


def test_after_a_day_nobody_tries_any_more(chats: Chats) -> None:
    send_id = chats.told(1)
    chats.node.now_us = NOW + DAY - SECOND
    chats.follow_ups.recalls.recall([chats.of(send_id)[0].id], "王工")
    chats.fault(RECALL_PATH, times=9, status=503)
    work(chats)
    assert (Recall.objects.get().due_us, Recall.objects.get().reason) == (None, "server_error")
    chats.simulator.post("/_sim/clock", {"advance_s": 90_000})
    chats.fault(RECALL_PATH, times=0)
    chats.follow_ups.recalls.recall([chats.of(send_id)[0].id], "王工")
    work(chats)
    assert Recall.objects.get().reason == "recall_too_late"


def test_a_kill_in_between_repeats_harmlessly(chats: Chats) -> None:
    send_id = chats.told(1)
    chats.follow_ups.recalls.recall([chats.of(send_id)[0].id], "王工")
    [[taken]] = recalls.take_due([NOW])
    assert taken.send.send_id == send_id
    work(chats)  # whoever took it may still be asking
    assert chats.calls(RECALL_PATH) == 0
    chats.node.now_us = NOW + 30 * SECOND
    work(chats)
    assert (is_gone(send_id), Recall.objects.get().tries) == (True, 2)


class TestOnClearing:
    def test_what_announced_the_alarm_goes_and_its_recovery_stays(self, chats: Chats) -> None:
        chats.alarm(1, active=True)
        chats.alarm(2, active=True)
        raised, plain, standing = (
            chats.told(1, manner=Manner.RECALL), chats.told(1), chats.told(2, manner=Manner.RECALL),
        )  # fmt: skip
        work(chats)
        assert not any(is_gone(one) for one in (raised, plain, standing))
        chats.alarm(1, active=False)
        cleared = chats.told(1, kind=EventKind.CLEARED, manner=Manner.RECALL)
        work(chats)
        assert [is_gone(one) for one in (raised, plain, standing, cleared)] == [True, False, False, False]
        assert Recall.objects.get().asked_by == ""
        assert not AuditEntry.objects.exists()
        left = Delivery.objects.filter(manner=Manner.RECALL).values_list("alarm_id", flat=True)
        assert set(left) == {2}  # nothing else is looked at again

    def test_a_message_that_went_out_after_the_clearing_goes_too(self, chats: Chats) -> None:
        chats.alarm(1, active=False)
        late = chats.told(1, manner=Manner.RECALL)
        work(chats)
        assert is_gone(late)

    def test_a_digest_and_what_another_block_wants_kept_stay(self, chats: Chats) -> None:
        chats.alarm(1, active=False)
        digest, shared = chats.told(1, manner=Manner.RECALL), chats.told(1, manner=Manner.RECALL)
        Send.objects.filter(id=digest).update(kind="digest")
        Delivery.objects.filter(id=chats.of(shared)[1].id).update(manner=0)
        work(chats)
        assert not is_gone(digest)
        assert not is_gone(shared)
        assert not Delivery.objects.exclude(manner=0).exists()

    def test_what_is_too_old_is_let_go(self, chats: Chats) -> None:
        chats.alarm(1, active=True)
        chats.told(1, manner=Manner.RECALL | Manner.RECEIPTS)
        chats.node.now_us = NOW + DAY
        work(chats)
        assert set(Delivery.objects.values_list("manner", flat=True)) == {Manner.RECEIPTS.value}
        assert not Recall.objects.exists()

    def test_a_short_month_puts_it_off(self, chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
        chats.alarm(1, active=False)
        send_id = chats.told(1, manner=Manner.RECALL)
        with monkeypatch.context() as short:
            short.setattr(quota, "mode", lambda *_: Mode.CRITICAL)
            work(chats)
            assert (chats.calls(RECALL_PATH), Recall.objects.get().reason) == (0, "waiting_for_quota")
        chats.node.now_us = NOW + HOUR
        work(chats)
        assert is_gone(send_id)

    def test_a_look_goes_on_where_it_stopped(self, chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recalls, "LOOKED_AT", 3)
        for alarm in range(1, 21):
            chats.alarm(alarm, active=alarm != 20)
        sends = [chats.told(alarm, manner=Manner.RECALL) for alarm in range(1, 21)]
        for _ in range(3):
            work(chats)
        assert [is_gone(one) for one in sends] == [False] * 19 + [True]


def test_nothing_reads_all_that_was_ever_sent(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []
    run = sql._run
    monkeypatch.setattr(
        sql, "_run", lambda statement, values: (asked.append((statement, values)), run(statement, values))[1]
    )
    chats.alarm(1, active=False)
    by_rule, by_hand = chats.told(1, manner=Manner.RECALL), chats.told(1)
    looked_at = chats.of(by_hand)[0].id
    with CaptureQueriesContext(connection) as captured:
        chats.follow_ups.receipts.look(looked_at)
        chats.follow_ups.recalls.recall_alarm(1, "王工")
        work(chats)
        receipts.hear([receipts.Heard("k", "li", NOW)])
    assert is_gone(by_rule)
    if connection.vendor == "sqlite":
        by_orm = [(one["sql"], ()) for one in captured.captured_queries]
        for statement, values in asked + by_orm:
            if "delivery_" in statement and not statement.startswith(("INSERT", "RELEASE", "SAVEPOINT")):
                plan = " ".join(str(row[-1]) for row in run(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())
                assert not re.search(r"SCAN (d|s|delivery_delivery|delivery_send)\b", plan), (statement, plan)
                assert "delivery_by_state" not in plan, (statement, plan)
