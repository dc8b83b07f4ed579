"""The banner on every page while less is sent than usual because a quota runs short."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.delivery import quota
from dingbell.storage.times import now_us
from dingbell.users.models import User
from dingbell.users.roles import Permission
from dingbell.web.quota.showing import standing


def banner() -> dict[str, Any]:
    """What the banner shows now; read from the database at most every two seconds."""
    found = [standing(account) for account in quota.restricted(now_us())]
    return {"pools": found, "stamp": f"{hash(tuple((one.name, one.mode, one.used) for one in found)):x}"}


@never_cache
@require_GET
def part(request: HttpRequest) -> HttpResponse:
    """The banner, or 204 when the one the page has (`?stamp=`) still holds or the session has ended."""
    if not isinstance(request.user, User) or not request.user.may(Permission.VIEW):
        return HttpResponse(status=204)
    content = banner()
    if request.GET.get("stamp") == content["stamp"]:
        return HttpResponse(status=204)
    return render(request, "quota/banner.html", {"quota_banner": content})
