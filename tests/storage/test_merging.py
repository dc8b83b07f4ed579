"""From what waits for one receiver to the body of one digest: everything stands in it, or is settled by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm, EventKind, Priority
from dingbell.alarms.models import Event
from dingbell.channels.base import Message
from dingbell.channels.dingtalk import reading
from dingbell.delivery.claim import Move, Settle
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.plan import Waiting
from dingbell.notify import models
from dingbell.notify.models import Account, Robot, Service
from dingbell.notify.routing import account_lane
from dingbell.pipeline.merging import digest_for
from dingbell.pipeline.receivers import Receivers
from dingbell.pipeline.sending import Body, Outside
from dingbell.storage.secrets import encrypt
from dingbell.storage.times import SECOND

pytestmark = pytest.mark.django_db

NOW = 1_800_000_000 * SECOND
SEND = "5" * 32
LINK = f"https://p/deliveries/?digest={SEND}"
Merge = Callable[..., Body | Settle | Move]


@pytest.fixture
def service() -> Service:
    return Service.objects.create(
        name="值班", type="dingtalk", send_to_accounts=True, client_id="ding1", client_secret=encrypt("s"),
        robot_code="code",
    )  # fmt: skip


@pytest.fixture
def robot(service: Service) -> Robot:
    return Robot.objects.create(
        service=service, alias="群", url="https://x/robot/send", token=encrypt("the-token"), keywords=["钉铃"],
        budget_key="r:1", mentions={"mobiles": ["13900000001"]},
    )  # fmt: skip


@pytest.fixture
def merge(robot: Robot) -> Merge:
    def run(*deliveries: Waiting, stale: int = 0, lane: str = "r:1", public_url: str = "https://p") -> Any:
        outside = Outside(cast(Any, None), cast(Any, None), ZoneInfo("Asia/Shanghai"), public_url)
        return digest_for(deliveries, stale, lane, SEND, Receivers(1), outside)

    return run


def happened(event_id: int, kind: EventKind = EventKind.RAISED, **more: Any) -> int:
    values = {
        "id": event_id, "source": "s", "key": str(event_id), "name": f"{event_id}号泵", "active": True, "acked": False,
        "priority": Priority.HIGH, "raised_us": NOW,
    }  # fmt: skip
    alarm = Alarm(**values | more)
    Event.objects.create(
        id=event_id, alarm_id=alarm.id, kind=kind, time_us=NOW + event_id, received_us=NOW, entered="",
        priority_rose=False, actor="", note="", configuration=1, snapshot=store.snapshot(alarm),
    )  # fmt: skip
    return event_id


def waits(
    id_: int, event_id: int, *, robot: Robot | None = None, account: Account | None = None, **more: Any
) -> Waiting:
    receiver = robot or account
    assert receiver is not None
    return Waiting(
        id_, event_id, receiver.service_id, robot.id if robot else None, account.id if account else None, NOW, NOW,
        **more,
    )  # fmt: skip


def said(body: object) -> Message:
    assert isinstance(body, Body)
    return reading.sent(body.text)


def test_everything_that_waits_for_a_group_is_one_message(robot: Robot, merge: Merge) -> None:
    events = [happened(n) for n in range(1, 4)]
    events.append(happened(4, EventKind.CLEARED, id=1, name="1号泵", active=False, cleared_us=NOW + 42 * SECOND))
    body = merge(*(waits(10 + n, event, robot=robot) for n, event in enumerate(events)), stale=7)
    message = said(body)
    assert message.title == "钉铃 【合并 3 条】高 3"
    assert message.text.startswith("钉铃\n\n### 合并消息：3 条报警\n")
    assert "**1号泵** · 已恢复，持续 00:42" in message.text
    assert "另有 7 条通知因等待过久已过期" in message.text
    assert message.text.endswith("@13900000001")
    assert [button.url for button in message.buttons] == [LINK]
    assert isinstance(body, Body)
    assert json.loads(body.text)["msgUuid"] == SEND
    assert LINK not in said(merge(waits(1, 1, robot=robot), public_url="")).text


def test_one_body_serves_all_people_who_wait_for_the_same(service: Service, merge: Merge) -> None:
    people = [Account.objects.create(service=service, user_id=f"u{n}", name=f"人{n}") for n in range(20)]
    events = [happened(1), happened(2)]
    deliveries = [
        waits(number * 10 + event, event, account=person) for number, person in enumerate(people) for event in events
    ]
    body = merge(*deliveries, lane=account_lane("ding1"))
    message = said(body)
    assert isinstance(body, Body)
    assert json.loads(body.text)["userIds"] == [f"u{n}" for n in range(20)]
    assert message.title == "【合并 2 条】高 2"
    people[3].delete()
    gone = merge(*deliveries, lane=account_lane("ding1"))
    assert gone == Settle((31, 32), DeliveryState.FAILED, "receiver_deleted")


def test_an_address_beside_dingtalk_gets_what_it_takes_whole(robot: Robot, merge: Merge) -> None:
    Robot.objects.update(budget_key="x:1", masked="wecombot://***", token=encrypt("wecombot://key"))
    body = merge(*(waits(n, happened(n), robot=robot) for n in range(1, 101)), lane="x:1")
    message = said(body)
    assert "合并 100 条" in message.title
    assert message.text.endswith(f"[查看全部]({LINK})")
    assert len((message.title + message.text).encode()) <= 2_000, "WeCom takes no more"


def test_what_cannot_be_sent_there_is_settled_or_moved(robot: Robot, merge: Merge) -> None:
    waiting = [waits(1, happened(1), robot=robot), waits(2, happened(2), robot=robot)]
    Robot.objects.update(budget_key="r:2")
    assert merge(*waiting) == Move((1, 2), "r:2")
    Service.objects.update(enabled=False)
    assert merge(*waiting) == Settle((1, 2), DeliveryState.SUPPRESSED, "service_disabled")


def test_an_event_that_cannot_be_read_holds_up_no_other(robot: Robot, merge: Merge) -> None:
    waiting = [waits(n, happened(n), robot=robot) for n in range(1, 5)]
    Event.objects.filter(id=2).update(snapshot='{"id": 2')
    Event.objects.filter(id=3).delete()
    assert merge(*waiting) == Settle((2, 3), DeliveryState.FAILED, "rendering_failed")
    assert said(merge(waiting[0], waiting[3])).title == "钉铃 【合并 2 条】高 2"


def content(**digest: Any) -> int:
    raised = {"use": "own", "body": "一条 {name}"}
    made = models.Message.objects.create(name="m", type="dingtalk", contents={"raised": raised, "digest": digest})
    return int(made.pk)


@pytest.mark.parametrize(
    ("digest", "text"),
    [
        ({"use": "own", "body": "{% for e in events %}{{ e.urlPath }} {% endfor %}{{ url }}"}, f"alarms/2/ {LINK}"),
        ({"use": "raised"}, "### 合并消息：2 条报警"),
        ({"use": "builtin"}, "### 合并消息：2 条报警"),
    ],
)  # fmt: skip
def test_a_message_has_its_own_words_for_a_digest(
    digest: dict[str, Any], text: str, robot: Robot, merge: Merge
) -> None:
    asked = content(**digest)
    body = merge(*(waits(n, happened(n), robot=robot, message_id=asked) for n in (1, 2)))
    assert text in said(body).text
    assert isinstance(body, Body)
    assert (body.remark, body.fault) == ("", "")


def test_different_messages_share_the_built_in_words(robot: Robot, merge: Merge) -> None:
    asked = content(use="own", body="x")
    waiting = [waits(1, happened(1), robot=robot, message_id=asked), waits(2, happened(2), robot=robot)]
    assert "### 合并消息：2 条报警" in said(merge(*waiting)).text


def test_words_that_fail_are_replaced_and_that_is_said(robot: Robot, merge: Merge) -> None:
    asked = content(use="own", body="{{ 1 / 0 }}")
    waiting = [waits(n, happened(n), robot=robot, message_id=asked) for n in (1, 2)]
    body = merge(*waiting)
    assert "### 合并消息：2 条报警" in said(body).text
    assert isinstance(body, Body)
    assert body.remark == "template_failed"
    assert json.loads(body.fault) == {"text": "除以了零", "line": 1, "field": "body"}
    models.Message.objects.all().delete()
    gone = merge(*waiting)
    assert isinstance(gone, Body)
    assert gone.remark == "message_deleted"


def test_what_dingtalk_refused_goes_in_poorer_words(robot: Robot, merge: Merge) -> None:
    refused, other = waits(1, happened(1), robot=robot, remark="sanitised"), waits(2, happened(2), robot=robot)
    body = merge(refused, other)
    assert isinstance(body, Body)
    assert body.remark == "", "for the other one it is the first try"
    assert ("1号泵" in body.text, "2号泵" in body.text, "deliveries" in body.text) == (False, True, False)
    all_refused = merge(refused)
    assert isinstance(all_refused, Body)
    assert (all_refused.remark, "1号泵" in all_refused.text) == ("sanitised", False)
    many = [waits(n, happened(n), robot=robot, remark="shortened") for n in range(3, 203)]
    short = merge(*many)
    assert isinstance(short, Body)
    assert short.remark == "shortened"
    assert len(short.text.encode()) < 5_000


def test_a_large_digest_is_read_in_few_statements(robot: Robot, merge: Merge) -> None:
    waiting = [waits(n, happened(n), robot=robot) for n in range(1, 1_001)]
    with CaptureQueriesContext(connection) as queries:
        message = said(merge(*waiting))
    assert len(queries) <= 6
    assert message.title == "钉铃 【合并 1000 条】高 1000"
