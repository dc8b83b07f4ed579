"""What blocks put off hides nothing that is due, however much it is."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.delivery import queue
from dingbell.delivery.budget import APP, PERSON, ROBOT, Limits
from dingbell.delivery.models import Delivery, Lane
from dingbell.delivery.plan import LaneView
from dingbell.delivery.queue import Credentials, Patience
from dingbell.storage.times import DAY, HOUR
from tests.storage.conftest import NOW

pytestmark = pytest.mark.django_db
MONDAY = NOW + 2 * DAY


def owe(first: int, count: int, **fields: Any) -> None:
    usual: dict[str, Any] = {
        "rule_id": 1, "block": 0, "service_id": 1, "robot_id": 1, "receiver_name": "值班群", "lane": "r:1",
        "state": "pending", "reason": "", "due_us": NOW, "created_us": NOW, "send_id": "", "kind": "raised",
    }  # fmt: skip
    Delivery.objects.bulk_create(
        Delivery(**({"id": id_, "event_id": id_, "alarm_id": id_} | usual | fields))
        for id_ in range(first, first + count)
    )


def look(lane: str = "r:1") -> LaneView:
    return queue.view(lane, Credentials(), Limits(ROBOT, APP, PERSON, 30), Patience(), 1, NOW)


@pytest.mark.parametrize("held", [5, 1_000])
@pytest.mark.parametrize("reason", ["outside_schedule", "delayed", "gathering"])
def test_what_is_held_hides_nothing_that_is_due(held: int, reason: str) -> None:
    Lane.objects.create(key="r:1")
    owe(1, held, due_us=MONDAY, reason=reason)
    assert look().queues == []
    assert look().later_us == MONDAY
    owe(5_001, 3)
    (found,) = look().queues
    assert [one.id for one in found.ready] == [5_001, 5_002, 5_003]
    assert found.count == 3
    owe(6_001, 1, due_us=NOW + HOUR, reason=reason)
    assert look().later_us == NOW + HOUR


def test_who_was_throttled_still_waits_for_the_earliest_of_theirs() -> None:
    Lane.objects.create(key="a:1")
    owe(1, 1, lane="a:1", robot_id=None, account_id=7, due_us=NOW + HOUR, reason="flow_controlled")
    owe(2, 500, lane="a:1", robot_id=None, account_id=7)
    owe(1_001, 1, lane="a:1", robot_id=None, account_id=8)
    assert [one.account_id for one in look("a:1").queues] == [8]


@pytest.mark.parametrize("other", [{"rule_id": 2}, {"block": 1}])
@pytest.mark.parametrize("others", [0, 1_000])
def test_what_one_block_put_off_keeps_no_other_back(others: int, other: dict[str, int]) -> None:
    Lane.objects.create(key="r:1")
    owe(1, 1, due_us=MONDAY, reason="outside_schedule", alarm_id=9)
    owe(2, 1, **other, alarm_id=9)
    owe(3, 1, kind="cleared", alarm_id=9)
    owe(4, 1, kind="cleared", **other, alarm_id=9)
    owe(1_001, others, due_us=MONDAY, reason="delayed")
    (found,) = look().queues
    assert [one.id for one in found.ready] == [2, 4]
    assert [one.id for one in queue.due("r:1", None, False, NOW)] == [2, 4]


def test_what_failed_once_keeps_everything_of_its_alarm_back() -> None:
    Lane.objects.create(key="r:1")
    owe(1, 1, due_us=NOW + HOUR, reason="rendering_failed", alarm_id=9)
    owe(2, 1, rule_id=2, alarm_id=9)
    owe(3, 1)
    (found,) = look().queues
    assert [one.id for one in found.ready] == [3]
