"""The banner on every page while a silence lasts: nobody should wonder why the chat is quiet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.notify.silences import silences
from dingbell.storage.times import now_us
from dingbell.users.models import User
from dingbell.users.roles import Permission
from dingbell.web.silences.showing import fingerprint, shown

_SHOWN = 2


def banner() -> dict[str, Any]:
    """What the banner shows now: one read where nothing is silenced."""
    found = list(silences.current(now_us())[: _SHOWN + 20])
    some = shown(found[:_SHOWN])
    return {"silences": some, "more": len(found) - len(some), "stamp": f"{fingerprint(some)}.{len(found)}"}


@never_cache
@require_GET
def part(request: HttpRequest) -> HttpResponse:
    """The banner, or 204 when the one the page has (`?stamp=`) still holds.

    Somebody whose session has ended gets 204, too: a page that is being filled in must not be led away by it.
    """
    if not isinstance(request.user, User) or not request.user.may(Permission.VIEW):
        return HttpResponse(status=204)
    content = banner()
    if request.GET.get("stamp") == content["stamp"]:
        return HttpResponse(status=204)
    return render(request, "silences/banner.html", {"silence_banner": content})
