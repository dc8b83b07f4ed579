"""静默: the dialog behind the button at the top of every page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dingbell.alarms import standing
from dingbell.notify.refusals import Invalid
from dingbell.notify.silences import silences
from dingbell.notify.silences.silences import SilenceInput
from dingbell.storage.times import HOUR, MINUTE, from_iso, from_us, now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.rules.known import suggestions
from dingbell.web.said import Said
from dingbell.web.words import Word

PLANT, AREA, PATH = "plant", "area", "path"
CUSTOM = "custom"
_LENGTHS: dict[str, tuple[Word, int]] = {
    "30m": (gettext_lazy("30 分钟"), 30 * MINUTE),
    "2h": (gettext_lazy("2 小时"), 2 * HOUR),
    "8h": (gettext_lazy("8 小时"), 8 * HOUR),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, as it was typed."""

    scope: str = PLANT
    area: str = ""
    path: str = ""
    length: str = "2h"
    until: str = ""
    later: bool = False
    start: str = ""
    reason: str = ""


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.ACKNOWLEDGE)
def dialog(request: SignedInRequest) -> HttpResponse:
    """The dialog, and what comes of it. `?area=` or `?path=` fills in what is to be silenced."""
    if request.method == "GET":
        return _dialog(request, _prefilled(request.GET), {})
    asked = _typed(request.POST)
    now = now_us()
    try:
        silences.create(_document(asked, now), str(request.user), now)
    except Invalid as error:
        return _dialog(request, asked, {one.field: one.message for one in error.errors})
    said = Said(_("静默已设置。报警照常记录，结束前不发通知。"), "success")
    return changed(said)


def changed(said: Said) -> HttpResponse:
    """Close the dialog, say what was done, and let the banner and the list look again."""
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = json.dumps({"toast": said.toast, "dialog-done": {}, "silences-changed": {}})
    return answer


def _prefilled(given: Mapping[str, str]) -> Asked:
    if area := given.get("area", "")[: silences.LONGEST_PLACE]:
        return Asked(scope=AREA, area=area)
    if path := given.get("path", "")[: silences.LONGEST_PLACE]:
        return Asked(scope=PATH, path=path)
    return Asked()


def _typed(given: Mapping[str, str]) -> Asked:
    return Asked(
        scope=given.get("scope", PLANT),
        area=given.get("area", ""),
        path=given.get("path", ""),
        length=given.get("length", ""),
        until=given.get("until", ""),
        later="later" in given,
        start=given.get("start", ""),
        reason=given.get("reason", ""),
    )


def _document(asked: Asked, now: int) -> SilenceInput:
    zone = ZoneInfo(settings.TIME_ZONE)
    until = asked.until
    if asked.length in _LENGTHS:
        try:
            start_us = max(from_iso(asked.start, zone), now) if asked.later else now
        except ValueError:
            start_us = now  # what is wrong with it is said of the field itself
        until = from_us(start_us + _LENGTHS[asked.length][1]).isoformat()
    return SilenceInput(
        area=asked.area if asked.scope == AREA else "",
        path=asked.path if asked.scope == PATH else "",
        reason=asked.reason,
        start=asked.start if asked.later else None,
        until=until,
    )


def _dialog(request: SignedInRequest, asked: Asked, problems: Mapping[str, str]) -> HttpResponse:
    context = {
        "asked": asked,
        "problems": problems,
        "lengths": [(value, word) for value, (word, _us) in _LENGTHS.items()],
        "areas": standing.lately().areas,
        "paths": suggestions().paths,
        "now": f"{datetime.now(ZoneInfo(settings.TIME_ZONE)):%Y-%m-%dT%H:%M}",
        "days": silences.LONGEST_DAYS,
        "longest": silences.LONGEST_REASON,
    }
    return render(request, "silences/dialog.html", context, status=422 if problems else 200)
