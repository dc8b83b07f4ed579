"""What people do to deliveries that have ended: send once more, mark as seen to, take off the lists.

Through the writer, like everything that writes deliveries. Nothing is deleted: the alarm's own time line keeps all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from dingbell.alarms.models import Event
from dingbell.channels.dingtalk import errors
from dingbell.delivery import outbox
from dingbell.delivery.models import Delivery, DeliveryState
from dingbell.delivery.outbox import Outbox
from dingbell.notify import routing
from dingbell.notify.models import Account, Robot, Service
from dingbell.storage.writer import Task
from dingbell.users import acting, audit

MOST = 1_000  # in one go
ENDED = frozenset({DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.EXPIRED})
_KIND = "delivery"


_REFUSALS = {
    "missing": _("没有这条发送记录，或者已经删除。"),
    "not_ended": _("还没有发送完，请等它结束。"),
    "already_sent": _("已经发送成功。确实要再发一次，请确认重发已发送的记录。"),
    "already_resent": _("已经在重发。"),
    "event_missing": _("对应的报警事件已不在。"),
    "not_failed": _("不是失败的记录。"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`done` are the ids it was done to, for 重发 with the id of the new delivery; `refused` are reasons by id."""

    done: dict[int, int | None] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Asked:
    ids: tuple[int, ...]
    actor: str
    sent_too: bool = False


def refusal(reason: str, language: str) -> str:
    """What a reason of `Outcome.refused` means, in the words of the language that is active."""
    return str(_REFUSALS[reason]) if reason in _REFUSALS else errors.hint(reason, language)


class Afterwards:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._resent: Task[_Asked, Outcome] = Task("resend", self._resend)
        self._handled: Task[_Asked, Outcome] = Task("handle", self._handle)
        self._hidden: Task[_Asked, Outcome] = Task("hide", self._hide)

    def resend(self, ids: Collection[int], actor: str, *, sent_too: bool = False) -> Outcome:
        """Owe these once more, as new deliveries; `sent_too` repeats what did arrive. Raises StorageUnavailable."""
        return self._do(self._resent, ids, actor, sent_too)

    def handle(self, ids: Collection[int], actor: str) -> Outcome:
        """Failures that somebody has seen to. Raises StorageUnavailable."""
        return self._do(self._handled, ids, actor)

    def hide(self, ids: Collection[int], actor: str) -> Outcome:
        """Take these off the lists. Raises StorageUnavailable."""
        return self._do(self._hidden, ids, actor)

    def _do(self, task: Task[_Asked, Outcome], ids: Collection[int], actor: str, sent_too: bool = False) -> Outcome:
        asked = _Asked(tuple(dict.fromkeys(ids))[:MOST], actor, sent_too)
        return self._outbox.writer.submit(task, asked, weight=max(1, len(asked.ids))).result()

    # --- inside the transaction -------------------------------------------------------------------------

    def _resend(self, wanted: Sequence[_Asked]) -> list[Outcome]:
        return [self._resend_one(one) for one in wanted]

    def _resend_one(self, asked: _Asked) -> Outcome:
        outcome, found = _look(asked)
        ways = _Ways(found.values())
        now_us = self._outbox.clock()
        lanes: set[str] = set()
        for old in found.values():
            name, lane, reason = ways.to(old)
            reason = reason or _against(old, ways, sent_too=asked.sent_too)
            if reason:
                outcome.refused[old.id] = reason
                continue
            (new_id,) = self._outbox.delivery_ids.take(1)
            outbox.insert_again(new_id, old, name, lane, now_us)
            lanes.add(lane)
            outcome.done[old.id] = new_id
        outbox.mark(outcome.done, handled=True)
        self._outbox.owed_in(lanes)
        _note(asked, found, outcome, "resent_as")
        return outcome

    @staticmethod
    def _handle(wanted: Sequence[_Asked]) -> list[Outcome]:
        outcomes = []
        for asked in wanted:
            outcome, found = _look(asked)
            for old in found.values():
                if old.state == DeliveryState.FAILED:
                    outcome.done[old.id] = None
                else:
                    outcome.refused[old.id] = "not_failed"
            outbox.mark(outcome.done, handled=True)
            _note(asked, {id_: one for id_, one in found.items() if not one.handled}, outcome, "handled")
            outcomes.append(outcome)
        return outcomes

    @staticmethod
    def _hide(wanted: Sequence[_Asked]) -> list[Outcome]:
        outcomes = []
        for asked in wanted:
            outcome, found = _look(asked)
            outcome.done.update(dict.fromkeys(found))
            outbox.mark(outcome.done, hidden=True)
            _note(asked, found, outcome, "hidden")
            outcomes.append(outcome)
        return outcomes


def _look(asked: _Asked) -> tuple[Outcome, dict[int, Delivery]]:
    """Those of the asked ones that have ended, in their order; the others are refused."""
    outcome = Outcome()
    rows = Delivery.objects.select_for_update().filter(id__in=asked.ids, hidden=False).order_by("id")
    ended = {}
    for one in rows:
        if one.state in ENDED:
            ended[one.id] = one
        else:
            outcome.refused[one.id] = "not_ended"
    outcome.refused.update({id_: "missing" for id_ in asked.ids if id_ not in ended and id_ not in outcome.refused})
    return outcome, ended


def _against(old: Delivery, ways: _Ways, *, sent_too: bool) -> str:
    if old.state == DeliveryState.SENT and not sent_too:
        return "already_sent"
    if old.id in ways.under_way:
        return "already_resent"
    return "" if old.notice_id is not None or old.event_id in ways.events else "event_missing"


class _Ways:
    """Everything that decides whether and how deliveries can go once more, read for all of them together."""

    def __init__(self, deliveries: Collection[Delivery]) -> None:
        services = Service.objects.filter(id__in={one.service_id for one in deliveries})
        self._services = {service.id: service for service in services}
        robots = Robot.objects.filter(id__in={one.robot_id for one in deliveries if one.robot_id})
        self._robots = {robot.id: robot for robot in robots}
        accounts = Account.objects.filter(id__in={one.account_id for one in deliveries if one.account_id})
        self._accounts = {account.id: account for account in accounts}
        events = Event.objects.filter(id__in={one.event_id for one in deliveries})
        self.events = set(events.values_list("id", flat=True))
        again = Delivery.objects.filter(resend_of__in=[one.id for one in deliveries]).exclude(state__in=ENDED)
        self.under_way = set(again.values_list("resend_of", flat=True))

    def to(self, delivery: Delivery) -> tuple[str, str, str]:
        """(name, lane, why it cannot be reached) of its receiver now."""
        service = self._services.get(delivery.service_id)
        robot = self._robots.get(delivery.robot_id or 0)
        account = self._accounts.get(delivery.account_id or 0)
        off = "" if service is None or service.enabled else "service_disabled"
        if service is not None and robot is not None:
            return robot.alias, routing.lane_of(robot), off or ("" if service.send_to_robots else "robots_switched_off")
        if service is not None and account is not None:
            lane = routing.account_lane(service.client_id)
            return account.name, lane, off or ("" if service.send_to_accounts else "accounts_switched_off")
        return "", "", "receiver_deleted"


def _note(asked: _Asked, found: dict[int, Delivery], outcome: Outcome, what: str) -> None:
    """Each with its own entry in the audit."""
    with acting.acting_as(asked.actor):
        for old_id, new_id in outcome.done.items():
            if old_id in found:
                before = {"state": found[old_id].state, "receiver": found[old_id].receiver_name}
                audit.record(_KIND, old_id, found[old_id].receiver_name, before, before | {what: new_id or True})
