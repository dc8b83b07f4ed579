"""The health of receivers from attempts and deliveries, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dingbell.delivery import health, trouble
from dingbell.delivery.health import LOOKED_AT, UNUSED, Condition
from dingbell.delivery.models import Attempt, Delivery, Lane
from dingbell.storage.times import MINUTE, SECOND

pytestmark = pytest.mark.django_db
NOW = 1_800_000_000 * SECOND


def attempted(lane: str, ago_s: int, verdict: str, reason: str = "", **more: Any) -> None:
    at_us = NOW - ago_s * SECOND
    Lane.objects.get_or_create(key=lane)
    Attempt.objects.create(send_id="s", lane=lane, at_us=at_us, verdict=verdict, reason=reason, **more)


def delivered(account: int, state: str, number: int, reason: str = "", send_id: str = "") -> Delivery:
    return Delivery.objects.create(
        id=number, event_id=1, alarm_id=1, rule_id=1, block=0, service_id=1, account_id=account, receiver_name="张三",
        lane="a:1", state=state, reason=reason, due_us=NOW, created_us=NOW + number, sent_us=NOW + number,
        send_id=send_id,
    )  # fmt: skip


def test_what_never_sent_is_unused() -> None:
    Lane.objects.create(key="r:1")
    assert health.of_lanes(["r:1", "r:2"], NOW) == {"r:1": UNUSED, "r:2": UNUSED}
    assert health.of_lanes([], NOW) == {}
    assert health.of_account(1) == UNUSED


def test_the_last_success_and_the_last_error() -> None:
    attempted("r:1", 90, "refused_configuration", "signature_mismatch", code="310000", text="sign not match")
    attempted("r:1", 60, "sent", "ok", code="0")
    attempted("r:1", 30, "sent", "ok", code="0")
    attempted("r:1", 1, "")  # its answer is not there yet
    attempted("r:2", 60, "sent", "ok")
    attempted("r:2", 30, "refused_configuration", "keyword_missing", code="310000", text="keywords not in content")
    found = health.of_lanes(["r:1", "r:2"], NOW)
    assert (found["r:1"].condition, found["r:1"].success_us) == (Condition.OK, NOW - 30 * SECOND)
    assert found["r:1"].error is not None
    assert (found["r:1"].error.reason, found["r:1"].error.at_us) == ("signature_mismatch", NOW - 90 * SECOND)
    assert (found["r:2"].condition, found["r:2"].success_us) == (Condition.FAILING, NOW - 60 * SECOND)
    assert found["r:2"].error == health.Error(
        NOW - 30 * SECOND, "keyword_missing", "310000", "keywords not in content", None
    )


def test_a_held_lane_says_until_when() -> None:
    attempted("r:1", 30, "hold", "robot_rate_limited", code="130101")
    Lane.objects.filter(key="r:1").update(hold_until_us=NOW + 9 * MINUTE)
    assert health.of_lanes(["r:1"], NOW)["r:1"].condition is Condition.HELD
    assert health.of_lanes(["r:1"], NOW)["r:1"].held_until_us == NOW + 9 * MINUTE
    assert health.of_lanes(["r:1"], NOW + 10 * MINUTE)["r:1"].condition is Condition.FAILING


def test_one_person_who_left_does_not_make_an_app_ill() -> None:
    attempted("a:1", 20, "sent", "ok")
    attempted("a:1", 10, "refused_recipient", "recipient_unknown", delivery_id=5)
    assert health.of_lanes(["a:1"], NOW)["a:1"] == health.Health(Condition.OK, NOW - 20 * SECOND)


def test_an_account_by_its_own_deliveries() -> None:
    delivered(7, "sent", 1)
    delivered(7, "failed", 2, "recipient_unknown", send_id="s2")
    delivered(7, "pending", 3)
    delivered(8, "failed", 4, "expired")
    delivered(8, "sent", 5)
    attempted("a:1", 10, "sent", "ok")
    Attempt.objects.create(
        send_id="s2", lane="a:1", at_us=NOW, verdict="refused_recipient", reason="recipient_unknown",
        code="invalidStaffIdList", delivery_id=2,
    )  # fmt: skip
    left = health.of_account(7)
    assert (left.condition, left.success_us) == (Condition.FAILING, NOW + 1)
    assert left.error == health.Error(NOW, "recipient_unknown", "invalidStaffIdList", "", None)
    well = health.of_account(8)
    assert well.condition is Condition.OK
    assert well.error is not None
    assert well.error.reason == "expired"


def test_only_the_newest_are_looked_at_through_their_indexes() -> None:
    attempted("r:1", 10_000, "sent", "ok")
    Attempt.objects.bulk_create(
        Attempt(send_id="s", lane="r:1", at_us=NOW - n * SECOND, verdict="retry", reason="timeout")
        for n in range(LOOKED_AT)
    )
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = health.of_lanes([f"r:{n}" for n in range(50)], NOW)
    assert (found["r:1"].condition, found["r:1"].success_us) == (Condition.FAILING, None)
    assert len(asked) == 3
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
            plan = " ".join(str(row) for row in cursor.fetchall())
        assert "delivery_budget" in plan
        assert "SCAN delivery_attempt" not in plan


def test_a_refused_receiver_says_since_when_and_when_it_is_tried_again() -> None:
    attempted("r:1", 600, "sent", "ok")
    attempted("r:1", 300, "refused_configuration", "robot_disabled", code="400102", text="机器人已停用")
    trouble.note("r:1", "robot_disabled", NOW - 300 * SECOND, 7)
    found = health.of_lanes(["r:1"], NOW)["r:1"]
    assert (found.condition, found.success_us) == (Condition.REFUSED, NOW - 600 * SECOND)
    assert found.refusal == health.Refusal("robot_disabled", NOW - 300 * SECOND, NOW)
    assert found.error is not None
    assert found.error.code == "400102"
    trouble.clear("r:1")
    attempted("r:1", 0, "sent", "ok")
    assert health.of_lanes(["r:1"], NOW)["r:1"].condition is Condition.OK
