"""静默: the current, coming and past ones, and ending one before its time."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dingbell.notify.refusals import InUse, Missing
from dingbell.notify.silences import silences
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import narrowing
from dingbell.web.said import Said
from dingbell.web.silences.beginning import changed
from dingbell.web.silences.showing import fingerprint, shown

ROWS = 30
_MOST_STANDING = 100


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    return render(request, "silences/list.html", _list(_before(request), have=""))


@never_cache
@require_GET
@requires(Permission.VIEW)
def part(request: SignedInRequest) -> HttpResponse:
    """The lists, or 204 when those the page has (`?stamp=`) still stand as they are."""
    context = _list(_before(request), have=request.GET.get("stamp", ""))
    if not context:
        return HttpResponse(status=204)
    return render(request, "silences/part.html", context)


@require_POST
@requires(Permission.ACKNOWLEDGE)
def end(request: SignedInRequest, silence_id: int) -> HttpResponse:
    try:
        silences.end(silence_id, str(request.user), now_us())
    except Missing:
        raise Http404 from None
    except InUse as error:
        return changed(Said(error.errors[0].message, "info"))
    return changed(Said(_("静默已结束。仍然有效的通知马上补发。"), "success"))


def _list(before: int | None, have: str) -> dict[str, Any]:
    now = now_us()
    current = shown(silences.current(now)[:_MOST_STANDING]) if before is None else []
    coming = shown(silences.coming(now)[:_MOST_STANDING]) if before is None else []
    past = silences.everything().exclude(silences.standing(now))
    if before is not None:
        past = past.filter(id__lt=before)
    found = shown(past[: ROWS + 1])
    stamp = fingerprint([*current, *coming, *found])
    if stamp == have:
        return {}
    return {
        "current": current,
        "coming": coming,
        "past": found[:ROWS],
        "before": before,
        "following": found[ROWS - 1].id if len(found) > ROWS else None,
        "stamp": stamp,
    }


def _before(request: SignedInRequest) -> int | None:
    return narrowing.number(request.GET.get("before", ""))
