"""确认: the dialog for one alarm or all ticked ones, and the buttons on the alarm's own page."""

from __future__ import annotations

import json
from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from dingbell.alarms import store
from dingbell.alarms.alarm import AckMode
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.alarms import acts, lengths
from dingbell.web.alarms.acts import NotDone, Seen
from dingbell.web.alarms.showing import shown
from dingbell.web.said import Said


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.ACKNOWLEDGE)
def dialog(request: SignedInRequest) -> HttpResponse:
    """The dialog for `?seen=12.3&seen=13.1`, and what comes of it. Ticked alarms that need nothing are left out."""
    now = now_us()
    wanted = acts.seen(request.GET.getlist("seen") or request.POST.getlist("seen"))
    note = request.POST.get("note", "").strip()
    problem = ""
    if request.method == "POST":
        try:
            return done(acts.acknowledge(wanted, str(request.user), note, now), wanted)
        except NotDone as error:
            problem = str(error)
    known = store.fetch_by_id([one.alarm_id for one in wanted])
    open_ones = [one for one in wanted if one.alarm_id in known and not known[one.alarm_id].acked]
    listed = open_ones or [one for one in wanted if one.alarm_id in known]
    context = {
        "alarms": [shown(known[one.alarm_id], now) for one in listed],
        "seen": [f"{one.alarm_id}.{one.occurrence}" for one in listed],
        "needs_note": any(known[one.alarm_id].ack_mode is AckMode.MANUAL_NOTE for one in open_ones),
        "note": note,
        "problem": problem,
    }
    return render(request, "alarms/acknowledge.html", context, status=422 if problem else 200)


@never_cache
@require_POST
@requires(Permission.ACKNOWLEDGE)
def from_page(request: SignedInRequest, alarm_id: int) -> HttpResponse:
    """确认, 搁置 or 取消搁置 on the alarm's own page: works without any script, on whatever phone opened the link."""
    wanted = [one for one in acts.seen(request.POST.getlist("seen")) if one.alarm_id == alarm_id]
    if not wanted:
        raise Http404
    actor, note, now = str(request.user), request.POST.get("note", "").strip(), now_us()
    of_whatever_is = [Seen(alarm_id, None)]  # what comes and goes all the time is the very thing to shelve
    try:
        if minutes := lengths.chosen(request.POST.get("shelve", "")):
            said = acts.shelve(of_whatever_is, actor, note, now, lengths.until(minutes, now))
        elif "unshelve" in request.POST:
            said = acts.unshelve(of_whatever_is, actor, now)
        else:
            said = acts.acknowledge(wanted, actor, note, now)
    except NotDone as error:
        said = Said(str(error), "danger")
    messages.add_message(request, said.message_level, said.text)
    return redirect("alarm", alarm_id=alarm_id)


def done(said: Said, wanted: Sequence[Seen] = ()) -> HttpResponse:
    """Close the dialog, say so, untick what was `wanted` and draw the list again."""
    ticked = {"values": [f"{one.alarm_id}.{one.occurrence}" for one in wanted]}
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = json.dumps(
        {"toast": said.toast, "dialog-done": {}, "ticks-done": ticked, "alarms-changed": {}}
    )
    return answer
