"""Deliveries a page at a time, from several indexes at once: nothing skipped, nothing twice, never a long look."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dingbell.alarms.models import Event
from dingbell.delivery import records
from dingbell.delivery.models import Delivery
from dingbell.delivery.records import Wanted
from dingbell.storage.times import SECOND

pytestmark = pytest.mark.django_db
NOW = 1_800_000_000 * SECOND
STATES = ("sent", "pending", "failed", "pending", "sending", "suppressed", "sent", "expired")


@pytest.fixture(autouse=True)
def deliveries() -> None:
    """64 of three rules, four alarms and two receivers, settled and open in turn."""
    for number in range(1, 65):
        Delivery.objects.create(
            id=number, event_id=number // 2, alarm_id=number // 2 % 4, rule_id=number % 3, block=0,
            service_id=1, robot_id=number % 2 or None, account_id=None if number % 2 else 5, receiver_name="值班群",
            lane="r:1", state=STATES[number % 8], reason="", due_us=NOW, created_us=NOW + number, send_id="",
        )  # fmt: skip
    for number in range(33):
        Event.objects.create(
            id=number, alarm_id=number % 4, kind="raised", time_us=NOW, received_us=NOW, entered="active_unacked",
            priority_rose=False, actor="", note="", configuration=1, snapshot="{}",
        )  # fmt: skip


WISHES = [
    (Wanted(), lambda one: True),
    (Wanted(rule_id=2), lambda one: one.rule_id == 2),
    (Wanted(service_id=1), lambda one: True),
    (Wanted(robot_id=1), lambda one: one.robot_id == 1),
    (Wanted(account_id=5), lambda one: one.account_id == 5),
    (Wanted(account_id=5, states=("sent", "sending")), lambda one: one.account_id and one.state in {"sent", "sending"}),
    (Wanted(alarm_id=3), lambda one: one.alarm_id == 3),
    (Wanted(alarm_ids=(1, 2), rule_id=1), lambda one: one.alarm_id in {1, 2} and one.rule_id == 1),
    (Wanted(rule_id=7), lambda one: False),
]


@pytest.mark.parametrize("looked_at", [1, 5, 50_000])
@pytest.mark.parametrize("wish", range(len(WISHES)))
def test_every_page_follows_the_one_before(monkeypatch: pytest.MonkeyPatch, looked_at: int, wish: int) -> None:
    monkeypatch.setattr(records, "LOOKED_AT", looked_at)
    wanted, chosen = WISHES[wish]
    found, before = [], None
    while True:
        page = records.page(wanted, 4, NOW, before)
        assert len(page.records) <= 4
        found += [record.delivery.id for record in page.records]
        if page.beyond is None:
            break
        assert before is None or page.beyond < before
        before = page.beyond
    assert found == [one.id for one in Delivery.objects.order_by("-id") if chosen(one)]


@pytest.mark.parametrize("wish", range(1, len(WISHES)))
def test_what_is_looked_at_stands_in_an_index(wish: int) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite's plan is the same with few rows as with a million")
    with CaptureQueriesContext(connection) as asked:
        records.page(WISHES[wish][0], 4, NOW, 60)
    for one in asked.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + one["sql"])
            plan = [str(row[-1]) for row in cursor.fetchall()]
        assert not [step for step in plan if step.startswith("SCAN")], plan
