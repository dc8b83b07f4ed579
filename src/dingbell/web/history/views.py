"""历史报警: what happened, newest first, a page at a time."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.alarms import journal, standing
from dingbell.storage.times import from_us, now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import narrowing, words
from dingbell.web.history.asked import ROWS, asked
from dingbell.web.history.showing import shown


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    wish = asked(request)
    found = journal.page(wish.wanted(now_us()), ROWS, wish.before)
    context = {
        "wish": wish,
        "rows": [shown(event) for event in found.events],
        "following": wish.query(before=found.beyond) if found.beyond is not None else "",
        "looked_back_to": None if found.cut_at_us is None else from_us(found.cut_at_us),
        "kinds": words.EVENTS.items(),
        "levels": [(level.word, word, level) for level, word in words.PRIORITIES.items()],
        "ranges": narrowing.RANGES.items(),
        "named": standing.lately(),
    }
    return render(request, "history/list.html", context)
