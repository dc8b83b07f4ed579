"""测试 and 诊断 of a notification service, in a dialog that fills while the answers come."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dingbell.delivery import health
from dingbell.delivery.models import DeliveryState
from dingbell.notify.models import Account, Service, ServiceType
from dingbell.notify.refusals import Invalid, Missing
from dingbell.notify.services import account_changes, diagnosing
from dingbell.notify.services.diagnosing import SectionAnswer
from dingbell.pipeline import trial
from dingbell.pipeline.engine import NotRunning
from dingbell.pipeline.trial import Trial
from dingbell.storage.writer import StorageUnavailable
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import words
from dingbell.web.services.showing import CHECKS, ShownHealth, shown_health

_ACCOUNTS = 500
_SEARCHED_FROM = 10
_ENDS = {"sent": "circle-check", "failed": "circle-x", "suppressed": "circle-x", "expired": "circle-x"}
_MARKS = _ENDS | {"pending": "hourglass"}


@never_cache
@require_GET
@requires(Permission.CONFIGURE)
def ask(request: SignedInRequest, service_id: int) -> HttpResponse:
    """Whom to send a test to; `?receiver=robot:1` or `account:1` is chosen already."""
    context = asked(service_id, request.GET.get("receiver", ""), request.GET.get("q", "")[:100].strip())
    return render(request, "services/test.html", context)


@require_POST
@requires(Permission.CONFIGURE)
def begin(request: SignedInRequest, service_id: int) -> HttpResponse:
    """Send it, and show how it fares."""
    chosen = request.POST.get("receiver", "")
    kind, _colon, number = chosen.partition(":")
    try:
        receiver = {kind: int(number)} if number.isascii() and number.isdecimal() and len(number) < 19 else {}
        delivery_id = trial.begin(service_id, receiver, str(request.user))
    except Invalid as error:
        problem = error.errors[0].message
    except (StorageUnavailable, NotRunning):
        problem = _("没有发出：数据暂时写不进去，请稍后再试。")
    else:
        return _drawn(request, "services/trial.html", shown(service_id, chosen, delivery_id))
    context = asked(service_id, chosen) | {"problem": problem}
    return render(request, "services/test.html", context, status=422)


@never_cache
@require_GET
@requires(Permission.CONFIGURE)
def look(request: SignedInRequest, service_id: int, delivery_id: int) -> HttpResponse:
    """How it fares, or 204 when what the dialog has (`?stamp=`) still holds."""
    context = shown(service_id, "", delivery_id)
    if request.GET.get("stamp") == context["stamp"]:
        return HttpResponse(status=204)
    return _drawn(request, "services/trial_part.html", context)


@require_POST
@requires(Permission.CONFIGURE)
def retry(request: SignedInRequest, service_id: int) -> HttpResponse:
    """Somebody has mended it: what waits is tried at once. Answers with a toast."""
    _find(service_id)
    try:
        tried = trial.retry(service_id)
    except (StorageUnavailable, NotRunning):
        toast = {"text": _("没有做成：数据暂时写不进去，请稍后再试。"), "level": "danger"}
    else:
        text = _("等待中的消息马上试发；没有等待的，下一条消息试发。") if tried else _("它已经恢复正常。")
        toast = {"text": text, "level": "success"}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({"toast": toast})})


@never_cache
@require_GET
@requires(Permission.CONFIGURE)
def diagnose(request: SignedInRequest, service_id: int) -> HttpResponse:
    """The dialog with what needs no network; the rest of it asks for itself. Addresses have only their test."""
    service = _find(service_id)
    if service.type == ServiceType.APPRISE:
        raise Http404
    ways = [(place, address.partition("://")[2]) for place, address in enumerate(diagnosing.ways(service))]
    context = {"service": service, "ways": ways, "robots": [_section(one) for one in diagnosing.robots(service)]}
    return render(request, "services/diagnosis.html", context)


@require_POST
@requires(Permission.CONFIGURE)
def diagnose_way(request: SignedInRequest, service_id: int, place: int) -> HttpResponse:
    ways = diagnosing.ways(_find(service_id))
    if place >= len(ways):
        raise Http404
    return render(request, "services/diagnosis_section.html", _section(diagnosing.way(ways[place])))


@require_POST
@requires(Permission.CONFIGURE)
def diagnose_app(request: SignedInRequest, service_id: int) -> HttpResponse:
    return render(request, "services/diagnosis_section.html", _section(diagnosing.app(_find(service_id))))


def asked(service_id: int, chosen: str, search: str = "") -> dict[str, Any]:
    """`chosen` reads robot:1, account:7 or ""; with several people nobody is chosen but by name."""
    service = _find(service_id)
    robots = [(f"robot:{one.id}", one.alias) for one in service.robots.all()] if service.send_to_robots else []
    accounts: list[tuple[str, str]] = []
    everyone = service.accounts.count() if service.send_to_accounts else 0
    if everyone:
        people = account_changes.found(service_id, search)
        named = list(people[:_ACCOUNTS])
        wanted = chosen.removeprefix("account:")
        if chosen != wanted and wanted.isdecimal() and chosen not in {f"account:{one.id}" for one in named}:
            named += list(service.accounts.filter(id=int(wanted[:18])))
        accounts = [(f"account:{one.id}", f"{one.name} · {one.user_id}") for one in named]
    return {
        "search": search,
        "searchable": everyone > _SEARCHED_FROM,
        "to_choose": everyone > 1 and not chosen,
        "service": service,
        "robots": robots,
        "accounts": accounts,
        "chosen": chosen,
        "health": _health(service.id, chosen),
    }


def _health(service_id: int, chosen: str) -> ShownHealth | None:
    """How the chosen account has fared; that of a robot stands in its row."""
    kind, _colon, number = chosen.partition(":")
    if kind != "account" or not number.isdecimal() or len(number) > 18:
        return None
    account = Account.objects.filter(id=int(number), service_id=service_id).first()
    return shown_health(health.of_account(account.id), service_id) if account else None


def shown(service_id: int, chosen: str, delivery_id: int) -> dict[str, Any]:
    found = trial.look(service_id, delivery_id)
    if found is None:
        raise Http404
    return {
        "service_id": service_id,
        "chosen": chosen,
        "trial": found,
        "to_address": found.to_address,
        "state_word": words.DELIVERIES[DeliveryState(found.delivery.state)],
        "mark": _MARKS.get(found.delivery.state, "send"),
        "stamp": _stamp(found),
    }


def _drawn(request: SignedInRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Once it is settled the page behind the dialog draws its health again."""
    response = render(request, template, context)
    if context["trial"].done:
        response["HX-Trigger"] = json.dumps({"service-tried": {}})
    return response


def _stamp(found: Trial) -> str:
    return f"{found.delivery.state}.{found.reason}.{found.attempts}.{found.code}.{found.until}"


def _section(section: SectionAnswer) -> dict[str, Any]:
    return {"section": section, "checks": [(CHECKS[check.step], check) for check in section.checks]}


def _find(service_id: int) -> Service:
    try:
        return diagnosing.find(service_id)
    except Missing:
        raise Http404 from None
