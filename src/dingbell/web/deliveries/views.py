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
from dingbell.web import words
from dingbell.web.deliveries.asked import RANGES, ROWS, Asked, asked
from dingbell.web.deliveries.failed import QUERY, failed_lately
from dingbell.web.deliveries.showing import fingerprint, shown

_CHOICES = 500


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    context = _list(asked(request), have="") | {
        "states": words.DELIVERIES.items(),
        "services": Service.objects.order_by("name").values_list("id", "name")[:_CHOICES],
        "rules": Rule.objects.order_by("name").values_list("id", "name")[:_CHOICES],
        "ranges": RANGES.items(),
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
    answer = render(request, "deliveries/part.html", context | {"failed": failed_lately(), "alone": True})
    if request.headers.get("HX-Trigger") == "filters":
        answer["HX-Replace-Url"] = reverse("deliveries") + wish.query()
    return answer


def _list(wish: Asked, have: str) -> dict[str, Any]:
    """Without `rows` when they are what `have` stands for."""
    now = now_us()
    found = records.page(wish.wanted(now), ROWS + 1, now, wish.before)
    stamp = f"{fingerprint(found):x}"
    if stamp == have:
        return {}
    return {
        "wish": wish,
        "stamp": stamp,
        "rows": shown(found[:ROWS], now),
        "following": wish.query(before=found[ROWS - 1].delivery.id) if len(found) > ROWS else "",
        "is_new_here": not found and not Delivery.objects.exists(),
    }
