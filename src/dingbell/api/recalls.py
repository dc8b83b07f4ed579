"""`/api/v1/deliveries/recall`, `…/{id}/receipt` and `/api/v1/alarms/{id}/recall`: messages in people's own chats."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.http import HttpResponse
from django.utils.translation import get_language
from ninja import Router

from dingbell.alarms import listing
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.deliveries import AboutInput, Refused
from dingbell.api.describing import operation
from dingbell.api.problems import Problem, not_found
from dingbell.channels.base import Verdict
from dingbell.channels.dingtalk import errors
from dingbell.notify.models import Account
from dingbell.pipeline import engine, receipts
from dingbell.pipeline.recalls import Outcome
from dingbell.users import acting
from dingbell.users.roles import Scope

of_deliveries = Router(tags=["deliveries"])
of_alarms = Router(tags=["alarms"])
_WRITE = Scope.DELIVERIES_WRITE
_WAIT_S = 5.0  # for DingTalk's answer; what takes longer is carried out all the same


class RecallAnswer(msgspec.Struct, kw_only=True):
    """Ids of deliveries. `waiting`: asked for, DingTalk has not answered yet; look at their `recalled_at` later."""

    recalled: list[int]
    waiting: list[int]
    refused: list[Refused]


class ReaderAnswer(msgspec.Struct, kw_only=True):
    account: int
    name: str
    read: bool


class ReceiptAnswer(msgspec.Struct, kw_only=True):
    """Everybody that one call to DingTalk went to. DingTalk does not tell when somebody read it."""

    recalled: bool
    people: list[ReaderAnswer]


@of_deliveries.post("/recall", **operation(_WRITE, "撤回个人消息", body=AboutInput, answer=RecallAnswer))
def recall(request: ApiRequest) -> HttpResponse:
    """Take messages out of people's chats, within 24 hours. What one call sent goes with everybody it went to.

    Counts one call to DingTalk's quota for each 20 messages.
    """
    return _recalled(engine.running().follow_ups.recalls.recall(read(request, AboutInput).ids, acting.current()))


@of_alarms.post("/{int:alarm_id}/recall", **operation(_WRITE, "撤回这个报警的个人消息", answer=RecallAnswer))
def recall_alarm(request: ApiRequest, alarm_id: int) -> HttpResponse:
    """What people got about this alarm in the last 24 hours, the newest 5,000, but no digest: it tells of others."""
    if listing.find(alarm_id) is None:
        raise not_found()
    return _recalled(engine.running().follow_ups.recalls.recall_alarm(alarm_id, acting.current()))


@of_deliveries.post("/{int:delivery_id}/receipt", **operation(_WRITE, "查询已读", answer=ReceiptAnswer))
def receipt(request: ApiRequest, delivery_id: int) -> HttpResponse:
    """Ask DingTalk who has read it, within 24 hours; counts one call to its quota. 409 when it cannot tell."""
    try:
        looked = engine.running().follow_ups.receipts.look(delivery_id)
    except receipts.Refused as no:
        if no.reason == "missing":
            raise not_found() from None
        raise Problem(409, receipts.refusal(no.reason, _language())) from None
    if looked.result.verdict is not Verdict.SENT:
        raise Problem(409, errors.explain(looked.result, _language()))
    names = Account.objects.filter(id__in=looked.read).values_list("id", "name")
    people = [ReaderAnswer(account=account, name=name, read=looked.read[account]) for account, name in names]
    return answer(ReceiptAnswer(recalled=looked.recalled, people=people))


def _recalled(outcome: Outcome) -> HttpResponse:
    fates = engine.running().follow_ups.recalls.wait(outcome.asked, _WAIT_S)
    refused = outcome.refused | {id_: one.reason for id_, one in fates.items() if one.due_us is None and one.reason}
    return answer(
        RecallAnswer(
            recalled=_of(outcome.asked, {id_ for id_, one in fates.items() if one.due_us is None and not one.reason}),
            waiting=_of(outcome.asked, {id_ for id_, one in fates.items() if one.due_us is not None}),
            refused=[
                Refused(id=id_, reason=reason, message=receipts.refusal(reason, _language()))
                for id_, reason in sorted(refused.items())
            ],
        )
    )


def _of(ids: Iterable[int], chosen: set[int]) -> list[int]:
    return [id_ for id_ in ids if id_ in chosen]


def _language() -> str:
    return get_language() or "zh-hans"
