"""Delivery records over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dingbell.alarms.models import Event
from dingbell.delivery.models import Attempt, Delivery, Lane, SendItem
from dingbell.storage.times import HOUR, MINUTE, SECOND, now_us, to_us
from tests.api.conftest import Caller, WithScopes

pytestmark = pytest.mark.django_db

NOON = to_us(datetime.fromisoformat("2026-11-22T12:00:00+08:00"))


def owe(id_: int, **more: Any) -> int:
    values = {
        "id": id_, "event_id": 7, "alarm_id": 3, "rule_id": 4, "block": 0, "service_id": 5, "robot_id": 6,
        "receiver_name": "值班群", "lane": "r:1", "state": "pending", "reason": "", "due_us": NOON,
        "created_us": NOON + id_ * SECOND, "send_id": "",
    }  # fmt: skip
    return Delivery.objects.create(**values | more).id


def attempt(send_id: str, *deliveries: int, at_us: int = NOON, **more: Any) -> None:
    for delivery in deliveries:
        SendItem.objects.get_or_create(send_id=send_id, delivery_id=delivery)
    Attempt.objects.create(send_id=send_id, lane="r:1", at_us=at_us, **more)


def test_a_record_is_answered_as_the_contract_writes_it(api: Caller) -> None:
    owe(1, state="sent", sent_us=NOON + 3 * SECOND, send_id="s1")
    attempt("s1", 1, http_status=200, code="-1", text="系统繁忙", verdict="retry", reason="system_busy")
    attempt("s1", 1, at_us=NOON + SECOND, http_status=200, code="0", verdict="sent")
    expected = {
        "id": 1, "alarm": 3, "event": 7, "rule": 4, "service": 5, "receiver": {"robot": 6, "name": "值班群"},
        "state": "sent", "reason": None, "hint": None, "digest": None,
        "attempts": [
            {"at": "2026-11-22T12:00:00+08:00", "http_status": 200, "code": "-1", "text": "系统繁忙"},
            {"at": "2026-11-22T12:00:01+08:00", "http_status": 200, "code": "0", "text": ""},
        ],
        "created_at": "2026-11-22T12:00:01+08:00", "sent_at": "2026-11-22T12:00:03+08:00", "notice": None,
        "message": None, "remark": None, "fault": None, "silence": None, "resend_of": None, "handled": False,
        "read_at": None, "recalled_at": None, "recall": None, "due_at": None, "repetition": 0,
        "fallback_of": None,
    }  # fmt: skip
    assert api.get("deliveries").body == {"items": [expected], "next": None}
    assert api.get("deliveries/1").body == expected


def test_a_reason_comes_with_a_hint_in_the_callers_language(api: Caller, with_scopes: WithScopes) -> None:
    owe(1, state="failed", reason="secret_unreadable", robot_id=None, account_id=9, receiver_name="张三")
    item = api.get("deliveries").body["items"][0]
    assert item["receiver"] == {"account": 9, "name": "张三"}
    assert (item["reason"], item["hint"]) == ("secret_unreadable", "保存的密钥无法解密。请在通知服务中重新填写。")
    english = with_scopes("deliveries:read", Accept_Language="en").get("deliveries").body["items"][0]
    assert english["hint"].startswith("A stored secret cannot be decrypted.")


def test_a_receivers_own_result_takes_the_place_of_the_calls(api: Caller) -> None:
    owe(1, state="sent", send_id="s1")
    owe(2, state="failed", reason="user_invalid", send_id="s1")
    attempt("s1", 1, 2, http_status=None, text="timeout", verdict="unknown")
    attempt("s1", 1, 2, http_status=200, verdict="sent")
    attempt("s1", delivery_id=2, http_status=200, text="invalidStaffIdList", verdict="refused_receiver")
    two, one = api.get("deliveries").body["items"]
    assert [tried["text"] for tried in one["attempts"]] == ["timeout", ""]
    assert [tried["text"] for tried in two["attempts"]] == ["timeout", "invalidStaffIdList"]


def test_an_attempt_without_an_answer_says_so(api: Caller) -> None:
    owe(1, state="sending", send_id="s1")
    attempt("s1", 1)
    attempt("s1", 1, verdict="retry", reason="connection_reset")
    attempt("s1", 1, at_us=now_us())
    texts = [tried["text"] for tried in api.get("deliveries").body["items"][0]["attempts"]]
    assert texts == ["程序在等待应答时停止，不确定是否已发出。", "连接在应答之前断开。", "正在等待钉钉的应答。"]


def test_a_hold_is_the_reason_of_all_that_wait_behind_it(api: Caller) -> None:
    owe(1)
    owe(2, lane="r:2")
    owe(3, state="sent")
    Lane.objects.create(key="r:1", hold_until_us=now_us() + MINUTE, hold_reason="ip_punished")
    Lane.objects.create(key="r:2", hold_until_us=now_us() - MINUTE, hold_reason="ip_punished")
    assert [one["reason"] for one in api.get("deliveries").body["items"]] == [None, None, "ip_punished"]


def test_the_list_is_filtered(api: Caller) -> None:
    owe(1)
    owe(2, state="failed", service_id=50, rule_id=40)
    owe(3, state="sent", robot_id=None, account_id=6, alarm_id=30, event_id=70, digest="d" * 32)
    Event.objects.create(
        id=70, alarm_id=30, kind="raised", time_us=NOON, received_us=NOON, entered="active_unacked",
        priority_rose=False, actor="", note="", configuration=1, snapshot="{}",
    )  # fmt: skip

    def ids(**query: Any) -> list[int]:
        answer = api.get("deliveries", **query)
        assert answer.status == 200, answer.body
        return [one["id"] for one in answer.body["items"]]

    assert ids() == [3, 2, 1]
    assert (ids(state="failed"), ids(state=["failed", "sent"]), ids(state="pending,sent")) == ([2], [3, 2], [3, 1])
    assert (ids(service=50), ids(rule=40), ids(alarm=30), ids(event=70), ids(rule=9)) == ([2], [2], [3], [3], [])
    assert (ids(receiver="robot:6"), ids(receiver="account:6"), ids(receiver="robot:7")) == ([2, 1], [3], [])
    assert (ids(digest="d" * 32), ids(digest="d")) == ([3], [])
    assert [one["digest"] for one in api.get("deliveries").body["items"]] == ["d" * 32, None, None]
    assert ids(since="2026-11-22T12:00:02+08:00") == ids(since="2026-11-22T04:00:02Z") == [3, 2]
    assert ids(since="2026-11-22T12:00:02", until="2026-11-22 12:00:03") == [2]
    assert ids(since="2026-11-22T12:00:03 08:00") == [3]
    assert ids(service=2**70) == ids(receiver="robot:999999999999999999") == []


def test_pages_follow_each_other_with_the_same_few_queries(api: Caller) -> None:
    for number in range(1, 121):
        owe(number, state="sent", send_id=f"s{number}", created_us=NOON - HOUR + number)
        attempt(f"s{number}", number, verdict="sent")
    assert len(api.get("deliveries").body["items"]) == 50
    seen, cursor = [], ""
    while cursor is not None:
        answer = api.get("deliveries", limit=33, cursor=cursor).body
        seen += [one["id"] for one in answer["items"]]
        cursor = answer["next"]
    assert seen == list(range(120, 0, -1))
    with CaptureQueriesContext(
        connection,
    ) as few:
        api.get("deliveries", limit=1)
    with CaptureQueriesContext(connection) as many:
        api.get("deliveries", limit=100)
    assert len(few) == len(many) <= 5
