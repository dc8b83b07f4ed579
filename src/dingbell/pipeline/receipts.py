"""已读: asking DingTalk who has read what went to people, on time where a block wants it, and once by hand.

DingTalk does not tell when a message was read: what is kept is when it was learned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk import errors
from dingbell.channels.dingtalk import receipts as channel
from dingbell.channels.dingtalk.receipts import Receipt
from dingbell.channels.dingtalk.token import Tokens
from dingbell.channels.http import Http
from dingbell.delivery import quota, recalls, receipts
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Delivery, DeliveryState
from dingbell.delivery.receipts import Asked, Noted
from dingbell.notify.models import Account
from dingbell.pipeline import measures
from dingbell.pipeline.sent_by import NotAvailable, sent_by
from dingbell.storage.times import MINUTE, SECOND, from_us
from dingbell.storage.writer import Task, Writer

_AFTER_TROUBLE_US = 5 * MINUTE
_REFUSALS = {
    "missing": _("没有这条发送记录，或者已经删除。"),
    "not_sent": _("没有发送成功。"),
    "not_a_person": _("只有发给个人的消息可以；群机器人的消息，钉钉不提供。"),
    "without_key": _("钉钉没有给这条消息的凭据。"),
    "too_old": _("发出已经超过 24 小时。"),
    "recalled": _("已经撤回。"),
    "among_others": _("合并消息还说到别的报警，请在它自己的页面撤回。"),
}


class Refused(Exception):
    """It makes no sense to ask; `reason` names why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Looked:
    """What a question brought: `result` is SENT when DingTalk answered, `read` tells by account who has read it."""

    result: Result
    recalled: bool = False
    read: dict[int, bool] = field(default_factory=dict)


def refusal(reason: str, language: str) -> str:
    """What a reason means, in the words of the language that is active."""
    return str(_REFUSALS[reason]) if reason in _REFUSALS else errors.hint(reason, language)


def against(delivery: Delivery | None, now_us: int) -> str:
    """Why DingTalk tells nothing of this delivery and takes nothing back; "" when it does."""
    if delivery is None:
        return "missing"
    if delivery.account_id is None:
        return "not_a_person"
    if delivery.state != DeliveryState.SENT or delivery.sent_us is None:
        return "not_sent"
    if delivery.recalled_us is not None:
        return "recalled"
    return "too_old" if delivery.sent_us <= now_us - receipts.KNOWN_FOR_US else ""


class Receipts:
    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], int],
        http: Http,
        tokens: Tokens,
        pause: Callable[[], object],
        hears: Callable[[str], bool],
    ) -> None:
        """`pause` keeps the app's pace: it is called before each call that nobody waits for.

        `hears(credential)`: DingTalk tells of readers by itself; it is asked only to be sure.
        """
        self._writer = writer
        self._clock = clock
        self._http = http
        self._tokens = tokens
        self._pause = pause
        self._hears = hears
        self._due: Task[int, list[Asked]] = Task("receipts_due", receipts.take_due)
        self._noted: Task[Noted, None] = Task("receipts_noted", receipts.note)
        self._gone: Task[tuple[str, int], None] = Task("found_gone", recalls.found_gone)

    def check(self) -> bool:
        """Ask about 20 that are due: whether there may be more. Costs one read when nothing is due.

        Raises StorageUnavailable.
        """
        now_us = self._clock()
        if not receipts.any_due(now_us):
            return False
        for asked in self._writer.submit(self._due, now_us).result():
            self._check(asked)
        return True

    def look(self, delivery_id: int) -> Looked:
        """Ask now, because somebody wants to know. Raises Refused and StorageUnavailable."""
        delivery = Delivery.objects.filter(id=delivery_id, hidden=False).first()
        reason = against(delivery, self._clock())
        asked = None if delivery is None or reason else receipts.asked_of(delivery.send_id)
        if asked is None:
            raise Refused(reason or "without_key")
        try:
            return self._keep(asked, self._ask(asked), None, by_hand=True)
        except NotAvailable as no:
            raise Refused(no.reason) from None

    def _check(self, asked: Asked) -> None:
        now_us = self._clock()
        following = receipts.next_check(asked.sent_us, now_us)
        runs_short = quota.mode(asked.credential, asked.service_id, now_us) is not Mode.NORMAL
        age_us = now_us - asked.sent_us
        heard = age_us < receipts.SURE_AFTER_US and self._hears(asked.credential)
        if heard or runs_short or age_us >= receipts.KNOWN_FOR_US:  # what is left of the month is for alarms
            self._writer.submit(self._noted, Noted(asked, now_us, following)).result()
            return
        self._pause()
        try:
            receipt = self._ask(asked)
        except NotAvailable:
            self._writer.submit(self._noted, Noted(asked, now_us)).result()
            return
        self._keep(asked, receipt, _after(receipt.result, now_us, following))

    def _ask(self, asked: Asked) -> Receipt:
        """Raises NotAvailable."""
        robot = sent_by(asked.service_id, asked.credential)
        now = from_us(self._clock())
        return channel.read_status(self._http, self._tokens, robot.app, robot.robot_code, asked.process_query_key, now)

    def _keep(self, asked: Asked, receipt: Receipt, following: int | None, *, by_hand: bool = False) -> Looked:
        measures.asked("receipt", receipt.result)
        people = Account.objects.filter(service=asked.service_id, user_id__in=receipt.read)
        read = {account: receipt.read[user_id] for account, user_id in people.values_list("id", "user_id")}
        all_read = bool(receipt.read) and all(receipt.read.values())
        noted = Noted(
            asked, self._clock(), None if all_read else following, by_hand and not all_read, receipt.result,
            tuple(account for account, done in read.items() if done),
        )  # fmt: skip
        self._writer.submit(self._noted, noted).result()
        if receipt.recalled:
            self._writer.submit(self._gone, (asked.send_id, noted.at_us)).result()
        return Looked(receipt.result, receipt.recalled, read)


def _after(result: Result, now_us: int, following: int | None) -> int | None:
    """When to ask again: what cost nothing is tried again soon, what cannot be known is not asked any more."""
    if result.verdict is Verdict.REFUSED_CONTENT:
        return None
    if following is None or result.verdict is Verdict.SENT or quota.counts(result):
        return following
    return min(following, now_us + max(_AFTER_TROUBLE_US, int(result.wait_s * SECOND)))
