"""`/api/v1/deliveries`: what was sent to whom, and what DingTalk said (发送记录)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from dingbell.api.alarm_documents import local_iso
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import clean, moment, receiver, several
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, part
from dingbell.api.problems import not_found
from dingbell.channels.base import Verdict
from dingbell.channels.dingtalk import errors
from dingbell.delivery import records
from dingbell.delivery.models import Attempt, DeliveryState, Recall
from dingbell.delivery.records import Record, Wanted
from dingbell.notify.messages import template_faults
from dingbell.pipeline import engine
from dingbell.pipeline.afterwards import MOST, Outcome, refusal
from dingbell.storage.ids import LARGEST_ID
from dingbell.storage.times import SECOND, now_us
from dingbell.users import acting
from dingbell.users.roles import Scope

router = Router(tags=["deliveries"])
_READ, _WRITE = Scope.DELIVERIES_READ, Scope.DELIVERIES_WRITE
_STATES = {state: state for state in DeliveryState.values}
_ANSWER_COMES_WITHIN_US = 15 * SECOND


class AttemptAnswer(msgspec.Struct, kw_only=True):
    """`text` is DingTalk's own; where it said nothing, what happened."""

    at: str | None
    http_status: int | None
    code: str | None
    text: str


class RecallingAnswer(msgspec.Struct, kw_only=True):
    """How taking a message back fares. `by`: null where a rule asked; `waiting`: DingTalk is asked (again).

    `reason` is null when DingTalk did as asked; `hint` says what it means, `text` are DingTalk's own words.
    """

    asked_at: str | None
    by: str | None
    waiting: bool
    answered_at: str | None
    reason: str | None
    hint: str | None
    code: str | None
    text: str


class DeliveryAnswer(msgspec.Struct, kw_only=True):
    """`receiver` is {"robot": id, "name"} or {"account": id, "name"}; `hint` says what `reason` means.

    A test has a `notice` in place of an alarm, an event and a rule. `message` is the 通知内容 that was asked for, null
    for the built-in one, `remark` what became of it (`template_failed`, `message_deleted`), `fault` what was wrong
    with the template. `resend_of` is the delivery it repeats, `fallback_of` the one that failed and that it stands in
    for, `digest` names the message that stood for it among others, `silence` the silence that withheld it, `handled`
    whether somebody saw to a failure. `due_at` is until when a pending one was put off, `repetition` the how manieth
    reminder it is, 0 for the first message.
    `read_at` is when it was learned that the person had read it: DingTalk does not tell when they did. `recalled_at`
    is when it left their chat, `recall` how that fares.
    """

    id: int
    alarm: int | None
    event: int | None
    rule: int | None
    notice: int | None
    service: int
    message: int | None
    receiver: dict[str, int | str | None]
    state: str
    reason: str | None
    hint: str | None
    attempts: list[AttemptAnswer]
    digest: str | None
    created_at: str | None
    due_at: str | None
    sent_at: str | None
    repetition: int
    remark: str | None
    fault: str | None
    silence: int | None
    resend_of: int | None
    fallback_of: int | None
    handled: bool
    read_at: str | None
    recalled_at: str | None
    recall: RecallingAnswer | None


class DeliveryQuery(Schema):
    """Lists may be repeated parameters or separated by commas."""

    state: list[str] = Field([], description="pending, sending, sent, failed, suppressed, expired")
    reason: str = Field("", description="As in `reason` of an answer, for example receiver_deleted.")
    handled: bool | None = Field(None, description="Failures: whether somebody has seen to them.")
    service: int | None = None
    rule: int | None = None
    alarm: int | None = None
    event: int | None = None
    silence: int | None = None
    digest: str = Field("", description="As in `digest` of an answer: everything that this digest stands for.")
    receiver: str = Field("", description="robot:ID or account:ID, for example robot:1")
    since: str = Field("", description="Created at or after this ISO 8601 time.")
    until: str = Field("", description="Created before this ISO 8601 time.")

    def wanted(self) -> Wanted:
        """Raises Problem 422."""
        robot_id, account_id = receiver(self.receiver)
        return Wanted(
            states=several("state", self.state, _STATES),
            reason=clean("reason", self.reason),
            handled=self.handled,
            service_id=self.service,
            rule_id=self.rule,
            alarm_id=self.alarm,
            event_id=self.event,
            silence_id=self.silence,
            digest=clean("digest", self.digest),
            since_us=moment("since", self.since),
            until_us=moment("until", self.until),
            robot_id=robot_id,
            account_id=account_id,
        )


@router.get("", **operation(_READ, "发送记录", pages=DeliveryAnswer))
def list_deliveries(
    request: ApiRequest, query: Query[DeliveryQuery], limit: Limit = USUAL_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Newest first. A page may hold fewer than `limit`, even none, while `next` leads on: each looks at 50,000."""
    place, now = after(cursor), now_us()
    found = records.page(query.wanted(), limit, now, place[0] if place else None)
    return part([_answer(record, now) for record in found.records], found.beyond)


class AboutInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Up to 1,000 deliveries."""

    ids: Annotated[list[Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]], msgspec.Meta(min_length=1, max_length=MOST)]


