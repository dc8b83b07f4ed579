"""`/api/v1/rules/dry-run`, `/api/v1/rules/{id}/dry-run`: what rules would make of an alarm; nothing is sent."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Router

from dingbell.alarms.alarm import Transition
from dingbell.api.alarm_documents import local_iso
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import moment, refused
from dingbell.channels.dingtalk import errors
from dingbell.notify.rules import rules
from dingbell.notify.rules.documents import RuleInput
from dingbell.pipeline import engine, rehearsal
from dingbell.pipeline.rehearsal import Outcome, Rehearsal, Told
from dingbell.pipeline.wording import Worded
from dingbell.sources import events
from dingbell.storage.ids import LARGEST_ID
from dingbell.storage.times import MINUTE, now_us
from dingbell.users.roles import Scope

router = Router(tags=["rules"])
_READ = Scope.CONFIG_READ


class DryRunInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Either `alarm`, with `event` for another than its newest that could fire a rule; or `sample`, an event as
    `POST /api/v1/events` takes it. `rule` is one that is not saved, or changes of the named one. `at` is the moment
    for which schedules and silences are asked, now by default.
    """

    alarm: int | None = None
    event: int | None = None
    sample: dict[str, Any] | None = None
    rule: RuleInput | None = None
    at: str = ""


class WouldAnswer(msgspec.Struct, kw_only=True):
    """`receiver` is {"robot": id, "name"} or {"account": id, "name"}; `suppressed` names why nothing would go there.

    `due_at` is when it would go, `put_off` names why not at once; `repeat_minutes`: again after that, until somebody
    acts.

    `message` is a place in `messages`, null where nothing would go. `personal`: with a link of the receiver's own.
    """

    block: int
    service: int
    receiver: dict[str, int | str | None]
    suppressed: str | None
    hint: str | None
    message: int | None
    personal: bool
    due_at: str | None
    put_off: str | None
    repeat_minutes: int


class OtherWayAnswer(msgspec.Struct, kw_only=True):
    """A step that block number `block` has for whoever is not reached; `receivers` null is all of the service."""

    block: int
    service: int
    receivers: list[str] | None


class JudgedAnswer(msgspec.Struct, kw_only=True):
    """`rule` is null for one that is not saved. `would` names up to 100 receivers, `receivers` counts them all."""

    rule: int | None
    name: str
    fires: bool
    reasons: list[str]
    would: list[WouldAnswer]
    receivers: int
    fallback: list[OtherWayAnswer]


class WouldMessage(msgspec.Struct, kw_only=True):
    """As people would read it, before a robot's keyword and calls by name are added.

    `remark`: why it is in the built-in words, though the block asks for others.
    """

    form: str
    title: str
    text: str
    buttons: list[dict[str, str]]
    remark: str | None


class DryRunAnswer(msgspec.Struct, kw_only=True):
    """Rules that would fire come first; of those that would not, 100 say why and `silent` counts the others."""

    kind: str
    entered: str | None
    priority_rose: bool
    rules: list[JudgedAnswer]
    messages: list[WouldMessage]
    silent: int


@router.post("/dry-run", **operation(_READ, "试运行", body=DryRunInput, answer=DryRunAnswer))
def dry_run(request: ApiRequest) -> HttpResponse:
    """All rules as they are now, or the one that is given in `rule`. Nothing is sent or kept."""
    asked = read(request, DryRunInput)
    transition, at_us, outside = _happened(asked), _at(asked), engine.running().outside
    if asked.rule is None:
        return _answer(rehearsal.of_rules(transition, at_us, outside))
    rule, blocks = rules.drafted(asked.rule)
    return _answer(rehearsal.of_rule(rule, blocks, transition, at_us, outside))


@router.post("/{int:rule_id}/dry-run", **operation(_READ, "试运行一个通知规则", body=DryRunInput, answer=DryRunAnswer))
def dry_run_rule(request: ApiRequest, rule_id: int) -> HttpResponse:
    """This rule, with the changes in `rule` if there are any. Nothing is sent or kept."""
    asked = read(request, DryRunInput)
    rule, blocks = rules.drafted(asked.rule or RuleInput(), rule_id)
    return _answer(rehearsal.of_rule(rule, blocks, _happened(asked), _at(asked), engine.running().outside))


def _happened(asked: DryRunInput) -> Transition:
    """Raises Problem 422."""
    if asked.sample is not None:
        return _imagined(asked.sample)
    if asked.alarm is None:
        raise refused("alarm", _("必填：一个报警，或用 sample 给出一个事件"))
    known = all(0 < one <= LARGEST_ID for one in (asked.alarm, asked.event or 1))
    found = rehearsal.happened(asked.alarm, asked.event) if known else None
    if found is None:
        raise refused("alarm" if asked.event is None else "event", _("没有这个报警，或者它没有这个事件"))
    return found


def _imagined(sample: dict[str, Any]) -> Transition:
    now = now_us()
    parsed = events.parse(msgspec.json.encode(sample), now, ZoneInfo(settings.TIME_ZONE))
    for _index, rejected in parsed.rejected:
        raise refused(f"sample.{rejected.field}".rstrip("."), rejected.text)
    found = rehearsal.imagined(parsed.reports[0], now)
    if found is None:
        raise refused("sample", _("这个事件不改变任何东西"))
    return found


def _at(asked: DryRunInput) -> int:
    return moment("at", asked.at) or now_us()


def _answer(found: Rehearsal) -> HttpResponse:
    return answer(
        DryRunAnswer(
            kind=found.transition.kind.value,
            entered=found.transition.entered.value if found.transition.entered else None,
            priority_rose=found.transition.priority_rose,
            rules=[_judged(one) for one in found.outcomes],
            messages=[_message(one) for one in found.messages],
            silent=found.silent,
        )
    )


def _judged(outcome: Outcome) -> JudgedAnswer:
    return JudgedAnswer(
        rule=outcome.rule_id or None,
        name=outcome.name,
        fires=outcome.fires,
        reasons=outcome.reasons,
        would=[_would(one) for one in outcome.told],
        receivers=outcome.everyone,
        fallback=[
            OtherWayAnswer(block=one.block, service=one.service_id, receivers=one.receivers)
            for one in outcome.other_ways
        ],
    )


def _would(told: Told) -> WouldAnswer:
    target = told.target
    kind, receiver_id = ("robot", target.robot_id) if target.robot_id is not None else ("account", target.account_id)
    return WouldAnswer(
        block=target.block,
        service=target.service_id,
        receiver={kind: receiver_id, "name": target.name},
        suppressed=target.suppressed or None,
        hint=errors.hint(target.suppressed, get_language() or "zh-hans") if target.suppressed else None,
        message=told.message,
        personal=target.personal,
        due_at=local_iso(told.due_us),
        put_off=told.put_off or None,
        repeat_minutes=told.repeat_us // MINUTE,
    )


def _message(worded: Worded) -> WouldMessage:
    message = worded.message
    return WouldMessage(
        form=message.form.value,
        title=message.title,
        text=message.text,
        buttons=[{"title": button.title, "url": button.url} for button in message.buttons],
        remark=worded.remark or None,
    )
