"""The page behind a personal link (/a/…): one alarm for one person, who need not sign in. Looking does nothing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dingbell.alarms import listing
from dingbell.alarms.alarm import Alarm
from dingbell.notify.messages import personal_links
from dingbell.notify.messages.personal_links import Forged, PersonalLink
from dingbell.notify.models import Account, Presence
from dingbell.storage.times import now_us
from dingbell.web.alarms import acts, lengths
from dingbell.web.alarms.acts import NotDone, Seen
from dingbell.web.alarms.showing import shown
from dingbell.web.said import Said


@never_cache
@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, text: str) -> HttpResponse:
    """The alarm with its buttons; or, with the sign-in page as the way on, why the link is good for nothing now."""
    try:
        link = personal_links.read(text)
    except Forged:
        return render(request, "personal/over.html", {"why": _("这个链接不完整，或不是这里发出的。")}, status=404)
    now = now_us()
    alarm = listing.find(link.alarm_id)
    person = Account.objects.filter(id=link.account_id).exclude(presence=Presence.GONE).first()
    if alarm is None or person is None or now >= link.until_us:
        why = _("这个链接已经过期。") if now >= link.until_us else _("这个链接不再有效。")
        return render(request, "personal/over.html", {"why": why, "alarm_id": link.alarm_id}, status=410)
    if request.method == "POST":
        said = _act(request, link, person, now)
        messages.add_message(request, said.message_level, said.text)
        return redirect(request.path)
    return render(request, "personal/alarm.html", _context(alarm, link, person, now))


def _act(request: HttpRequest, link: PersonalLink, person: Account, now: int) -> Said:
    actor = _("%(name)s（钉钉链接）") % {"name": person.name}
    wanted = [Seen(link.alarm_id, link.occurrence)]
    note = request.POST.get("note", "").strip()
    try:
        if minutes := lengths.chosen(request.POST.get("shelve", "")):
            return acts.shelve(wanted, actor, note, now, lengths.until(minutes, now))
        if "acknowledge" in request.POST:
            return acts.acknowledge(wanted, actor, note, now)
    except NotDone as error:
        return Said(str(error), "danger")
    raise BadRequest


def _context(alarm: Alarm, link: PersonalLink, person: Account, now: int) -> dict[str, Any]:
    return {
        "one": shown(alarm, now),
        "who": person.name,
        "came_again": alarm.occurrences != link.occurrence,
        "lengths": lengths.offered(lengths.ON_THE_ALARM),
    }
