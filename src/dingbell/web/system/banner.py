"""The banner on every page while the system itself is in trouble: nobody should trust a quiet chat then."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.alarms import sources
from dingbell.channels.dingtalk import errors
from dingbell.delivery import silence
from dingbell.delivery.models import Lane
from dingbell.storage.times import from_us, now_us
from dingbell.users.models import User
from dingbell.users.roles import Permission
from dingbell.web.services.mended import mended

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Line:
    """Up to three names, how many more there are, and since when the first of them."""

    names: str
    more: int
    since: datetime
    why: str = ""


def banner() -> dict[str, Any]:
    """What the banner shows now: three short reads where all is well."""
    silent = silence.known()
    troubles = {
        key: (reason, since or 0)
        for key, reason, since in Lane.objects.exclude(trouble="").values_list("key", "trouble", "trouble_us")
        if key not in silent
    }
    called = silence.called({*silent, *troubles}) if silent or troubles else {}
    lanes = _line((called[key], since) for key, since in silent.items())
    # A robot that was deleted in trouble is nobody's any more.
    known = {key: one for key, one in troubles.items() if called[key]}
    reason = next(iter(known.values()))[0] if len(known) == 1 else ""
    changed = bool(known) and mended(known, now_us()) == set(known)
    why = _("已修改，点“测试”验证。") if changed else _hint(reason)
    refused = _line(((called[key], since) for key, (_reason, since) in known.items()), why)
    quiet = _line((one.name, one.silent_us or 0) for one in sources.silent())
    content = {"lanes": lanes, "refused": refused, "sources": quiet}
    stamp = hashlib.sha256(f"{get_language()}{content}".encode()).hexdigest()[:16]
    return {**content, "any": bool(lanes or refused or quiet), "stamp": stamp}


@never_cache
@require_GET
def part(request: HttpRequest) -> HttpResponse:
    """The banner, or 204 when the one the page has (`?stamp=`) still holds, and for who is not signed in any more."""
    if not isinstance(request.user, User) or not request.user.may(Permission.VIEW):
        return HttpResponse(status=204)
    content = banner()
    if request.GET.get("stamp") == content["stamp"]:
        return HttpResponse(status=204)
    return render(request, "system/banner.html", {"system_banner": content})


def _line(found: Iterable[tuple[str, int]], why: str = "") -> Line | None:
    """None for nothing; the longest first."""
    rows = sorted(found, key=lambda row: (row[1], row[0]))
    if not rows:
        return None
    names = "、".join(name or "—" for name, _since in rows[:_SHOWN])
    return Line(names, max(0, len(rows) - _SHOWN), from_us(rows[0][1]), why)


def _hint(reason: str) -> str:
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    return errors.hint(reason, language) if reason else ""
