"""A message that no alarm brought is owed like any other: numbered, in its receiver's lane, told to the worker."""

from __future__ import annotations

import pytest

from dingbell.alarms.alarm import Report
from dingbell.channels.base import Button, Form, Message
from dingbell.delivery.models import Delivery, Lane, Notice
from dingbell.notify.models import Account, Robot, Rule, Service
from dingbell.notify.refusals import Invalid
from dingbell.notify.routing import account_lane
from dingbell.pipeline import notices
from dingbell.pipeline.notices import NoticeKind, Notices
from tests.storage.conftest import Node

SAYS = Message(Form.ACTION_CARD, "测试", "正文", (Button("查看", "https://x/"),))


@pytest.fixture
def sent_by(node: Node) -> Notices:
    return Notices(node.outbox)


def test_a_notice_is_owed_to_its_receiver_and_numbered_with_the_other_deliveries(
    rule: Rule, node: Node, sent_by: Notices
) -> None:
    robot = Robot.objects.get()
    account = Account.objects.create(service=robot.service, user_id="u1", name="张三")
    node.hear(Report(source="plc", key="a", active=True))

    to_group = sent_by.send(NoticeKind.RECEIVER_TEST, SAYS, robot.service_id, {"robot": robot.id}, "李工")
    to_person = sent_by.send(NoticeKind.MESSAGE_TEST, SAYS, robot.service_id, {"account": account.id}, "李工")
    node.hear(Report(source="plc", key="b", active=True))

    told = list(Delivery.objects.order_by("id"))
    assert [one.id for one in told[1:3]] == [to_group, to_person]
    assert len({one.id for one in told}) == 4
    first = told[1]
    assert (first.event_id, first.alarm_id, first.rule_id) == (0, 0, 0)
    assert (first.receiver_name, first.lane, first.state) == ("值班群", "r:1", "pending")
    assert first.notice_id is not None
    assert notices.message(first.notice_id) == SAYS
    assert Notice.objects.get(id=first.notice_id).created_by == "李工"
    lane = account_lane("")
    assert told[2].lane == lane
    assert Lane.objects.filter(key=lane).exists()
    assert {"r:1"} in node.woken
    assert {lane} in node.woken


@pytest.mark.parametrize("receiver", [{}, {"robot": 999}, {"account": 1}, {"group": 1}])
def test_a_receiver_the_service_does_not_have_is_refused(
    rule: Rule, sent_by: Notices, receiver: dict[str, int]
) -> None:
    with pytest.raises(Invalid) as refused:
        sent_by.send(NoticeKind.RECEIVER_TEST, SAYS, Service.objects.get().id, receiver, "李工")
    assert refused.value.errors[0].field == "receiver"
    assert not Notice.objects.exists()
