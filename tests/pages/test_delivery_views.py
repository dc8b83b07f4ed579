"""What stands behind 发送记录: the bounded search, the words of a record, the table to take along."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm
from dingbell.alarms.models import Event
from dingbell.delivery import records
from dingbell.delivery.models import Attempt, Delivery, Notice, Send, SendItem
from dingbell.delivery.records import Wanted
from dingbell.notify.models import Account, Robot, Service
from dingbell.storage.times import MINUTE
from dingbell.users.models import User
from tests.streams import streamed_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("admin")]

NOW = 1_800_000_000_000_000
SignedIn = Callable[[User], Client]


def delivery(number: int, **more: Any) -> Delivery:
    values = {
        "id": number, "event_id": number, "alarm_id": 1, "rule_id": 4, "block": 0, "service_id": 5, "robot_id": 6,
        "receiver_name": "值班群", "lane": "r:1", "state": "sent", "reason": "", "due_us": NOW,
        "created_us": NOW + number * MINUTE, "send_id": "",
    }  # fmt: skip
    return Delivery(**values | more)


def ids(wanted: Wanted, limit: int = 10, before: int | None = None) -> list[int]:
    return [record.delivery.id for record in records.page(wanted, limit, NOW, before).records]


def test_a_search_ends_after_so_many_and_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LOOKED_AT", 20)
    Delivery.objects.bulk_create(
        [
            delivery(number, state="failed" if number in (3, 47) else "sent", rule_id=number % 2)
            for number in range(1, 101)
        ]
    )
    found = records.page(Wanted(rule_id=1, receiver_name="值班", reason=""), 5, NOW)
    assert ([one.delivery.id for one in found.records], found.beyond, found.cut) == ([99, 97, 95, 93, 91], 91, False)
    seen, before, looks = [], None, 0
    while True:
        found = records.page(Wanted(receiver_name="值班", states=("failed", "pending")), 5, NOW, before)
        seen += [one.delivery.id for one in found.records]
        looks += 1
        before = found.beyond
        if before is None:
            break
        assert found.cut
    assert (seen, looks) == ([47, 3], 6)


def test_every_filter_and_pairs_of_them() -> None:
    Delivery.objects.bulk_create([
        delivery(1), delivery(2, rule_id=40, state="failed", reason="timeout"),
        delivery(3, robot_id=None, account_id=9),
        delivery(4, silence_id=8, state="suppressed", reason="silenced"), delivery(5, hidden=True),
        delivery(6, state="failed", handled=True, service_id=50, reason="timeout"),
    ])  # fmt: skip
    Event.objects.bulk_create([
        Event(
            id=number, alarm_id=1, kind="raised", time_us=NOW, received_us=NOW, entered="active_unacked",
            priority_rose=False, actor="", note="", configuration=1, snapshot="{}",
        )
        for number in range(1, 7)
    ])  # fmt: skip
    assert ids(Wanted()) == [6, 4, 3, 2, 1]
    assert ids(Wanted(hidden_too=True, event_id=5)) == [5]
    assert ids(Wanted(states=("failed",), handled=False)) == [2]
    assert ids(Wanted(states=("failed",), rule_id=4)) == [6]
    assert ids(Wanted(reason="timeout", service_id=5)) == [2]
    assert (ids(Wanted(account_id=9)), ids(Wanted(silence_id=8)), ids(Wanted(alarm_ids=()))) == ([3], [4], [])
    assert ids(Wanted(alarm_id=1, robot_id=6, since_us=NOW + 2 * MINUTE, until_us=NOW + 5 * MINUTE)) == [4, 2]
    assert records.reasons() == ["timeout", "silenced"]


def test_one_receiver_is_found_by_its_name_or_its_address(signed_in: SignedIn, viewer: User) -> None:
    service = Service.objects.create(name="值班", type="dingtalk")
    robot = Robot.objects.create(service=service, alias="值班群", url="https://x", token="", budget_key="r:1")
    account = Account.objects.create(service=service, user_id="u1", name="张三")
    Delivery.objects.bulk_create([
        delivery(1, robot_id=robot.id), delivery(2, robot_id=None, account_id=account.id, receiver_name="张老三"),
        delivery(3, robot_id=999, receiver_name="一线值班群"),
    ])  # fmt: skip
    client = signed_in(viewer)

    def shown(receiver: str) -> list[int]:
        page = client.get("/deliveries/", {"receiver": receiver})
        assert page.status_code == 200, page
        return [int(id_) for id_ in re.findall(r'<tr id="delivery-(\d+)"', page.content.decode())]

    assert (shown("张三"), shown(f"account:{account.id}"), shown("值班群"), shown("值班")) == ([2], [2], [1], [3, 1])


def test_a_record_shows_the_message_as_it_was_sent_without_the_personal_link(signed_in: SignedIn, viewer: User) -> None:
    token = "1-2-3-4." + "x" * 43
    card = {"title": "泵", "text": "### 高压 <b>", "singleTitle": "确认", "singleURL": f"http://h/a/{token}"}
    body = json.dumps({"msgKey": "sampleActionCard", "msgParam": json.dumps(card), "userIds": ["u1"]})
    Delivery.objects.bulk_create(
        [delivery(1, send_id="s1", remark="template_failed"), delivery(2, notice_id=3, alarm_id=0)]
    )
    Send.objects.create(id="s1", lane="a:1", state="taken", service_id=5, body=body, due_us=NOW, created_us=NOW)
    SendItem.objects.create(send_id="s1", delivery_id=1)
    Attempt.objects.create(send_id="s1", lane="a:1", at_us=NOW, http_status=200, code="0", verdict="sent")
    client = signed_in(viewer)
    page = client.get("/deliveries/1/").content.decode()
    assert "高压 &lt;b&gt;" in page
    assert "通知内容出错" in page
    assert token not in page
    assert "测试" in client.get("/deliveries/2/").content.decode()
    assert client.get("/deliveries/404/").status_code == 404
    assert client.post("/deliveries/1/do/", {"do": "resend"}).status_code == 403


def test_what_went_in_a_digest_shows_it_and_leads_to_the_others(signed_in: SignedIn, viewer: User) -> None:
    send = "d" * 32
    said = {"title": "【合并 2 条】高 2", "text": "### 合并消息：2 条报警\n\n- 🟠 **1号泵**\n- 🟠 **2号泵**"}
    body = json.dumps({"msgtype": "markdown", "markdown": said, "msgUuid": send})
    in_it = {"send_id": send, "digest": send}
    Delivery.objects.bulk_create([
        delivery(1, **in_it), delivery(2, **in_it), delivery(3),
        delivery(4, digest=send, state="expired", reason="expired"),
    ])  # fmt: skip
    Send.objects.create(
        id=send, lane="r:1", state="taken", kind="digest", service_id=5, body=body, due_us=NOW, created_us=NOW
    )
    SendItem.objects.bulk_create(SendItem(send_id=send, delivery_id=number) for number in (1, 2))
    Attempt.objects.create(send_id=send, lane="r:1", at_us=NOW, http_status=200, code="0", verdict="sent")
    client, all_of_it = signed_in(viewer), f"/deliveries/?digest={send}"

    def page(address: str) -> str:
        return client.get(address).content.decode()

    one, expired, alone = (page(f"/deliveries/{number}/") for number in (2, 4, 3))
    assert "在一条合并消息里，共 3 条记录。" in one
    assert "【合并 2 条】高 2" in one
    assert "<b>1号泵</b>" in one
    assert f'href="{all_of_it}"' in one
    assert "在合并消息里计入“已过期”的数量。" in expired
    assert "已过期" in expired
    assert "【合并 2 条】高 2" in expired
    assert "没有发出过消息" in alone
    assert "合并" not in alone
    listed = page(all_of_it)
    assert re.findall(r'<tr id="delivery-(\d+)"', listed) == ["4", "2", "1"]
    assert "只看一条合并消息里的" in listed
    assert re.findall(r'<tr id="delivery-(\d+)"', page("/deliveries/?state=expired")) == ["4"]
    table = list(
        csv.DictReader(io.StringIO(streamed_text(client.get("/deliveries/export.csv")).removeprefix("\ufeff")))
    )
    assert [row["合并消息"] for row in table] == [send, "", send, send]
    assert ids(Wanted(digest=send, states=("sent",))) == [2, 1]
    assert records.reasons() == ["expired"]


def test_the_table_to_take_along(signed_in: SignedIn, viewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dingbell.web.deliveries.export._ROWS", 2)
    store.insert([Alarm(id=1, source="plc", key="k", name='=HYPERLINK("http://x")')])
    Delivery.objects.bulk_create([delivery(number, receiver_name='@all, "群"') for number in range(1, 6)])
    answer = signed_in(viewer).get("/deliveries/export.csv?state=sent", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer  # browsers read no stream that is compressed piece by piece
    assert answer["Content-Type"].startswith("text/csv")
    content = streamed_text(answer)
    assert content.startswith("\ufeff编号,时间,状态")
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    assert [row["编号"] for row in rows] == ["5", "4", "3", "2", "1"]
    assert rows[0]["报警"] == '\'=HYPERLINK("http://x")'
    assert rows[0]["接收者"] == '\'@all, "群"'


def test_a_time_line_says_what_was_sent_again(signed_in: SignedIn, viewer: User) -> None:
    alarm = Alarm(id=1, source="plc", key="k", name="泵")
    store.insert([alarm])
    Event.objects.create(
        id=1, alarm_id=1, kind="raised", time_us=NOW, received_us=NOW, entered="active_unacked", priority_rose=False,
        configuration=1, snapshot=store.snapshot(alarm),
    )  # fmt: skip
    Delivery.objects.bulk_create([delivery(1, state="failed"), delivery(2, event_id=1, resend_of=1)])
    page = signed_in(viewer).get("/alarms/1/").content.decode()
    for number, said in ((2, "已重发"), (1, "重发自第 1 号")):
        assert re.search(rf'href="/deliveries/{number}/"[^>]*>(<svg.*?</svg>)?{said}', page, re.DOTALL)


def test_what_the_system_says_of_itself_is_no_test(engineer: User, signed_in: SignedIn) -> None:
    said = Notice.objects.create(
        kind="system",
        message='{"form": "markdown", "title": "【系统】接收者异常：值班群", "text": "…"}',
        created_us=NOW,
    )
    test = Notice.objects.create(
        kind="receiver_test", message='{"form": "text", "title": "x", "text": "x"}', created_us=NOW
    )
    of_no_alarm = {"alarm_id": 0, "event_id": 0, "rule_id": 0}
    Delivery.objects.bulk_create(
        [delivery(1, notice_id=said.id, **of_no_alarm), delivery(2, notice_id=test.id, **of_no_alarm)]
    )
    page = signed_in(engineer).get("/deliveries/").content.decode()
    assert page.count("【系统】接收者异常：值班群") == 1
    assert len(re.findall(r'class="of-notice">.*?测试', page)) == 1
