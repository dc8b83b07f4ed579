"""What is older than KEEP_DAYS goes, a step at a time; what is open, or explains how an alarm stands, stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dingbell.alarms.alarm import Report
from dingbell.alarms.models import AlarmRow, Event
from dingbell.delivery.models import Attempt, Delivery, Notice, Recall, Send, SendItem, Usage
from dingbell.notify.manner import Manner
from dingbell.notify.messages.subjects import zone
from dingbell.notify.models import Rule, Silence
from dingbell.pipeline.retention import Retention
from dingbell.storage.times import DAY, HOUR, MINUTE
from dingbell.storage.writer import Writer
from tests.storage.conftest import NOW, Node

KEEP = 400 * DAY
OLD = NOW - KEEP - DAY
Step = Callable[[], int]


@pytest.fixture
def removed(writer: Writer) -> Step:
    """A whole pass: how many rows went."""

    def through() -> int:
        retention = Retention(writer, lambda: NOW, lambda now_us: False, KEEP, zone())
        total, quiet = 0, 0
        while quiet < 10:
            now = retention.step()
            total, quiet = total + now, 0 if now else quiet + 1
        return total

    return through


def _delivery(delivery_id: int, **fields: Any) -> Delivery:
    usual: dict[str, Any] = {
        "event_id": 0, "alarm_id": 0, "rule_id": 1, "block": 0, "service_id": 1, "robot_id": 1,
        "receiver_name": "值班群", "lane": "r:1", "state": "sent", "reason": "", "due_us": OLD, "created_us": OLD,
        "send_id": "",
    }  # fmt: skip
    return Delivery.objects.create(id=delivery_id, **usual | fields)


def _send(send_id: str, *deliveries: int, state: str = "taken") -> None:
    Send.objects.create(
        id=send_id, lane="r:1", state=state, service_id=1, robot_id=1, body="{}", due_us=OLD, created_us=OLD
    )
    Attempt.objects.create(send_id=send_id, lane="r:1", at_us=OLD, verdict="sent")
    for delivery in deliveries:
        SendItem.objects.create(send_id=send_id, delivery_id=delivery)


def _left() -> list[int]:
    return list(Delivery.objects.order_by("id").values_list("id", flat=True))


@pytest.mark.django_db(transaction=True)
def test_an_old_delivery_goes_with_all_that_was_written_of_it(removed: Step) -> None:
    notice = Notice.objects.create(kind="system", message="{}", created_us=OLD, created_by="")
    shared = Notice.objects.create(kind="system", message="{}", created_us=OLD, created_by="")
    _delivery(1, send_id="a", notice_id=notice.id)
    _delivery(2, send_id="b", notice_id=shared.id)
    _delivery(3, created_us=NOW, notice_id=shared.id)
    _delivery(4, created_us=NOW)
    _send("a", 1)
    _send("first", 1, state="dissolved")
    _send("b", 2, 3)
    Recall.objects.create(send_id="a", asked_us=OLD, asked_by="")
    Usage.objects.create(pool="webhook", organisation="", day=20200101, credential="r:1", service_id=1, calls=3)
    Usage.objects.create(pool="webhook", organisation="", day=20270101, credential="r:1", service_id=1, calls=3)

    removed()
    assert _left() == [3, 4]
    assert list(Send.objects.values_list("id", flat=True)) == ["b"], "it stands for another one, too"
    assert list(Attempt.objects.values_list("send_id", flat=True)) == ["b"]
    assert list(SendItem.objects.values_list("delivery_id", flat=True)) == [3]
    assert [one.id for one in Notice.objects.all()] == [shared.id]
    assert not Recall.objects.exists()
    assert [one.day for one in Usage.objects.all()] == [20270101]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fields",
    [
        {"state": "pending"},
        {"state": "sending", "send_id": "x"},
        {"state": "failed", "manner": int(Manner.FALLBACK)},
        {"created_us": NOW - KEEP + MINUTE},
    ],
    ids=["pending", "sending", "other ways to go", "young"],
)
def test_what_is_open_or_young_stays(removed: Step, fields: dict[str, Any]) -> None:
    _delivery(1, **fields)
    _delivery(2, created_us=NOW)
    removed()
    assert _left() == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_what_something_open_refers_to_stays(removed: Step) -> None:
    _delivery(1)
    _delivery(2, state="failed", manner=int(Manner.FALLBACK), fell_back=True)
    _delivery(3, state="suppressed", silence_id=_silence(None))
    _delivery(4, state="suppressed", silence_id=_silence(NOW))
    _delivery(5, state="pending", resend_of=1, created_us=NOW)
    _delivery(6, state="pending", fallback_of=2, created_us=NOW)
    removed()
    assert _left() == [1, 2, 3, 5, 6]


def _silence(released_us: int | None) -> int:
    return Silence.objects.create(
        reason="x", start_us=OLD, until_us=OLD + HOUR, created_us=OLD, created_by="x", released_us=released_us
    ).id


@pytest.mark.django_db(transaction=True)
def test_the_newest_delivery_and_event_stay_for_their_numbers(removed: Step, node: Node) -> None:
    node.hear(Report(source="plc", key="a", active=True))
    node.hear(Report(source="plc", key="a", active=False))
    Event.objects.update(received_us=OLD)
    _delivery(1)
    _delivery(2)
    removed()
    assert _left() == [2]
    assert Event.objects.count() == 2


def _age(*, but: int = 0) -> None:
    """Everything happened long ago, except the newest `but` events."""
    Event.objects.update(received_us=OLD)
    Delivery.objects.update(created_us=OLD, state="sent")
    newest = Event.objects.order_by("-id").values_list("id", flat=True)[:but]
    Event.objects.filter(id__in=list(newest)).update(received_us=NOW)


def test_the_journal_keeps_the_latest_occurrence_of_each_alarm(rule: Rule, node: Node, removed: Step) -> None:
    for _occurrence in range(3):
        node.now_us += MINUTE
        node.hear(Report(source="plc", key="over", active=True, value=1), receipt_us=node.now_us)
        node.now_us += MINUTE
        node.hear(Report(source="plc", key="over", active=True, value=2), receipt_us=node.now_us)
        node.now_us += MINUTE
        node.hear(Report(source="plc", key="over", active=False), receipt_us=node.now_us)
    node.hear(Report(source="plc", key="young", active=True))
    _age(but=1)
    before = AlarmRow.objects.count()
    removed()
    over = AlarmRow.objects.get(key="over")
    left = list(Event.objects.filter(alarm_id=over.id).order_by("id").values_list("kind", flat=True))
    # The alarm still waits for somebody, so what was told of its latest occurrence stays with its events.
    assert left == ["raised", "cleared"]
    assert AlarmRow.objects.count() == before
    told = Delivery.objects.filter(alarm_id=over.id).values_list("event_id", flat=True)
    assert set(told) == set(Event.objects.filter(alarm_id=over.id).values_list("id", flat=True))


def test_deliveries_of_a_standing_alarm_stay_from_its_latest_raising(rule: Rule, node: Node, removed: Step) -> None:
    for active in (True, False, True):
        node.now_us += MINUTE
        node.hear(Report(source="plc", key="a", active=active), receipt_us=node.now_us)
    node.hear(Report(source="plc", key="b", active=True))
    _age(but=1)
    removed()
    alarm = AlarmRow.objects.get(key="a")
    assert Delivery.objects.filter(alarm_id=alarm.id).count() == 1
    assert [one.kind for one in Event.objects.filter(alarm_id=alarm.id)] == ["raised"]


@pytest.mark.django_db(transaction=True)
def test_a_send_that_nothing_names_goes_with_its_age(removed: Step) -> None:
    _send("digest", state="dissolved")
    _send("frozen", state="frozen")
    _delivery(1, created_us=NOW, digest="named")
    _send("named")
    removed()
    assert set(Send.objects.values_list("id", flat=True)) == {"frozen", "named"}


@pytest.mark.django_db(transaction=True)
def test_a_storm_goes_first_and_nothing_is_removed_for_ever(writer: Writer) -> None:
    _delivery(1)
    _delivery(2)
    assert Retention(writer, lambda: NOW, lambda now_us: True, KEEP, zone()).step() == 0
    assert Retention(writer, lambda: NOW, lambda now_us: False, 0, zone()).step() == 0
    assert _left() == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_frozen_send_that_stands_for_nothing_is_dissolved(writer: Writer) -> None:
    for send_id, delivery in (("stands", 1), ("orphan", 2)):
        _send(send_id, delivery, state="frozen")
    _delivery(1, state="sending", send_id="stands")
    _delivery(2, state="failed", send_id="orphan")
    Retention(writer, lambda: NOW, lambda now_us: False, 0, zone()).sweep()
    assert {one.id: one.state for one in Send.objects.all()} == {"stands": "frozen", "orphan": "dissolved"}
