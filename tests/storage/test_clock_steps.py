"""What moves along when the computer's clock was set, on a real database, and that no table is read as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from dingbell.channels.dingtalk.codes import TABLE
from dingbell.delivery import clock_steps, queue
from dingbell.delivery.budget import APP, PERSON, ROBOT, Limits
from dingbell.delivery.models import Attempt, Delivery, Lane, Recall, Repetition, Send, SilentLane
from dingbell.delivery.plan import LaneView
from dingbell.delivery.queue import Credentials, Patience
from dingbell.storage import sql
from dingbell.storage.times import DAY, HOUR, MINUTE, SECOND
from tests.storage.conftest import NOW

pytestmark = pytest.mark.django_db
SET = pytest.mark.parametrize("by_us", [8 * HOUR, -8 * HOUR])


def owe(id_: int, **fields: Any) -> Delivery:
    usual: dict[str, Any] = {
        "event_id": id_, "alarm_id": id_, "rule_id": 1, "block": 0, "service_id": 1, "robot_id": 1,
        "receiver_name": "值班群", "lane": "r:1", "state": "pending", "reason": "", "due_us": NOW, "created_us": NOW,
        "send_id": "", "kind": "raised",
    }  # fmt: skip
    return Delivery.objects.create(id=id_, **usual | fields)


def begin(id_: str, **fields: Any) -> Send:
    usual: dict[str, Any] = {"lane": "r:1", "state": "frozen", "service_id": 1, "body": "{}", "due_us": NOW}
    return Send.objects.create(id=id_, **usual | {"created_us": NOW} | fields)


def call(at_us: int, lane: str = "r:1") -> Attempt:
    return Attempt.objects.create(send_id="s", lane=lane, at_us=at_us, verdict="sent")


def look(lane: str = "r:1") -> LaneView:
    return queue.view(lane, Credentials(), Limits(ROBOT, APP, PERSON, 30), Patience(), 1, NOW)


def test_calls_that_budgets_count_move_ahead_and_history_stays() -> None:
    calls = [call(at_us) for at_us in (NOW - DAY, NOW - 4 * MINUTE, NOW - 2 * MINUTE, NOW, NOW + 8 * HOUR)]
    assert clock_steps.move(HOUR, NOW) is None
    assert [Attempt.objects.get(id=one.id).at_us - one.at_us for one in calls] == [0, 0, HOUR, HOUR, 0]


@pytest.mark.parametrize("at_once", [1, 2, 3, 5_000])
def test_calls_that_would_look_new_move_back_some_at_a_time(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(clock_steps, "_CALLS_AT_ONCE", at_once)
    ages = [DAY, 2 * HOUR, HOUR + 4 * MINUTE, HOUR + 2 * MINUTE, HOUR, 30 * MINUTE, MINUTE, 0]
    calls = [call(NOW - age) for age in ages]
    left = clock_steps.move(-HOUR, NOW)
    assert [Attempt.objects.get(id=one.id).at_us - one.at_us for one in calls][-2:] == [-HOUR, -HOUR]
    while left is not None:
        [left] = clock_steps.move_calls([left])
    assert [Attempt.objects.get(id=one.id).at_us - one.at_us for one in calls] == [0, 0, 0] + [-HOUR] * 5


@SET
def test_waits_of_lanes_move_and_what_is_over_or_anothers_stays(by_us: int) -> None:
    Lane.objects.create(key="r:1", hold_until_us=NOW + 10 * MINUTE, rest_until_us=NOW + MINUTE)
    Lane.objects.create(key="r:2", trouble="token_invalid", trial_us=NOW + HOUR, trouble_us=NOW - SECOND)
    Lane.objects.create(key="r:3", hold_until_us=NOW - DAY, trial_us=NOW + 8 * HOUR)
    clock_steps.move(by_us, NOW)
    held, ill, old = Lane.objects.order_by("key")
    assert (held.hold_until_us, held.rest_until_us, held.trial_us) == (
        NOW + 10 * MINUTE + by_us,
        NOW + MINUTE + by_us,
        0,
    )
    assert (ill.trial_us, ill.trouble_us) == (NOW + HOUR + by_us, NOW - SECOND + by_us)
    assert (old.hold_until_us, old.trial_us) == (NOW - DAY, NOW + 8 * HOUR)


@SET
def test_what_is_owed_moves_unless_a_schedule_or_another_clock_set_its_time(by_us: int) -> None:
    moving = [
        owe(1), owe(2, reason="delayed", due_us=NOW + HOUR), owe(3, reason="gathering", due_us=NOW + MINUTE),
        owe(4, reason="flow_controlled", due_us=NOW + HOUR), owe(5, state="sending", send_id="s"),
    ]  # fmt: skip
    staying = [
        owe(6, reason="outside_schedule", due_us=NOW + DAY), owe(7, created_us=NOW + HOUR, due_us=NOW + HOUR),
        owe(8, state="sent", sent_us=NOW), owe(9, state="failed", reason="x"),
    ]  # fmt: skip
    clock_steps.move(by_us, NOW)
    for one, moved_us in [*((one, by_us) for one in moving), *((one, 0) for one in staying)]:
        stands = Delivery.objects.get(id=one.id)
        assert (stands.due_us - one.due_us, stands.created_us - one.created_us) == (moved_us, moved_us), one.id


@SET
def test_what_was_begun_moves_and_what_is_settled_stays(by_us: int) -> None:
    begin("again", due_us=NOW + MINUTE, created_us=NOW - HOUR)
    begin("anothers", due_us=NOW + 8 * HOUR, created_us=NOW + 8 * HOUR)
    begin("taken", state="taken")
    clock_steps.move(by_us, NOW)
    stands = {one.id: (one.due_us, one.created_us) for one in Send.objects.all()}
    assert stands == {
        "again": (NOW + MINUTE + by_us, NOW - HOUR + by_us),
        "anothers": (NOW + 8 * HOUR, NOW + 8 * HOUR),
        "taken": (NOW, NOW),
    }


@SET
def test_what_may_come_early_but_not_late_moves_back_alone(by_us: int) -> None:
    Repetition.objects.create(alarm_id=1, occurrence=1, event_id=1, rule_id=1, block=1, due_us=NOW + HOUR)
    Recall.objects.create(send_id="s", asked_us=NOW, due_us=NOW + MINUTE)
    Recall.objects.create(send_id="over", asked_us=NOW)
    begin("s", state="taken", read_check_us=NOW + MINUTE)
    SilentLane.objects.create(lane="r:1", since_us=NOW - HOUR, noticed_us=NOW)
    clock_steps.move(by_us, NOW)
    back_us = min(by_us, 0)
    assert Repetition.objects.get().due_us == NOW + HOUR + back_us
    assert Recall.objects.get(send_id="s").due_us == NOW + MINUTE + back_us
    assert Recall.objects.get(send_id="over").due_us is None
    assert Send.objects.get().read_check_us == NOW + MINUTE + back_us
    assert SilentLane.objects.get().since_us == NOW - HOUR + back_us


def test_what_was_due_at_once_is_when_the_process_starts() -> None:
    owe(1, due_us=NOW + HOUR)
    owe(2, due_us=NOW + HOUR, reason="delayed")
    owe(3, due_us=NOW - HOUR)
    clock_steps.begin(NOW)
    assert [one.due_us for one in Delivery.objects.order_by("id")] == [NOW, NOW + HOUR, NOW - HOUR]


def test_a_moment_further_ahead_than_anything_waits_holds_up_nothing() -> None:
    Lane.objects.create(key="r:1", hold_until_us=NOW + HOUR, trouble="x", trouble_configuration=1, trial_us=NOW + DAY)
    begin("s", due_us=NOW + HOUR)
    owe(1, state="sending", send_id="s")
    call(NOW + HOUR)
    [member], [frozen] = look().members, look().frozen
    assert (member.open_at, frozen.due_us, list(member.calls)) == (0, 0, [])


def test_no_wait_is_longer_than_what_counts() -> None:
    assert max(row.wait_s for row in TABLE) * SECOND < queue._LONGEST_HOLD_US


@pytest.mark.skipif(connection.vendor != "sqlite", reason="elsewhere nothing moves")
def test_no_large_table_is_read_as_a_whole() -> None:
    statements: list[tuple[str, Any]] = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sql, "execute", lambda statement, values: statements.append((statement, values)))
        patched.setattr(clock_steps, "_holds_counted", lambda calls: False)
        clock_steps.move(-HOUR, NOW)
        clock_steps.begin(NOW)
        clock_steps.move_calls([clock_steps.Calls(-HOUR, NOW, 1_000_000)])
    assert len(statements) == 9
    for statement, values in statements:
        steps = [row[3] for row in sql.rows(f"EXPLAIN QUERY PLAN {statement}", values)]
        scans = {step for step in steps if step.startswith("SCAN delivery_") and " USING " not in step}
        assert scans <= {"SCAN delivery_lane", "SCAN delivery_repetition", "SCAN delivery_silentlane"}, steps
