"""`/api/v1/deliveries`: what was sent to whom, and what DingTalk said (发送记录)."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from dingbell.api.alarm_documents import local_iso
from dingbell.api.bodies import answer
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import moment, receiver, several
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import not_found
from dingbell.channels.base import Verdict
from dingbell.channels.dingtalk import errors
from dingbell.delivery import records
from dingbell.delivery.models import Attempt, DeliveryState
from dingbell.delivery.records import Record, Wanted
from dingbell.storage.times import SECOND, now_us
from dingbell.users.roles import Scope

router = Router(tags=["deliveries"])
_READ = Scope.DELIVERIES_READ
_STATES = {state: state for state in DeliveryState.values}
_ANSWER_COMES_WITHIN_US = 15 * SECOND


class AttemptAnswer(msgspec.Struct, kw_only=True):
    """`text` is DingTalk's own; where it said nothing, what happened."""

    at: str | None
    http_status: int | None
    code: str | None
    text: str


class DeliveryAnswer(msgspec.Struct, kw_only=True):
    """`receiver` is {"robot": id, "name"} or {"account": id, "name"}; `hint` says what `reason` means."""

    id: int
    alarm: int
    event: int
    rule: int
    service: int
    receiver: dict[str, int | str | None]
    state: str
    reason: str | None
    hint: str | None
    attempts: list[AttemptAnswer]
    digest: int | None
    created_at: str | None
    sent_at: str | None


class DeliveryQuery(Schema):
    """Lists may be repeated parameters or separated by commas."""

    state: list[str] = Field([], description="pending, sending, sent, failed, suppressed")
    service: int | None = None
    rule: int | None = None
    alarm: int | None = None
    event: int | None = None
    receiver: str = Field("", description="robot:ID or account:ID, for example robot:1")
    since: str = Field("", description="Created at or after this ISO 8601 time.")
    until: str = Field("", description="Created before this ISO 8601 time.")

    def wanted(self) -> Wanted:
        """Raises Problem 422."""
        robot_id, account_id = receiver(self.receiver)
        return Wanted(
            states=several("state", self.state, _STATES),
            service_id=self.service,
            rule_id=self.rule,
            alarm_id=self.alarm,
            event_id=self.event,
            since_us=moment("since", self.since),
            until_us=moment("until", self.until),
            robot_id=robot_id,
            account_id=account_id,
        )


@router.get("", **operation(_READ, "发送记录", pages=DeliveryAnswer))
def list_deliveries(
    request: ApiRequest, query: Query[DeliveryQuery], limit: Limit = USUAL_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Newest first."""
    place, now = after(cursor), now_us()
    found = records.page(query.wanted(), limit + 1, now, place[0] if place else None)
    return page(found, limit, lambda record: [record.delivery.id], lambda record: _answer(record, now))


@router.get("/{int:delivery_id}", **operation(_READ, "一条发送记录", answer=DeliveryAnswer))
def get_delivery(request: ApiRequest, delivery_id: int) -> HttpResponse:
    now = now_us()
    record = records.find(delivery_id, now)
    if record is None:
        raise not_found()
    return answer(_answer(record, now))


def _answer(record: Record, now: int) -> DeliveryAnswer:
    delivery = record.delivery
    kind, receiver_id = (
        ("robot", delivery.robot_id) if delivery.robot_id is not None else ("account", delivery.account_id)
    )
    return DeliveryAnswer(
        id=delivery.id,
        alarm=delivery.alarm_id,
        event=delivery.event_id,
        rule=delivery.rule_id,
        service=delivery.service_id,
        receiver={kind: receiver_id, "name": delivery.receiver_name},
        state=delivery.state,
        reason=record.reason or None,
        hint=errors.hint(record.reason, _language()) if record.reason else None,
        attempts=[_attempt(attempt, now) for attempt in record.attempts],
        digest=None,
        created_at=local_iso(delivery.created_us),
        sent_at=local_iso(delivery.sent_us),
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
