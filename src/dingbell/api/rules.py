"""`/api/v1/rules`: notification rules."""

from __future__ import annotations

import msgspec
from django.db.models import Q
from django.http import HttpResponse
from ninja import Router

from dingbell.api import examples
from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.notify.rules import rules
from dingbell.notify.rules.documents import RuleAnswer, RuleInput
from dingbell.notify.rules.rules import Place
from dingbell.users.roles import Scope

router = Router(tags=["rules"])
_READ, _WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE


@router.get("", **operation(_READ, "通知规则列表", pages=RuleAnswer))
def list_rules(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """In the order that people gave them."""
    found = rules.everything()
    if place := after(cursor, keys=2):
        found = found.filter(Q(position__gt=place[0]) | Q(position=place[0], id__gt=place[1]))
    rows = list(found[: limit + 1])
    return page(rows, limit, lambda one: [one.position, one.id], lambda one: rules.answers([one])[0])


@router.post(
    "", **operation(_WRITE, "新建通知规则", body=RuleInput, example=examples.RULE, answer=RuleAnswer, status=201)
)
def create_rule(request: ApiRequest) -> HttpResponse:
    """Required: `name`, `states` and at least one of `notifications`.

    In `match` fields are joined by AND, the entries of a list by OR, all labels must match, and a missing or empty
    list is everything. In `paths` a segment `*` is one segment, `**` any number. `message` and `schedule` are null:
    the built-in message, always. `receivers` null is all of the service.
    """
    return answer(rules.create(read(request, RuleInput)), 201)


@router.get("/{int:rule_id}", **operation(_READ, "一个通知规则", answer=RuleAnswer))
def get_rule(request: ApiRequest, rule_id: int) -> HttpResponse:
    return answer(rules.describe(rule_id))


@router.patch("/{int:rule_id}", **operation(_WRITE, "修改通知规则", body=RuleInput, answer=RuleAnswer))
def change_rule(request: ApiRequest, rule_id: int) -> HttpResponse:
    """What is left out stays; `match` and `notifications` are replaced as a whole."""
    return answer(rules.update(rule_id, read(request, RuleInput)))


class MoveInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    to: Place


@router.post("/{int:rule_id}/move", **operation(_WRITE, "调整通知规则的顺序", body=MoveInput, status=204))
def move_rule(request: ApiRequest, rule_id: int) -> HttpResponse:
    """The order decides how lists and explanations are sorted, nothing else: every rule that fits fires."""
    rules.move(rule_id, read(request, MoveInput).to)
    return nothing()


@router.post("/{int:rule_id}/copy", **operation(_WRITE, "复制通知规则", answer=RuleAnswer, status=201))
def copy_rule(request: ApiRequest, rule_id: int) -> HttpResponse:
    """The same under a new name, switched off: nobody is told twice."""
    return answer(rules.copy(rule_id), 201)


@router.delete("/{int:rule_id}", **operation(_WRITE, "删除通知规则", status=204))
def delete_rule(request: ApiRequest, rule_id: int) -> HttpResponse:
    """What it already owes is still sent."""
    rules.delete(rule_id)
    return nothing()
