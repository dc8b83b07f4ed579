"""`/api/v1/sources`: where alarms come from, and how long each may be silent."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from ninja import Router

from dingbell.alarms import sources
from dingbell.api.alarm_documents import local_iso
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.notify import source_limits
from dingbell.notify.source_limits import SourceLimitInput
from dingbell.storage.times import now_us
from dingbell.users.roles import Scope

router = Router(tags=["sources"])


class SourceAnswer(msgspec.Struct, kw_only=True):
    """`standing`: alarms that are active or not acknowledged. `last_event_at` is null for one silent for long.

    `last_heard_at`: its last event or heartbeat, noted once a minute. `silent_minutes`: how long it may be silent, 0
    as long as it likes; `silent_since`: people were told that it has been silent since then.
    """

    name: str
    alarms: int
    standing: int
    last_event_at: str | None
    last_heard_at: str | None
    silent_minutes: int
    silent_since: str | None


@router.get("", **operation(Scope.ALARMS_READ, "接入", pages=SourceAnswer))
def list_sources(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """Every source that ever reported an alarm or has a limit, the one that was heard last first."""
    place = after(cursor)
    start = max(0, place[0]) if place else 0
    found = list(enumerate(sources.seen()))[start : start + limit + 1]
    return page(found, limit, lambda one: [one[0] + 1], lambda one: _answer(one[1]))


@router.patch("", **operation(Scope.CONFIG_WRITE, "接入静默时限", body=SourceLimitInput, answer=SourceAnswer))
def limit_source(request: ApiRequest) -> HttpResponse:
    """Tell people when this source was silent for `silent_minutes`: no event, no heartbeat. 0 is never.

    A heartbeat is `POST /events` with an empty array: a sign of life of every source that was last reported with the
    same token. A source may be named before it reports anything.
    """
    return answer(_answer(source_limits.change(read(request, SourceLimitInput), now_us())))


def _answer(one: sources.Source) -> SourceAnswer:
    return SourceAnswer(
        name=one.name,
        alarms=one.alarms,
        standing=one.standing,
        last_event_at=local_iso(one.last_us),
        last_heard_at=local_iso(one.heard_us),
        silent_minutes=one.silent_minutes,
        silent_since=local_iso(one.silent_us),
    )
