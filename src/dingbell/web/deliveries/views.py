"""发送记录: every delivery, newest first; the first page keeps itself up to date."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.delivery import records
from dingbell.delivery.models import Delivery
from dingbell.notify.models import Rule, Service
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import narrowing
from dingbell.web.deliveries.asked import ROWS, STATES, Asked, asked
from dingbell.web.deliveries.failed import QUERY, unhandled_failures
from dingbell.web.deliveries.showing import fingerprint, hint, shown

_CHOICES = 500


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    context = _list(asked(request), have="") | {
        "states": STATES.items(),
        "reasons": [(reason, hint(reason)) for reason in records.reasons()],
        "services": Service.objects.order_by("name").values_list("id", "name")[:_CHOICES],
        "rules": Rule.objects.order_by("name").values_list("id", "name")[:_CHOICES],
        "ranges": narrowing.RANGES.items(),
        "failed_query": QUERY,
    }
    return render(request, "deliveries/list.html", context)


@never_cache
@require_GET
@requires(Permission.VIEW)
def part(request: SignedInRequest) -> HttpResponse:
    """The rows, or 204 when those the page has (`?stamp=`) still stand as they are."""
    wish = asked(request)
    context = _list(wish, have=request.GET.get("stamp", ""))
    if "rows" not in context:
        return HttpResponse(status=204)
    answer = render(request, "deliveries/part.html", context | {"failed": unhandled_failures(), "alone": True})
    if request.headers.get("HX-Trigger") == "filters":
        answer["HX-Replace-Url"] = reverse("deliveries") + wish.query()
    return answer


def _list(wish: Asked, have: str) -> dict[str, Any]:
    """Without `rows` when they are what `have` stands for."""
    now = now_us()
    found = records.page(wish.wanted(now), ROWS, now, wish.before)
    stamp = f"{fingerprint(found.records):x}"
    if stamp == have:
        return {}
    return {
        "wish": wish,
        "stamp": stamp,
        "rows": shown(found.records, now),
        "following": "" if found.beyond is None else wish.query(before=found.beyond),
        "cut": found.cut,
        "is_new_here": not found.records and not Delivery.objects.exists(),
    }
