"""Messages that no alarm brought: a test of a receiver or of a 通知内容.

They go the very way of an alarm's message: outbox, lane, budget, keyword, frozen send, attempts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from django.utils.translation import gettext as _

from dingbell.channels.base import Message
from dingbell.delivery import outbox
from dingbell.delivery.models import Notice
from dingbell.delivery.outbox import Outbox
from dingbell.notify import routing
from dingbell.notify.models import Account, Robot
from dingbell.notify.refusals import FieldError, Invalid
from dingbell.notify.routing import Target
from dingbell.storage.writer import Task


class NoticeKind(StrEnum):
    RECEIVER_TEST = "receiver_test"
    MESSAGE_TEST = "message_test"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class _Owed:
    kind: NoticeKind
    message: str
    target: Target
    actor: str


class Notices:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._owed: Task[_Owed, int] = Task("notice", self._owe)

    def send(self, kind: NoticeKind, message: Message, service_id: int, receiver: Mapping[str, int], actor: str) -> int:
        """Owe `message` to `receiver` ({"robot": id} or {"account": id}): the delivery's id, once it is on disk.

        Raises Invalid (`service`, `receiver`) when there is no such receiver, and StorageUnavailable.
        """
        owed = _Owed(kind, msgspec.json.encode(message).decode(), _target(service_id, receiver), actor)
        return self._outbox.writer.submit(self._owed, owed).result()

    def owe(
        self, kind: NoticeKind, message: Message, receivers: Sequence[tuple[int, Mapping[str, int]]], actor: str
    ) -> list[int]:
        """`send` to each (service, receiver), inside the writer's transaction of whatever `message` is about."""
        text = msgspec.json.encode(message).decode()
        return self._owe([_Owed(kind, text, _target(service, receiver), actor) for service, receiver in receivers])

    def _owe(self, wanted: Sequence[_Owed]) -> list[int]:
        now_us = self._outbox.clock()
        delivery_ids = list(self._outbox.delivery_ids.take(len(wanted)))
        for delivery_id, one in zip(delivery_ids, wanted, strict=True):
            notice = Notice.objects.create(
                kind=one.kind.value, message=one.message, created_us=now_us, created_by=one.actor
            )
            outbox.insert_notice(delivery_id, notice.id, one.target, now_us)
        self._outbox.owed_in({one.target.lane for one in wanted})
        return delivery_ids


def message(notice_id: int) -> Message:
    """What a notice says."""
    return msgspec.json.decode(Notice.objects.get(id=notice_id).message, type=Message)


def _target(service_id: int, receiver: Mapping[str, int]) -> Target:
    kind, receiver_id = next(iter(receiver.items()), ("", 0))
    if kind == "robot":
        robot = Robot.objects.filter(id=receiver_id, service_id=service_id).first()
        if robot is not None:
            return Target(0, 0, service_id, robot.id, None, robot.alias, robot.budget_key, "")
    if kind == "account":
        account = Account.objects.filter(id=receiver_id, service_id=service_id).select_related("service").first()
        if account is not None:
            lane = routing.account_lane(account.service.client_id)
            return Target(0, 0, service_id, None, account.id, account.name, lane, "")
    raise Invalid([FieldError("receiver", _("这个通知服务没有这个接收者"))])
