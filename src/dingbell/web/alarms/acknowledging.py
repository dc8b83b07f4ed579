"""确认: one alarm or all ticked ones, each as the person saw it on the screen."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dingbell.alarms import listing, store
from dingbell.alarms.alarm import AckMode
from dingbell.alarms.lifecycle import AlreadyAcknowledged, NoteRequired, RaisedAgain
from dingbell.alarms.lifecycle import acknowledge as acknowledged
from dingbell.notify.refusals import storable
from dingbell.pipeline import engine
from dingbell.pipeline.engine import NotRunning
from dingbell.pipeline.intake import Command, UnknownAlarm
from dingbell.storage.times import now_us
from dingbell.storage.writer import StorageUnavailable
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.alarms.showing import shown
from dingbell.web.said import Said

LONGEST_NOTE = 2_000
_MOST_AT_ONCE = 200
_SEEN = re.compile(r"(\d{1,18})\.(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Seen:
    """An alarm and its occurrence that was on the screen."""

    alarm_id: int
    occurrence: int


class NotWritten(Exception):
    """Nothing was acknowledged: `str()` says why, to the person."""


def seen(texts: Iterable[str]) -> list[Seen]:
    """`12.3` is the third occurrence of alarm 12; anything else is left out."""
    found = (_SEEN.fullmatch(text) for text in texts)
    return [Seen(int(one[1]), int(one[2])) for one in found if one][:_MOST_AT_ONCE]


def acknowledge(wanted: Sequence[Seen], actor: str, note: str) -> Said:
    """Acknowledge all that can be and say what became of each. Raises NotWritten."""
    if len(note) > LONGEST_NOTE or not storable(note):
        raise NotWritten(_("备注最多 %(most)d 个字，不能有特殊字符。") % {"most": LONGEST_NOTE})
    outcomes: Counter[type[Exception] | None] = Counter()
    faster = ""
    for one in wanted:
        try:
            engine.running().intake.command(
                Command(
                    one.alarm_id,
                    partial(acknowledged, actor=actor, note=note, at_us=now_us(), occurrence=one.occurrence),
                )
            )
        except (StorageUnavailable, NotRunning):
            if outcomes[None]:
                break  # what is done is done; the rest is told below
            raise NotWritten(_("没有确认：数据暂时写不进去，请稍后再试。如果一直这样，请联系管理员。")) from None
        except NoteRequired:
            raise NotWritten(_("这个报警需要填写确认备注。")) from None
        except (AlreadyAcknowledged, RaisedAgain, UnknownAlarm) as error:
            outcomes[type(error)] += 1
            faster = faster or _who_was_faster(one.alarm_id)
        else:
            outcomes[None] += 1
    return _in_words(outcomes, len(wanted), faster)


def _who_was_faster(alarm_id: int) -> str:
    alarm = listing.find(alarm_id)
    return alarm.acked_by if alarm is not None and alarm.acked else ""


def _in_words(outcomes: Counter[type[Exception] | None], wanted: int, faster: str) -> Said:
    done, already = outcomes[None], outcomes[AlreadyAcknowledged]
    again, unknown = outcomes[RaisedAgain], outcomes[UnknownAlarm]
    left = wanted - done - already - again - unknown
    parts = []
    if done:
        parts.append(ngettext("已确认 %(n)d 条报警。", "已确认 %(n)d 条报警。", done) % {"n": done})
    if already and faster:
        parts.append(_("%(who)s 已经先确认了。") % {"who": faster})
    elif already:
        parts.append(_("报警已经确认过，或不再需要确认。"))
    if again:
        parts.append(_("报警在您查看之后又发生了一次，请看过最新情况再确认。"))
    if unknown:
        parts.append(_("报警已经不存在。"))
    if left:
        parts.append(_("其余 %(n)d 条没有确认：数据暂时写不进去，请稍后再试。") % {"n": left})
    return Said(" ".join(parts), "success" if done == wanted else "info" if already == wanted else "warning")


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.ACKNOWLEDGE)
def dialog(request: SignedInRequest) -> HttpResponse:
    """The dialog for `?seen=12.3&seen=13.1`, and what comes of it."""
    wanted = seen(request.GET.getlist("seen") or request.POST.getlist("seen"))
    note = request.POST.get("note", "").strip()
    problem = ""
    if request.method == "POST":
        try:
            said = acknowledge(wanted, str(request.user), note)
        except NotWritten as error:
            problem = str(error)
        else:
            answer = HttpResponse(status=204)
            answer["HX-Trigger"] = json.dumps({"toast": said.toast, "dialog-done": {}, "alarms-changed": {}})
            return answer
    known = store.fetch_by_id([one.alarm_id for one in wanted])
    now = now_us()
    context = {
        "alarms": [shown(known[one.alarm_id], now) for one in wanted if one.alarm_id in known],
        "seen": [f"{one.alarm_id}.{one.occurrence}" for one in wanted],
        "needs_note": any(alarm.ack_mode is AckMode.MANUAL_NOTE and not alarm.acked for alarm in known.values()),
        "note": note,
        "problem": problem,
    }
    return render(request, "alarms/acknowledge.html", context, status=422 if problem else 200)


@never_cache
@require_http_methods(["POST"])
@requires(Permission.ACKNOWLEDGE)
def from_page(request: SignedInRequest, alarm_id: int) -> HttpResponse:
    """确认 on the alarm's own page: works without any script, on whatever phone opened the link."""
    wanted = [one for one in seen(request.POST.getlist("seen")) if one.alarm_id == alarm_id]
    if not wanted:
        raise Http404
    try:
        said = acknowledge(wanted, str(request.user), request.POST.get("note", "").strip())
    except NotWritten as error:
        said = Said(str(error), "danger")
    messages.add_message(request, said.message_level, said.text)
    return redirect("alarm", alarm_id=alarm_id)
