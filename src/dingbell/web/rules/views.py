"""通知规则: the list, the form with its live sentence, switching and deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec
from django.core.exceptions import BadRequest
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from msgspec import UnsetType

from dingbell.alarms.alarm import State
from dingbell.notify import routing
from dingbell.notify.models import (
    Account,
    AlarmGroup,
    Message,
    Robot,
    Rule,
    Schedule,
    ScheduleKind,
    Service,
    ServiceType,
)
from dingbell.notify.refusals import Findings, Missing
from dingbell.notify.rules import criteria, rules
from dingbell.notify.rules.documents import BlockAnswer, MatchDocument, RuleAnswer, RuleInput, TimingDocument
from dingbell.notify.rules.rules import Place
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import switches
from dingbell.web.document_forms import keep, received
from dingbell.web.listing import ENABLED, Column, Table, listing
from dingbell.web.rules.choosing import choose
from dingbell.web.rules.known import selected, suggestions
from dingbell.web.rules.sentence import sentence
from dingbell.web.rules.timing_words import said
from dingbell.web.switches import Ticked
from dingbell.web.words import PRIORITIES, STATES

_TABLE = Table(
    kind="rule",
    title=_("通知规则"),
    columns=(
        Column(_("名称"), "name"),
        Column(_("报警条件")),
        Column(_("通知")),
        Column(_("状态"), "enabled"),
    ),
    search_in=("name", "description"),
    filters=(ENABLED,),
    loss=_("已经产生的发送记录会保留。"),
    usual=("position", "id"),
)
_PLACES = {"up": _("上移"), "down": _("下移"), "first": _("移到最前"), "last": _("移到最后")}
_NEW = RuleAnswer(
    id=0,
    name="",
    description="",
    enabled=True,
    states=[State.ACTIVE_UNACKED.value, State.CLEARED_UNACKED.value, State.CLEARED_ACKED.value],
    shelved=False,
    match=MatchDocument(),
    notifications=[],
    created_at="",
)


@dataclass(frozen=True, slots=True)
class Told:
    """One block in a row of the list: through which service and how many receivers."""

    service: str
    receivers: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list."""

    id: int
    name: str
    description: str
    enabled: bool
    selects: str
    told: list[Told]


