"""`/api/v1/sources`: where alarms come from."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from ninja import Router

from dingbell.alarms import sources
from dingbell.api.alarm_documents import local_iso
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.users.roles import Scope

router = Router(tags=["sources"])


class SourceAnswer(msgspec.Struct, kw_only=True):
    """`standing`: alarms that are active or not acknowledged. `last_event_at` is null for one silent for long."""

    name: str
    alarms: int
    standing: int
    last_event_at: str | None


@router.get("", **operation(Scope.ALARMS_READ, "接入", pages=SourceAnswer))
def list_sources(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """Every source that ever reported an alarm, the one that reported last first."""
    place = after(cursor)
    start = max(0, place[0]) if place else 0
    found = list(enumerate(sources.seen()))[start : start + limit + 1]
    return page(
        found,
        limit,
        lambda one: [one[0] + 1],
        lambda one: SourceAnswer(
            name=one[1].name,
            alarms=one[1].alarms,
            standing=one[1].standing,
            last_event_at=local_iso(one[1].last_us),
        ),
    )
