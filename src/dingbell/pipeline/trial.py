"""Trying a receiver out: a test message that goes the way of an alarm's, and how it fares."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dingbell.channels.base import Form, Message, Result, Verdict
from dingbell.channels.dingtalk import errors
from dingbell.delivery import records
from dingbell.delivery.models import Attempt, Delivery, DeliveryState, Lane
from dingbell.notify import routing
from dingbell.notify.messages.escaping import plain
from dingbell.notify.models import Robot, Service
from dingbell.pipeline import engine
from dingbell.pipeline.afterwards import ENDED
from dingbell.pipeline.notices import NoticeKind
from dingbell.pipeline.sending import is_address
from dingbell.storage.times import from_us, now_us

_LOOK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Trial:
    """How a test fares. `code` and `text` are DingTalk's own; `explanation` says what it means and what to do.

    `until` is when a message that waits goes on its way.
    """

    delivery: Delivery
    reason: str
    http_status: int | None
    code: str
    text: str
    explanation: str
    until: datetime | None
    attempts: int

    @property
    def to_address(self) -> bool:
        """Whether it goes to an address beside DingTalk."""
        return is_address(self.delivery.lane)

    @property
    def done(self) -> bool:
        return self.delivery.state in ENDED


def begin(service_id: int, receiver: Mapping[str, int], actor: str) -> int:
    """Send a test to {"robot": id} or {"account": id}; the id of its delivery, once it is on disk.

    Raises Invalid (no such receiver), StorageUnavailable and NotRunning.
    """
    now = datetime.now(ZoneInfo(settings.TIME_ZONE))
    parts = (
        "### " + _("测试消息"),
        _("由 %(who)s 于 %(when)s 从钉铃发出。") % {"who": plain(actor), "when": f"{now:%Y-%m-%d %H:%M:%S}"},
        _("收到这条消息，说明报警通知可以发到这里。不需要处理。"),
    )
    message = Message(Form.MARKDOWN, _("测试消息"), "\n\n".join(parts))
    delivery_id = engine.running().notices.send(NoticeKind.RECEIVER_TEST, message, service_id, receiver, actor)
    retry(service_id)  # who tests wants to know now, whenever the next trial would be
    return delivery_id


def retry(service_id: int) -> int:
    """Have the receivers of a service that are in trouble tried at once; how many those are.

    Raises StorageUnavailable and NotRunning.
    """
    lanes = set(Robot.objects.filter(service_id=service_id).values_list("budget_key", flat=True))
    for client_id in Service.objects.filter(id=service_id, send_to_accounts=True).values_list("client_id", flat=True):
        lanes.add(routing.account_lane(client_id))
    return engine.running().trouble_notices.try_now(lanes)


def look(service_id: int, delivery_id: int) -> Trial | None:
    """How the test of a receiver or of a message fares now; None when this service has no such test."""
    moment = now_us()
    record = records.find(delivery_id, moment)
    if record is None or record.delivery.service_id != service_id or record.delivery.notice_id is None:
        return None
    delivery, last = record.delivery, record.attempts[-1] if record.attempts else None
    answered = last if last is not None and last.verdict else None
    return Trial(
        delivery=delivery,
        reason=record.reason,
        http_status=answered.http_status if answered else None,
        code=answered.code if answered else "",
        text=answered.text if answered else "",
        explanation=_explanation(delivery, record.reason, answered),
        until=_until(delivery, moment),
        attempts=len(record.attempts),
    )


def wait(service_id: int, delivery_id: int, seconds: float) -> Trial | None:
    """The same once it is settled or the time is over. Call it outside a transaction."""
    ends = time.monotonic() + seconds
    while True:
        trial = look(service_id, delivery_id)
        if trial is None or trial.done or time.monotonic() >= ends:
            return trial
        time.sleep(_LOOK_AGAIN_S)


def _explanation(delivery: Delivery, reason: str, answered: Attempt | None) -> str:
    language = get_language() or "zh-hans"
    if delivery.state == DeliveryState.SENT and is_address(delivery.lane):
        return _("已经交给对方。请到那里确认消息确实到了。")
    if delivery.state == DeliveryState.SENDING and is_address(delivery.lane):
        return _("正在等待对方的应答。")
    if delivery.state == DeliveryState.SENT:
        return _("钉钉已接收。请到钉钉里确认消息确实到了。")
    if delivery.state == DeliveryState.SENDING:
        return _("正在等待钉钉的应答。")
    if answered is not None and (not reason or answered.reason == reason):
        result = Result(
            Verdict(answered.verdict), answered.reason, answered.http_status, answered.code, text=answered.text
        )
        return errors.explain(result, language)
    return errors.hint(reason, language) if reason else _("正在排队，马上发出。")


def _until(delivery: Delivery, moment: int) -> datetime | None:
    if delivery.state != DeliveryState.PENDING:
        return None
    lane = Lane.objects.filter(key=delivery.lane).first() or Lane()
    until_us = max(lane.hold_until_us, lane.trial_us if lane.trouble else 0, delivery.due_us)
    return from_us(until_us) if until_us > moment else None
