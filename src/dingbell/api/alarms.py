"""`/api/v1/alarms`: how they stand and what happened to them."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from dingbell.alarms import listing
from dingbell.alarms.alarm import PRIORITY_BY_WORD, Alarm, State
from dingbell.alarms.listing import Place, Wanted
from dingbell.alarms.patterns import MOST_DEPTHS
from dingbell.api.alarm_documents import AlarmAnswer, EventAnswer, alarm_answer, event_answer
from dingbell.api.bodies import answer
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import clean, refused, several, split
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import not_found
from dingbell.notify.groups import groups
from dingbell.notify.refusals import Missing
from dingbell.notify.rules import explaining
from dingbell.users.roles import Scope

router = Router(tags=["alarms"])
_READ = Scope.ALARMS_READ
_STATES = {state.value: state for state in State}


class AlarmQuery(Schema):
    """Lists may be repeated parameters or separated by commas."""

    state: list[str] = Field([], description="active_unacked, active_acked, cleared_unacked, cleared_acked")
    active: bool | None = None
    acked: bool | None = None
    shelved: bool | None = None
    group: int | None = Field(None, description="The id of an alarm group.")
    priority: list[str] = Field([], description="critical, high, medium, low or 紧急, 高, 中, 低")
    source: list[str] = []
    area: list[str] = []
    path: str = Field("", description="How it begins, or a pattern with * (one segment) and ** (any number).")
    q: str = Field("", description="Text in name, key, path or description.")

    def wanted(self) -> Wanted:
        """Raises Problem 422."""
        if self.path.split("/").count("**") > MOST_DEPTHS:
            raise refused("path", _("最多 %(most)d 个 **") % {"most": MOST_DEPTHS})
        return Wanted(
            states=frozenset(several("state", self.state, _STATES)),
            active=self.active,
            acked=self.acked,
            priorities=several("priority", self.priority, PRIORITY_BY_WORD),
            sources=split("source", self.source),
            areas=split("area", self.area),
            path=clean("path", self.path),
            text=clean("q", self.q),
            shelved=self.shelved,
            grouped=None if self.group is None else _patterns_of(self.group),
        )


@router.get("", **operation(_READ, "报警列表", pages=AlarmAnswer))
def list_alarms(
    request: ApiRequest, query: Query[AlarmQuery], limit: Limit = USUAL_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """The one that changed last first."""
    place = after(cursor, keys=2)
    found = listing.page(query.wanted(), limit + 1, Place(*place) if place else None)
    return page(found, limit, lambda alarm: (alarm.order_us, alarm.id), alarm_answer)


@router.get("/{int:alarm_id}", **operation(_READ, "一个报警", answer=AlarmAnswer))
def get_alarm(request: ApiRequest, alarm_id: int) -> HttpResponse:
    return answer(alarm_answer(_find(alarm_id)))


@router.get("/{int:alarm_id}/events", **operation(_READ, "报警的经过", pages=EventAnswer))
def list_events(
    request: ApiRequest,
    alarm_id: int,
    explain: bool = False,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """Newest first. With `explain` each says of every rule, as it stood then, whether it fired and why not."""
    _find(alarm_id)
    place = after(cursor)
    found = listing.journal(alarm_id, limit + 1, place[0] if place else None)
    explained = dict(zip((event.id for event in found), explaining.explain_all(found), strict=True)) if explain else {}
    return page(found, limit, lambda event: [event.id], lambda event: event_answer(event, explained.get(event.id)))


def _patterns_of(group_id: int) -> tuple[list[str], list[str]]:
    try:
        group = groups.describe(group_id)
    except Missing:
        raise refused("group", _("没有这个报警组：%(id)d") % {"id": group_id}) from None
    return group.paths, group.keys


def _find(alarm_id: int) -> Alarm:
    alarm = listing.find(alarm_id)
    if alarm is None:
        raise not_found()
    return alarm
