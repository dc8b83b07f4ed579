"""备注: a remark in an alarm's journal, from the list or the alarm's own page."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dingbell.alarms import listing
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.alarms import acts
from dingbell.web.alarms.acknowledging import done
from dingbell.web.alarms.acts import NotDone
from dingbell.web.alarms.showing import shown
from dingbell.web.said import Said


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.ACKNOWLEDGE)
def comment(request: SignedInRequest, alarm_id: int) -> HttpResponse:
    """The dialog, and what comes of it; a form of the alarm's page leads back there."""
    alarm = listing.find(alarm_id)
    if alarm is None:
        raise Http404
    text, problem = request.POST.get("text", "").strip(), ""
    in_dialog = request.headers.get("HX-Request") == "true"
    if request.method == "POST":
        try:
            said = acts.comment(alarm_id, str(request.user), text, now_us())
        except NotDone as error:
            problem, said = str(error), Said(str(error), "danger")
        if not in_dialog:
            messages.add_message(request, said.message_level, said.text)
            return redirect("alarm", alarm_id=alarm_id)
        if not problem:
            return done(said)
    context = {"one": shown(alarm, now_us()), "text": text, "problem": problem}
    return render(request, "alarms/comment.html", context, status=422 if problem else 200)
