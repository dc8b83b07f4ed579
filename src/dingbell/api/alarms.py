"""`/api/v1/alarms`: how they stand, what happened to them, acknowledging."""

from __future__ import annotations

from functools import partial

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from dingbell.alarms import lifecycle, listing
from dingbell.alarms.alarm import PRIORITY_BY_WORD, Alarm, State
from dingbell.alarms.lifecycle import AlreadyAcknowledged, NoteRequired, RaisedAgain
from dingbell.alarms.listing import Place, Wanted
from dingbell.alarms.patterns import MOST_DEPTHS
from dingbell.api.alarm_documents import AlarmAnswer, EventAnswer, alarm_answer, event_answer, local_iso
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import clean, refused, several, split
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import Problem, not_found
from dingbell.notify import explaining
from dingbell.notify.refusals import FieldError, storable
from dingbell.pipeline import engine
from dingbell.pipeline.intake import Command, UnknownAlarm
from dingbell.storage.times import now_us
from dingbell.users.roles import Scope

router = Router(tags=["alarms"])
_READ, _WRITE = Scope.ALARMS_READ, Scope.ALARMS_WRITE
_STATES = {state.value: state for state in State}
_LONGEST_NOTE = 2_000


class AcknowledgeInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`occurrence`: the alarm's `occurrences` that the person saw; 409 when it was raised again since."""

    note: str | None = None
    occurrence: int | None = None


class AlarmQuery(Schema):
    """Lists may be repeated parameters or separated by commas."""

    state: list[str] = Field([], description="active_unacked, active_acked, cleared_unacked, cleared_acked")
    active: bool | None = None
    acked: bool | None = None
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


@router.post("/{int:alarm_id}/acknowledge", **operation(_WRITE, "确认报警", body=AcknowledgeInput, answer=AlarmAnswer))
def acknowledge(request: ApiRequest, alarm_id: int) -> HttpResponse:
    """409 when somebody was faster, with who and when; 422 when this alarm wants a note."""
    given = read(request, AcknowledgeInput) if request.body.strip() else AcknowledgeInput()
    note = given.note or ""
    if len(note) > _LONGEST_NOTE or not storable(note):
        raise refused("note", _("最多 %(most)d 个字符，不能有特殊字符") % {"most": _LONGEST_NOTE})
    intake = engine.running().intake
    act = partial(
        lifecycle.acknowledge, actor=request.auth.name, note=note, at_us=now_us(), occurrence=given.occurrence
    )
    try:
        alarm = intake.command(Command(alarm_id, act))
    except UnknownAlarm:
        raise not_found() from None
    except AlreadyAcknowledged:
        raise Problem(409, _already(_find(alarm_id))) from None
    except RaisedAgain:
        message = _("报警在您查看之后又发生了，请先查看最新状态再确认。")
        raise Problem(409, message, [FieldError("occurrence", message)]) from None
    except NoteRequired:
        raise refused("note", _("这个报警需要填写确认备注")) from None
    return answer(alarm_answer(alarm))


def _already(alarm: Alarm) -> str:
    if not alarm.acked_by:
        return _("这个报警不需要确认。")
    return _("%(who)s 已于 %(when)s 确认。") % {"who": alarm.acked_by, "when": local_iso(alarm.acked_us)}


def _find(alarm_id: int) -> Alarm:
    alarm = listing.find(alarm_id)
    if alarm is None:
        raise not_found()
    return alarm
