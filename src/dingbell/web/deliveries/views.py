"""发送记录: every delivery, newest first; the first page keeps itself up to date."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.delivery import records
from dingbell.delivery.models import Delivery
from dingbell.notify.models import Rule, Service
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import words
from dingbell.web.deliveries.asked import ROWS, Asked, asked
from dingbell.web.deliveries.showing import fingerprint, shown

FAILED_DAYS = 7
_CHOICES = 500


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    context = _list(asked(request), have="") | {
        "states": words.DELIVERIES.items(),
        "services": Service.objects.order_by("name").values_list("id", "name")[:_CHOICES],
        "rules": Rule.objects.order_by("name").values_list("id", "name")[:_CHOICES],
        "failed_query": failed_query(),
    }
    return render(request, "deliveries/list.html", context)


@never_cache
@require_GET
@requires(Permission.VIEW)
def part(request: SignedInRequest) -> HttpResponse:
    """The rows, or 204 when those the page has (`?version=`) still stand as they are."""
    wish = asked(request)
    context = _list(wish, have=request.GET.get("version", ""))
    if "rows" not in context:
        return HttpResponse(status=204)
    answer = render(request, "deliveries/part.html", context)
    if request.headers.get("HX-Trigger") == "filters":
        answer["HX-Replace-Url"] = reverse("deliveries") + wish.query()
    return answer


def failed_query() -> str:
    """失败记录: what failed in the last seven days."""
    since = localtime() - timedelta(days=FAILED_DAYS)
    return Asked(state="failed", since=since.strftime("%Y-%m-%dT%H:%M")).query()


def _list(wish: Asked, have: str) -> dict[str, Any]:
    """Without `rows` when they are what `have` is the version of."""
    now = now_us()
    found = records.page(wish.wanted(), ROWS + 1, now, wish.before)
    version = f"{fingerprint(found):x}"
    if version == have:
        return {}
    return {
        "wish": wish,
        "version": version,
        "rows": shown(found[:ROWS], now),
        "following": wish.query(before=found[ROWS - 1].delivery.id) if len(found) > ROWS else "",
        "is_new_here": not found and not Delivery.objects.exists(),
    }
