"""报警详情: where the link in a message leads; one screen on a phone, and below it what happened."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.alarms import listing
from dingbell.alarms.models import Event
from dingbell.delivery.models import Delivery
from dingbell.notify.rules import explaining
from dingbell.storage.times import MINUTE, now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import narrowing
from dingbell.web.alarms import lengths
from dingbell.web.alarms.showing import shown
from dingbell.web.alarms.story import story

_EVENTS = 15
_REASONS = 100


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest, alarm_id: int) -> HttpResponse:
    return render(request, "alarms/detail.html", _detail(alarm_id, _before(request)))


@never_cache
@require_GET
@requires(Permission.VIEW)
def part(request: SignedInRequest, alarm_id: int) -> HttpResponse:
    """What changes on the page, or 204 when what it has (`?stamp=`) still holds."""
    context = _detail(alarm_id, None)
    if request.GET.get("stamp") == context["stamp"]:
        return HttpResponse(status=204)
    return render(request, "alarms/detail_part.html", context)


@never_cache
@require_GET
@requires(Permission.VIEW)
def reasons(request: SignedInRequest, event_id: int) -> HttpResponse:
    """Why the other rules told nobody of this event."""
    return render(request, "alarms/reasons.html", unfired(get_object_or_404(Event, id=event_id)))


def unfired(event: Event) -> dict[str, Any]:
    """The rules that did not fire and those that fired for nobody, each with its reasons."""
    told = explaining.explain(event)
    reached = set(Delivery.objects.filter(event_id=event.id).values_list("rule_id", flat=True).distinct())
    silent = [one for one in told if one.rule not in reached]
    return {"silent": silent[:_REASONS], "more": len(silent) - _REASONS, "any_rule": bool(told)}


def _detail(alarm_id: int, before: int | None) -> dict[str, Any]:
    alarm = listing.find(alarm_id)
    if alarm is None:
        raise Http404
    now = now_us()
    events = listing.journal(alarm_id, _EVENTS + 1, before)
    told = story(events[:_EVENTS], now)
    stamp = hash((alarm.order_us, alarm.acked, told.fingerprint, now // MINUTE))
    return {
        "one": shown(alarm, now),
        "lengths": lengths.offered(lengths.ON_THE_ALARM),
        "story": told.events,
        "recallable": any(one.in_chat.asks for event in told.events for one in event.deliveries),
        "before": before,
        "following": events[_EVENTS - 1].id if len(events) > _EVENTS else None,
        "stamp": f"{stamp:x}",
    }


def _before(request: SignedInRequest) -> int | None:
    return narrowing.number(request.GET.get("before", ""))
