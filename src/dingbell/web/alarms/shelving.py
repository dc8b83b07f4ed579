"""搁置: the dialog for one alarm or all ticked ones, the list of what is shelved, and shelving by path."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.alarms import listing, shelving, standing, store
from dingbell.alarms.listing import Place
from dingbell.notify.groups import groups
from dingbell.notify.refusals import Findings, storable
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.alarms import acts, lengths
from dingbell.web.alarms.acknowledging import done
from dingbell.web.alarms.acts import NotDone, Seen
from dingbell.web.alarms.showing import shown
from dingbell.web.said import Said

_ROWS = 100
_AFTER = re.compile(r"(-?\d{1,18})\.(\d{1,18})")


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.ACKNOWLEDGE)
def dialog(request: SignedInRequest) -> HttpResponse:
    """The dialog for `?seen=12.3&seen=13.1`, and what comes of it."""
    now = now_us()
    wanted = acts.seen(request.GET.getlist("seen") or request.POST.getlist("seen"))
    note, problem = request.POST.get("note", "").strip(), ""
    if request.method == "POST":
        try:
            until_us = _until(request, now)
            whatever_they_are = [Seen(one.alarm_id, None) for one in wanted]
            said = acts.shelve(whatever_they_are, str(request.user), note, now, until_us)
            return _again(request, said) if _is_on_list(request) else done(said, wanted)
        except NotDone as error:
            problem = str(error)
    known = store.fetch_by_id([one.alarm_id for one in wanted])
    context = _form(request, problem) | {
        "alarms": [shown(known[one.alarm_id], now) for one in wanted if one.alarm_id in known],
        "seen": [f"{one.alarm_id}.{one.occurrence}" for one in wanted],
    }
    return render(request, "alarms/shelve.html", context, status=422 if problem else 200)


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    """What is shelved, the one whose time is over next first."""
    place = _AFTER.fullmatch(request.GET.get("after", ""))
    found = listing.shelved(_ROWS + 1, Place(int(place[1]), int(place[2])) if place else None)
    now = now_us()
    last = found[_ROWS - 1] if len(found) > _ROWS else None
    context = {
        "rows": [shown(alarm, now) for alarm in found[:_ROWS]],
        "count": standing.shelved(),
        "following": f"{last.shelved_until_us}.{last.id}" if last else "",
        "is_later": place is not None,
    }
    return render(request, "shelved/list.html", context)


@require_POST
@requires(Permission.ACKNOWLEDGE)
def unshelve(request: SignedInRequest) -> HttpResponse:
    """取消搁置 of the ticked ones, or of one."""
    wanted = [Seen(one.alarm_id, None) for one in acts.seen(request.POST.getlist("seen"))]
    try:
        said = acts.unshelve(wanted, str(request.user), now_us())
    except NotDone as error:
        said = Said(str(error), "danger")
    messages.add_message(request, said.message_level, said.text)
    return redirect("shelved")


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.ACKNOWLEDGE)
def by_path(request: SignedInRequest) -> HttpResponse:
    """搁置路径: first how many alarms it is, and once `sure` repeats the path, shelving them."""
    now, problem, found = now_us(), "", None
    path = request.POST.get("path", "").strip()
    if request.method == "POST":
        try:
            until_us, ids = _until(request, now), _on_path(path)
            found = len(ids)
            if ids and request.POST.get("sure") == path:
                wanted = [Seen(alarm_id, None) for alarm_id in ids]
                note = request.POST.get("note", "").strip()
                said = acts.shelve(wanted, str(request.user), note, now, until_us)
                return _again(request, said)
        except NotDone as error:
            problem = str(error)
    context = _form(request, problem) | {"path": path, "found": found}
    return render(request, "shelved/by_path.html", context, status=422 if problem else 200)


def _is_on_list(request: SignedInRequest) -> bool:
    return urlsplit(request.headers.get("HX-Current-URL", "")).path == reverse("shelved")


def _again(request: SignedInRequest, said: Said) -> HttpResponse:
    """The list anew, with what is said."""
    messages.add_message(request, said.message_level, said.text)
    return HttpResponse(status=204, headers={"HX-Redirect": reverse("shelved")})


def _form(request: SignedInRequest, problem: str) -> dict[str, Any]:
    """What both dialogs have: for how long, why, and what was wrong."""
    minutes = lengths.chosen(request.POST.get("minutes", "")) or lengths.IN_THE_DIALOG[1]
    return {
        "lengths": lengths.offered(lengths.IN_THE_DIALOG),
        "minutes": minutes,
        "until": request.POST.get("until", ""),
        "note": request.POST.get("note", "").strip(),
        "problem": problem,
    }


def _until(request: SignedInRequest, now: int) -> int:
    return lengths.wished(request.POST.get("minutes", ""), request.POST.get("until", ""), now)


def _on_path(path: str) -> list[int]:
    """Raises NotDone."""
    findings = Findings()
    if path and storable(path):
        groups.check_pattern("path", path, findings)
    else:
        findings.add("path", _("请填写路径。"))
    if findings.errors:
        raise NotDone(findings.errors[0].message)
    try:
        return shelving.on_path(path)
    except shelving.TooMany:
        raise NotDone(_("一次最多搁置 %(most)d 条报警") % {"most": shelving.MOST_AT_ONCE}) from None