class ResendInput(AboutInput, kw_only=True, forbid_unknown_fields=True):
    """`sent_too`: also those that did arrive."""

    sent_too: bool = False


class Done(msgspec.Struct, kw_only=True):
    """`delivery` is the new one that repeats it, null where none was made."""

    id: int
    delivery: int | None


class Refused(msgspec.Struct, kw_only=True):
    id: int
    reason: str
    message: str


class OutcomeAnswer(msgspec.Struct, kw_only=True):
    done: list[Done]
    refused: list[Refused]


@router.post("/resend", **operation(_WRITE, "重发", body=ResendInput, answer=OutcomeAnswer))
def resend(request: ApiRequest) -> HttpResponse:
    """Owe what failed or was withheld once more, as new deliveries; the old ones count as seen to.

    Schedules and silences do not hold it up: somebody asked for it.
    """
    asked = read(request, ResendInput)
    return _outcome(engine.running().afterwards.resend(asked.ids, acting.current(), sent_too=asked.sent_too))


@router.post("/handle", **operation(_WRITE, "标为已处理", body=AboutInput, answer=OutcomeAnswer))
def handle(request: ApiRequest) -> HttpResponse:
    """Failures that somebody has seen to: they no longer count at the tab."""
    return _outcome(engine.running().afterwards.handle(read(request, AboutInput).ids, acting.current()))


@router.post("/delete", **operation(_WRITE, "删除发送记录", body=AboutInput, answer=OutcomeAnswer))
def delete(request: ApiRequest) -> HttpResponse:
    """Take what has ended off the lists. The alarm's own time line and the audit keep it."""
    return _outcome(engine.running().afterwards.hide(read(request, AboutInput).ids, acting.current()))


@router.get("/{int:delivery_id}", **operation(_READ, "一条发送记录", answer=DeliveryAnswer))
def get_delivery(request: ApiRequest, delivery_id: int) -> HttpResponse:
    now = now_us()
    record = records.find(delivery_id, now)
    if record is None:
        raise not_found()
    return answer(_answer(record, now))


def _outcome(outcome: Outcome) -> HttpResponse:
    return answer(
        OutcomeAnswer(
            done=[Done(id=old, delivery=new) for old, new in outcome.done.items()],
            refused=[
                Refused(id=id_, reason=reason, message=refusal(reason, _language()))
                for id_, reason in outcome.refused.items()
            ],
        )
    )


def _answer(record: Record, now: int) -> DeliveryAnswer:
    delivery = record.delivery
    kind, receiver_id = (
        ("robot", delivery.robot_id) if delivery.robot_id is not None else ("account", delivery.account_id)
    )
    return DeliveryAnswer(
        id=delivery.id,
        alarm=delivery.alarm_id or None,
        event=delivery.event_id or None,
        rule=delivery.rule_id or None,
        notice=delivery.notice_id,
        message=delivery.message_id,
        service=delivery.service_id,
        receiver={kind: receiver_id, "name": delivery.receiver_name},
        state=delivery.state,
        reason=record.reason or None,
        hint=errors.hint(record.reason, _language()) if record.reason else None,
        attempts=[_attempt(attempt, now) for attempt in record.attempts],
        digest=delivery.digest or None,
        created_at=local_iso(delivery.created_us),
        due_at=local_iso(records.put_off_until(delivery)),
        sent_at=local_iso(delivery.sent_us),
        repetition=delivery.repetition,
        remark=delivery.remark or None,
        fault=template_faults.spoken(record.fault) or None,
        silence=delivery.silence_id,
        resend_of=delivery.resend_of,
        fallback_of=delivery.fallback_of,
        handled=delivery.handled,
        read_at=local_iso(delivery.read_us),
        recalled_at=local_iso(delivery.recalled_us),
        recall=None if record.recall is None else _recalling(record.recall),
    )


def _recalling(recall: Recall) -> RecallingAnswer:
    return RecallingAnswer(
        asked_at=local_iso(recall.asked_us),
        by=recall.asked_by or None,
        waiting=recall.due_us is not None,
        answered_at=local_iso(recall.answered_us),
        reason=recall.reason or None,
        hint=errors.hint(recall.reason, _language()) if recall.reason else None,
        code=recall.code or None,
        text=recall.text,
    )


def _attempt(attempt: Attempt, now: int) -> AttemptAnswer:
    text = attempt.text
    if not text and attempt.verdict not in {"", Verdict.SENT}:
        text = errors.hint(attempt.reason, _language())
    if not attempt.verdict:
        waiting = now - attempt.at_us < _ANSWER_COMES_WITHIN_US
        text = _("正在等待钉钉的应答。") if waiting else errors.hint("interrupted", _language())
    return AttemptAnswer(
        at=local_iso(attempt.at_us), http_status=attempt.http_status, code=attempt.code or None, text=text
    )


def _language() -> str:
    return get_language() or "zh-hans"
