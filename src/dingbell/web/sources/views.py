"""接入: how alarms are handed in, who does it, and how long each may be silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from dingbell.alarms import sources
from dingbell.notify import source_limits
from dingbell.notify.refusals import Invalid
from dingbell.notify.source_limits import SourceLimitInput
from dingbell.storage.times import from_us, now_us
from dingbell.users.models import ApiToken
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission, Scope
from dingbell.web.spans import around

_SHOWN = 200
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Row:
    """`limit` is in words, "" for none. `silent_since`: people were told that it is silent."""

    name: str
    alarms: int
    standing: int
    heard_at: datetime | None
    limit: str
    silent_since: datetime | None


@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    found = sources.seen()
    rows = [
        Row(
            one.name,
            one.alarms,
            one.standing,
            _moment(one.heard_us or one.last_us),
            around(one.silent_minutes) if one.silent_minutes else "",
            _moment(one.silent_us),
        )
        for one in found[:_SHOWN]
    ]
    address = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    scheme, _separator, host = address.partition("://")
    may_report = {Scope.EVENTS_WRITE.value, Scope.ADMIN.value}
    scopes = ApiToken.objects.filter(revoked_at=None).values_list("scopes", flat=True)
    tokens = sum(not may_report.isdisjoint(one) for one in scopes)
    context = {
        "rows": rows,
        "tokens": tokens,
        "more": max(0, len(found) - _SHOWN),
        "address": address,
        "scheme": scheme,
        "host": host,
    }
    return render(request, "sources/list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def limit(request: SignedInRequest) -> HttpResponse:
    """`?name=`: how long this source may be silent, as a dialog."""
    name = request.GET.get("name", "")
    if request.method == "GET":
        return _dialog(request, name, str(sources.find(name).silent_minutes or ""))
    minutes = request.POST.get("silent_minutes", "").strip()
    given = int(minutes) if minutes.isdecimal() and len(minutes) < _MOST_DIGITS else 0 if not minutes else -1
    try:
        source_limits.change(SourceLimitInput(name=name, silent_minutes=given), now_us())
    except Invalid as error:
        return _dialog(request, name, minutes, error.errors[0].message)
    messages.success(request, _("已保存。"))
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = reverse("sources")
    return answer


def _dialog(request: SignedInRequest, name: str, minutes: str, problem: str = "") -> HttpResponse:
    context = {"name": name, "minutes": minutes, "problem": problem, "most": sources.LONGEST_SILENCE}
    return render(request, "sources/limit.html", context)


def _moment(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)
