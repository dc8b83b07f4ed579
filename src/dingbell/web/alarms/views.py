"""实时报警: the list, and the part of it that is asked for again every two seconds."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.alarms import listing, standing
from dingbell.alarms.alarm import State
from dingbell.alarms.models import AlarmRow
from dingbell.notify.models import Rule, Service
from dingbell.storage.times import MINUTE, now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import words
from dingbell.web.alarms.asked import ROWS, Asked, asked
from dingbell.web.alarms.showing import shown


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    wish = asked(request)
    context = _list(wish) | {"named": standing.lately(), "states": _states(wish)}
    return render(request, "alarms/list.html", context)


@never_cache
@require_GET
@requires(Permission.VIEW)
def part(request: SignedInRequest) -> HttpResponse:
    """The rows and the numbers above them, or 204 when what the page has (`?stamp=`) still holds."""
    if request.GET.get("stamp") == _stamp():
        return HttpResponse(status=204)
    wish = asked(request)
    answer = render(request, "alarms/part.html", _list(wish) | {"alone": True})
    if request.headers.get("HX-Trigger") == "filters":
        answer["HX-Replace-Url"] = reverse("alarms") + wish.query()
    return answer


def _list(wish: Asked) -> dict[str, Any]:
    stamp = _stamp()  # before the rows: what happens in between is shown twice, not never
    found = listing.page(wish.wanted, ROWS + 1, wish.after)
    now = now_us()
    return {
        "wish": wish,
        "stamp": stamp,
        "rows": [shown(alarm, now) for alarm in found[:ROWS]],
        "following": wish.query(after=found[ROWS - 1]) if len(found) > ROWS else "",
        "levels": [
            {"word": words.PRIORITIES[priority], "name": priority.word, "count": count, "on": priority in wish.levels}
            for priority, count in standing.counts().items()
        ],
        "first_steps": _first_steps() if not found else None,
        "shelved": standing.shelved(),
    }


def _stamp() -> str:
    """Changes with every event, and every minute because durations do."""
    return f"{standing.pulse()}.{now_us() // MINUTE}"


def _states(wish: Asked) -> list[tuple[State, words.Word]]:
    return [(state, word) for state, word in words.STATES.items() if wish.everything or state != State.CLEARED_ACKED]


def _first_steps() -> dict[str, bool] | None:
    """What is set up already, for the page of an installation that never had an alarm; None once it had one."""
    if AlarmRow.objects.exists():
        return None
    return {"service": Service.objects.exists(), "rule": Rule.objects.exists()}
