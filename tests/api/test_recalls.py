"""Receipts and recall over REST: what is refused, what is answered, and what a delivery tells of them."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.api import recalls
from dingbell.delivery.models import Delivery, Recall, Send
from dingbell.pipeline.engine import Engine
from dingbell.storage.times import DAY, now_us
from tests.api.conftest import Caller, WithScopes


@pytest.fixture
def sent(engine: Engine, service: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """`sent(1)`: a message that the service's person got. Nothing carries a recall out here."""
    monkeypatch.setattr(recalls, "_WAIT_S", 0.0)

    def make(id_: int, **more: Any) -> Delivery:
        now = now_us()
        Send.objects.create(
            id=f"s{id_}", lane="a:1", state="taken", service_id=service["id"], body="{}", due_us=now, created_us=now,
            process_query_key=f"k{id_}",
        )  # fmt: skip
        values = {
            "id": id_, "event_id": 7, "alarm_id": 3, "rule_id": 4, "block": 0, "service_id": service["id"],
            "account_id": service["accounts"][0]["id"], "receiver_name": "张三", "lane": "a:1", "state": "sent",
            "reason": "", "due_us": now, "created_us": now, "sent_us": now, "send_id": f"s{id_}",
        }  # fmt: skip
        return Delivery.objects.create(**values | more)

    return make


def test_what_is_asked_for_waits_for_dingtalk_and_is_told(sent: Any, api: Caller) -> None:
    sent(1)
    sent(2, sent_us=now_us() - DAY)
    sent(3, account_id=None, robot_id=9)
    answer = api.post("deliveries/recall", {"ids": [1, 2, 3, 404]})
    assert answer.status == 200
    assert (answer.body["recalled"], answer.body["waiting"]) == ([], [1])
    assert {one["id"]: one["reason"] for one in answer.body["refused"]} == {
        2: "too_old", 3: "not_a_person", 404: "missing"
    }  # fmt: skip
    assert all(one["message"] != one["reason"] for one in answer.body["refused"])
    told = api.get("deliveries/1").body
    assert (told["recalled_at"], told["recall"]["by"], told["recall"]["waiting"]) == (None, "token:admin", True)


def test_how_it_ended_is_told(sent: Any, api: Caller) -> None:
    now = now_us()
    sent(1, recalled_us=now, read_us=now)
    Recall.objects.create(send_id="s1", asked_us=1, asked_by="", answered_us=2)
    done = api.get("deliveries/1").body
    assert done["read_at"] == done["recalled_at"] is not None
    assert (done["recall"]["by"], done["recall"]["waiting"], done["recall"]["reason"]) == (None, False, None)
    sent(2)
    Recall.objects.create(
        send_id="s2", asked_us=1, asked_by="王工", answered_us=2, reason="recall_too_late", text="已过期", code="x"
    )
    refused = api.get("deliveries/2").body["recall"]
    assert (refused["reason"], refused["text"], refused["code"]) == ("recall_too_late", "已过期", "x")
    assert "24" in refused["hint"]


def test_a_question_that_makes_no_sense_is_a_conflict(sent: Any, api: Caller) -> None:
    sent(1, state="failed", sent_us=None)
    assert api.post("deliveries/404/receipt").status == 404
    answer = api.post("deliveries/1/receipt")
    assert (answer.status, answer.body["title"]) == (409, "没有发送成功。")


def test_an_alarm_that_there_is_not(sent: Any, api: Caller) -> None:
    assert api.post("alarms/404/recall").status == 404


@pytest.mark.parametrize("path", ["deliveries/recall", "alarms/3/recall", "deliveries/1/receipt"])
def test_reading_does_not_allow_it(sent: Any, with_scopes: WithScopes, path: str) -> None:
    assert with_scopes("deliveries:read", "alarms:write").post(path, {"ids": [1]}).status == 403


@pytest.mark.parametrize(("body", "status"), [({}, 422), ({"ids": []}, 422), ({"ids": ["1"]}, 422), (b"no", 400)])
def test_what_cannot_be_understood_is_refused(sent: Any, api: Caller, body: Any, status: int) -> None:
    assert api.post("deliveries/recall", body).status == status