@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    found = listing(request, _TABLE, rules.everything(), _lines)
    context = {"listing": found, "any_service": Service.objects.exists(), "places": _PLACES.items()}
    return render(request, "rules/list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def new(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return keep(request, RuleInput, rules.create, reverse("rules"))
    return _form(request, _NEW)


@never_cache
@require_GET
@requires(Permission.VIEW)
def show(request: SignedInRequest, rule_id: int) -> HttpResponse:
    try:
        return _form(request, rules.describe(rule_id))
    except Missing:
        raise Http404 from None


@require_POST
@requires(Permission.CONFIGURE)
def change(request: SignedInRequest, rule_id: int) -> HttpResponse:
    return keep(request, RuleInput, partial(rules.update, rule_id), reverse("rules"), of=("rule", rule_id))


@require_POST
@requires(Permission.CONFIGURE)
def enable(request: SignedInRequest, rule_id: int) -> HttpResponse:
    return switches.switch(
        request, lambda on: rules.update(rule_id, RuleInput(enabled=on)), partial(rules.describe, rule_id)
    )


@require_POST
@requires(Permission.CONFIGURE)
def delete(request: SignedInRequest, rule_id: int) -> HttpResponse:
    rule = get_object_or_404(Rule, id=rule_id)
    return switches.delete(request, rule.name, partial(rules.delete, rule_id), reverse("rules"))


@require_POST
@requires(Permission.CONFIGURE)
def copy(request: SignedInRequest, rule_id: int) -> HttpResponse:
    return switches.copy(request, partial(rules.copy, rule_id), "rule")


@require_POST
@requires(Permission.CONFIGURE)
def move(request: SignedInRequest, rule_id: int) -> HttpResponse:
    """Up or down, first or last; then the list again."""
    try:
        rules.move(rule_id, Place(request.POST.get("to", "")))
    except ValueError:
        raise BadRequest from None
    except Missing:
        raise Http404 from None
    return redirect("rules")


@require_POST
@requires(Permission.CONFIGURE)
def ticked(request: SignedInRequest) -> HttpResponse:
    can = Ticked(rules.delete, lambda rule_id, on: rules.update(rule_id, RuleInput(enabled=on)))
    return switches.ticked(request, Rule.objects.all(), can, reverse("rules"))


@require_POST
@requires(Permission.VIEW)
def selects(request: SignedInRequest) -> HttpResponse:
    """What the form, filled in so far, selects; what is wrong in it is left out here and said when it is sent."""
    document = received(request.POST.get("document", ""), RuleInput)
    given = [] if isinstance(document.states, UnsetType) else document.states
    states = [state for state in State if state.value in given]
    asked = document.match if isinstance(document.match, MatchDocument) else MatchDocument()
    groups = routing.alarm_groups()
    match = criteria.check(asked, groups, Findings())
    text = sentence(states, document.shelved is True, match, groups)
    return render(request, "rules/selects.html", {"text": text, "selected": selected(match, groups)})


@require_POST
@requires(Permission.VIEW)
def timing(request: SignedInRequest) -> HttpResponse:
    """In one line what a block's timing, filled in so far, means."""
    return HttpResponse(escape(said(received(request.POST.get("document", ""), TimingDocument))))


@require_GET
@requires(Permission.VIEW)
def receivers(request: SignedInRequest, service_id: int) -> JsonResponse:
    """Whom a block may name: those `?chosen=robot 1,account 7`, and the first of all whom `?q=` finds."""
    service = get_object_or_404(Service, id=service_id)
    return JsonResponse(msgspec.to_builtins(choose(service, request.GET.get("q", ""), request.GET.get("chosen", ""))))


def _form(request: HttpRequest, rule: RuleAnswer) -> HttpResponse:
    used = {block.service for block in rule.notifications}
    used |= {step.service or 0 for block in rule.notifications for step in block.fallback}
    services = list(Service.objects.filter(Q(enabled=True) | Q(id__in=used)).order_by("name"))
    others = [service for service in services if service.type == ServiceType.APPRISE]
    context = {
        "rule": rule,
        "blocks": rule.notifications or [BlockAnswer(id=0, service=0, message=None, schedule=None, receivers=None)],
        "states": [(state.value, name, state.value in rule.states) for state, name in STATES.items()],
        "priorities": [
            (priority.word, name, priority.word in rule.match.priorities) for priority, name in PRIORITIES.items()
        ],
        "suggestions": suggestions(),
        "groups": AlarmGroup.objects.order_by("name").values_list("id", "name"),
        "contents": Message.objects.order_by("name"),
        "schedules": Schedule.objects.filter(kind=ScheduleKind.STANDARD).order_by("name"),
        "services": [service for service in services if service.type != ServiceType.APPRISE],
        "other_services": others,
        "other_ids": {service.id for service in others},
    }
    return render(request, "rules/form.html", context)


def _lines(rows: Sequence[Rule]) -> list[Line]:
    groups = routing.alarm_groups()
    services = _services({block.service_id for rule in rows for block in rule.blocks.all()})
    lines = []
    for rule in rows:
        match = criteria.stored(rule.match)
        text = sentence([State(state) for state in rule.states], rule.shelved, match, groups, most=3)
        told = []
        for block in rule.blocks.all():
            name, everyone, enabled = services[block.service_id]
            told.append(Told(name, everyone if block.receivers is None else len(block.receivers), enabled))
        lines.append(Line(rule.id, rule.name, rule.description, rule.enabled, text, told))
    return lines


def _services(ids: set[int]) -> dict[int, tuple[str, int, bool]]:
    """Name, number of everyone its 发送至 boxes reach, and whether it is enabled."""
    robots = _count(Robot, ids)
    accounts = _count(Account, ids)
    return {
        one.id: (
            one.name,
            robots.get(one.id, 0) * one.send_to_robots + accounts.get(one.id, 0) * one.send_to_accounts,
            one.enabled,
        )
        for one in Service.objects.filter(id__in=ids)
    }


def _count(kind: type[Robot] | type[Account], service_ids: set[int]) -> dict[int, int]:
    rows = kind._default_manager.filter(service_id__in=service_ids).order_by()
    return dict(rows.values_list("service_id").annotate(Count("id")))
