"""`/api/v1/alarms/history`: what happened to all alarms."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Field, Query, Router

from dingbell.alarms import journal
from dingbell.alarms.alarm import EventKind
from dingbell.api.alarm_documents import EventAnswer, event_answer
from dingbell.api.alarms import AlarmQuery
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import moment, several
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, part
from dingbell.users.roles import Scope

router = Router(tags=["alarms"])
_KINDS = {kind.value: kind for kind in EventKind}


class HistoryQuery(AlarmQuery):
    """What is asked of the alarm is asked of it as it stands now."""

    kind: list[str] = Field([], description=", ".join(_KINDS))
    since: str = Field("", description="Received at or after this ISO 8601 time.")
    until: str = Field("", description="Received before this ISO 8601 time.")

    def events(self) -> journal.Wanted:
        """Raises Problem 422."""
        return journal.Wanted(
            alarms=self.wanted(),
            kinds=several("kind", self.kind, _KINDS),
            since_us=moment("since", self.since),
            until_us=moment("until", self.until),
        )


@router.get("/history", **operation(Scope.ALARMS_READ, "历史报警", pages=EventAnswer))
def list_history(
    request: ApiRequest, query: Query[HistoryQuery], limit: Limit = USUAL_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Newest first, in the order of receipt.

    A page may hold fewer than `limit` events, even none, and still have a `next`: a search for what is rare looks
    at a bounded number of events at a time.
    """
    place = after(cursor)
    found = journal.page(query.events(), limit, place[0] if place else None)
    return part([event_answer(event) for event in found.events], found.beyond)
