"""What people do to deliveries that have ended, over REST: send again, see to, take off the lists."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.alarms.models import Event
from dingbell.delivery import failures
from dingbell.delivery.models import Delivery, Notice
from dingbell.notify.manner import Manner
from dingbell.notify.models import Robot, Service
from dingbell.pipeline.engine import Engine
from dingbell.storage.times import now_us
from dingbell.users.models import AuditEntry
from tests.api.conftest import Caller, WithScopes


@pytest.fixture
def owed(engine: Engine, service: dict[str, Any]) -> Any:
    """`owed(1, state="failed")`: a delivery of one event to the service's robot, as it ended."""
    Event.objects.create(
        id=7, alarm_id=3, kind="raised", time_us=1, received_us=1, entered="active_unacked", priority_rose=False,
        actor="", note="", configuration=1, snapshot='{"id":3,"source":"s","key":"k"}',
    )  # fmt: skip

    def owe(id_: int, **more: Any) -> Delivery:
        robot = service["robots"][0]["id"]
        values = {
            "id": id_, "event_id": 7, "alarm_id": 3, "rule_id": 4, "block": 1, "service_id": service["id"],
            "robot_id": robot, "receiver_name": "旧名", "lane": "r:old", "state": "failed", "reason": "timeout",
            "due_us": 1, "created_us": now_us(), "send_id": "", "message_id": 9,
        }  # fmt: skip
        engine.intake.delivery_ids.take(1)
        return Delivery.objects.create(**values | more)

    return owe


def test_what_failed_goes_once_more_to_the_receiver_as_it_is_now(owed: Any, api: Caller) -> None:
    old = owed(1)
    owed(2, state="suppressed", reason="silenced", silence_id=5)
    owed(3, state="expired", reason="expired", digest="d" * 32)
    answer = api.post("deliveries/resend", {"ids": [1, 2, 1, 3]})
    assert answer.status == 200
    assert [one["id"] for one in answer.body["done"]] == [1, 2, 3]
    again = Delivery.objects.get(id=answer.body["done"][0]["delivery"])
    robot = Robot.objects.get()
    assert (again.state, again.resend_of, again.lane, again.receiver_name) == (
        "pending",
        1,
        robot.budget_key,
        robot.alias,
    )
    assert (again.event_id, again.rule_id, again.block, again.message_id) == (7, 4, 1, 9)
    assert Delivery.objects.get(id=2).handled
    assert api.get(f"deliveries/{again.id}").body["resend_of"] == old.id
    assert failures.unhandled(9) == 0
    entry = AuditEntry.objects.get(kind="delivery", object_id=1)
    assert (entry.actor, entry.after) == (
        "token:admin", {"state": "failed", "receiver": "旧名", "resent_as": again.id}
    )  # fmt: skip


def test_what_a_person_sends_again_goes_whatever_happened(owed: Any, api: Caller) -> None:
    before_it_goes = Manner.UNLESS_CLEARED | Manner.UNLESS_ACKED | Manner.UNLESS_SHELVED | Manner.IF_TOLD
    owed(1, state="suppressed", reason="cleared_meanwhile", manner=before_it_goes | Manner.RECALL, repetition=2)
    (done,) = api.post("deliveries/resend", {"ids": [1]}).body["done"]
    again = Delivery.objects.get(id=done["delivery"])
    assert (again.manner, again.repetition, again.reason) == (Manner.RECALL, 2, "")


def test_a_test_of_a_receiver_goes_once_more_too(owed: Any, api: Caller) -> None:
    notice = Notice.objects.create(kind="receiver_test", message="{}", created_us=1, created_by="王工")
    owed(1, event_id=0, alarm_id=0, rule_id=0, notice_id=notice.id)
    assert failures.unhandled(9) == 0  # who made it has seen it fail
    Notice.objects.filter(id=notice.id).update(kind="system")
    assert failures.unhandled(9) == 1
    again = Delivery.objects.get(id=api.post("deliveries/resend", {"ids": [1]}).body["done"][0]["delivery"])
    assert (again.notice_id, again.alarm_id) == (notice.id, 0)
    item = api.get(f"deliveries/{again.id}").body
    assert (item["notice"], item["alarm"], item["event"], item["rule"]) == (notice.id, None, None, None)


def test_each_refusal_says_why(owed: Any, api: Caller, service: dict[str, Any]) -> None:
    owed(1, state="pending")
    owed(2, state="sent")
    owed(3, robot_id=987654)
    owed(4, event_id=8)
    owed(5)
    assert api.post("deliveries/resend", {"ids": [5]}).body["refused"] == []
    owed(60, hidden=True)
    refused = api.post("deliveries/resend", {"ids": [1, 2, 3, 4, 5, 60, 404]}).body["refused"]
    assert {one["id"]: one["reason"] for one in refused} == {
        1: "not_ended", 2: "already_sent", 3: "receiver_deleted", 4: "event_missing", 5: "already_resent",
        60: "missing", 404: "missing",
    }  # fmt: skip
    assert all(one["message"] != one["reason"] for one in refused)
    assert api.post("deliveries/resend", {"ids": [2], "sent_too": True}).body["refused"] == []
    Service.objects.update(send_to_robots=False)
    assert api.post("deliveries/resend", {"ids": [4]}).body["refused"][0]["reason"] == "robots_switched_off"
    Service.objects.update(enabled=False)
    assert api.post("deliveries/resend", {"ids": [4]}).body["refused"][0]["reason"] == "service_disabled"


def test_failures_are_seen_to_and_found_again(owed: Any, api: Caller) -> None:
    owed(1)
    owed(2)
    owed(3, state="sent")
    assert failures.unhandled(9) == 2
    answer = api.post("deliveries/handle", {"ids": [1, 3]}).body
    assert ([one["id"] for one in answer["done"]], answer["refused"][0]["reason"]) == ([1], "not_failed")
    assert failures.unhandled(9) == 1
    assert [one["id"] for one in api.get("deliveries", state="failed", handled="false").body["items"]] == [2]
    assert [one["id"] for one in api.get("deliveries", state="failed", handled="true").body["items"]] == [1]


def test_what_is_taken_off_the_lists_stays_in_the_record(owed: Any, api: Caller) -> None:
    owed(1)
    owed(2, state="sending")
    answer = api.post("deliveries/delete", {"ids": [1, 2]}).body
    assert ([one["id"] for one in answer["done"]], answer["refused"][0]["reason"]) == ([1], "not_ended")
    assert [one["id"] for one in api.get("deliveries").body["items"]] == [2]
    assert api.get("deliveries/1").status == 200
    assert failures.unhandled(9) == 0
    assert AuditEntry.objects.get(kind="delivery").after["hidden"] is True


@pytest.mark.parametrize(
    ("body", "status"), [({}, 422), ({"ids": []}, 422), ({"ids": [1] * 1001}, 422), ({"ids": ["1"]}, 422), (b"no", 400)]
)
def test_what_cannot_be_understood_is_refused(engine: Engine, api: Caller, body: Any, status: int) -> None:
    for what in ("resend", "handle", "delete"):
        assert api.post(f"deliveries/{what}", body).status == status


def test_too_few_and_too_many_are_refused_in_words(engine: Engine, api: Caller) -> None:
    assert api.post("deliveries/handle", {"ids": []}).errors == {"ids": "必填"}
    assert api.post("deliveries/handle", {"ids": [1] * 1001}).errors == {"ids": "最大 1000"}


def test_who_only_reads_sends_nothing_again(engine: Engine, with_scopes: WithScopes) -> None:
    assert with_scopes("deliveries:read").post("deliveries/resend", {"ids": [1]}).status == 403
