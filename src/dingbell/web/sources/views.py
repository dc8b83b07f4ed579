"""接入: how alarms are handed in, and who does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dingbell.alarms import sources
from dingbell.storage.times import from_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    alarms: int
    standing: int
    last_at: datetime | None


@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    found = sources.seen()
    rows = [
        Row(one.name, one.alarms, one.standing, None if one.last_us is None else from_us(one.last_us))
        for one in found[:_SHOWN]
    ]
    address = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    scheme, _separator, host = address.partition("://")
    context = {"rows": rows, "more": max(0, len(found) - _SHOWN), "address": address, "scheme": scheme, "host": host}
    return render(request, "sources/list.html", context)
