"""Deliveries as a page shows them: names, words, reasons with what to do, DingTalk's answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.utils.dateformat import format as date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from dingbell.alarms import store
from dingbell.channels.base import Message
from dingbell.channels.dingtalk import errors
from dingbell.delivery import fallbacks
from dingbell.delivery.models import Attempt, Delivery, DeliveryState, Notice
from dingbell.delivery.records import Record, put_off_until
from dingbell.notify.messages import template_faults
from dingbell.notify.models import Rule, RuleRevision, Service
from dingbell.pipeline.afterwards import ENDED
from dingbell.pipeline.notices import NoticeKind
from dingbell.storage.times import SECOND, from_us
from dingbell.web import words
from dingbell.web.deliveries.in_chat import InChat, in_chat
from dingbell.web.words import Word

_ANSWER_COMES_WITHIN_US = 15 * SECOND


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """`text` is DingTalk's own, `hint` what it means; without an answer `hint` says so."""

    at: datetime
    http_status: int | None
    code: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """`notice` is the title of what the system said of itself; "" for an alarm's message and for a test."""

    delivery: Delivery
    state_word: Word
    reason: str
    rule: str
    service: str
    alarm: str
    notice: str
    created_at: datetime
    sent_at: datetime | None
    remark: str
    resent_as: int | None
    attempts: Sequence[ShownAttempt]
    in_chat: InChat
    instead: Delivery | None
    in_place_of: Delivery | None

    @property
    def has_ended(self) -> bool:
        return self.delivery.state in ENDED

    @property
    def why_instead(self) -> str:
        """Why this other way was taken."""
        return hint(self.in_place_of.reason) if self.in_place_of else ""


def shown(records: Sequence[Record], now_us: int) -> list[ShownDelivery]:
    """A page of them, with a query for all names of a kind together."""
    deliveries = [record.delivery for record in records]
    rules = rule_names({delivery.rule_id for delivery in deliveries})
    services = service_names({delivery.service_id for delivery in deliveries})
    alarms = store.fetch_by_id(list({delivery.alarm_id for delivery in deliveries}))
    notices = _notices({delivery.notice_id or 0 for delivery in deliveries})
    again = dict(Delivery.objects.filter(resend_of__in=[one.id for one in deliveries]).values_list("resend_of", "id"))
    instead, before = fallbacks.stand_ins(deliveries), fallbacks.failures_before(deliveries)
    return [
        ShownDelivery(
            delivery=record.delivery,
            state_word=words.DELIVERIES[DeliveryState(record.delivery.state)],
            reason=_reason(record),
            rule=rules.get(record.delivery.rule_id, ""),
            service=services.get(record.delivery.service_id, ""),
            alarm=alarms[record.delivery.alarm_id].title if record.delivery.alarm_id in alarms else "",
            notice=notices.get(record.delivery.notice_id or 0, ""),
            created_at=from_us(record.delivery.created_us),
            sent_at=None if record.delivery.sent_us is None else from_us(record.delivery.sent_us),
            remark=_remark(record),
            resent_as=again.get(record.delivery.id),
            attempts=[_attempt(attempt, now_us) for attempt in record.attempts],
            in_chat=in_chat(record.delivery, record.recall, now_us),
            instead=instead.get(record.delivery.id),
            in_place_of=before.get(record.delivery.id),
        )
        for record in records
    ]


def _notices(ids: set[int]) -> dict[int, str]:
    wanted = ids - {0}
    if not wanted:
        return {}
    said = Notice.objects.filter(id__in=wanted, kind=NoticeKind.SYSTEM).values_list("id", "message")
    return {notice_id: msgspec.json.decode(message, type=Message).title for notice_id, message in said}


def _reason(record: Record) -> str:
    until_us = put_off_until(record.delivery)
    if until_us is None:
        return hint(record.reason)
    values = {"reason": hint(record.reason), "time": date_format(localtime(from_us(until_us)), "Y-m-d H:i:s")}
    return _("%(reason)s最早 %(time)s 发送。") % values


def _remark(record: Record) -> str:
    said = str(words.REMARKS.get(record.delivery.remark, record.delivery.remark))
    fault = template_faults.spoken(record.fault)
    if fault:
        said = _("%(remark)s（%(fault)s）") % {"remark": said, "fault": fault}
    if not record.delivery.repetition:
        return said
    number = _("第 %(number)d 次提醒") % {"number": record.delivery.repetition}
    return pgettext("两句之间", "；").join(text for text in (number, said) if text)


def hint(reason: str) -> str:
    """What a reason means and what to do about it, in the language of the page."""
    return errors.hint(reason, get_language() or "zh-hans") if reason else ""


def rule_names(ids: Iterable[int]) -> dict[int, str]:
    """Of deleted rules, too: the record outlives them."""
    wanted = set(ids)
    names = dict(Rule.objects.filter(id__in=wanted).values_list("id", "name"))
    if gone := wanted - names.keys():
        newest_last = RuleRevision.objects.filter(rule_id__in=gone).order_by("configuration")
        deleted = dict(newest_last.values_list("rule_id", "name"))
        names |= {rule_id: _("%(name)s（已删除）") % {"name": name} for rule_id, name in deleted.items()}
    return names


def service_names(ids: Iterable[int]) -> dict[int, str]:
    wanted = set(ids)
    names = dict(Service.objects.filter(id__in=wanted).values_list("id", "name"))
    return names | {service_id: _("已删除的服务") for service_id in wanted - names.keys()}


def fingerprint(records: Iterable[Record]) -> int:
    """Another number when anything that a page shows of them changed."""
    return hash(tuple(_mark(record) for record in records))


def _mark(record: Record) -> tuple[object, ...]:
    delivery = record.delivery
    attempts = tuple((attempt.id, attempt.verdict) for attempt in record.attempts)
    in_chat = (delivery.read_us, delivery.recalled_us, record.recall and (record.recall.due_us, record.recall.reason))
    return (
        delivery.id,
        delivery.state,
        record.reason,
        delivery.sent_us,
        delivery.handled,
        delivery.fell_back,
        delivery.remark,
        delivery.digest,
        attempts,
        in_chat,
    )


def _attempt(attempt: Attempt, now_us: int) -> ShownAttempt:
    said = hint(attempt.reason) if attempt.reason and attempt.verdict != "sent" else ""
    if not attempt.verdict:
        waiting = now_us - attempt.at_us < _ANSWER_COMES_WITHIN_US
        said = _("正在等待钉钉的应答。") if waiting else hint("interrupted")
    return ShownAttempt(from_us(attempt.at_us), attempt.http_status, attempt.code, attempt.text, said)
