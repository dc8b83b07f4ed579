"""`/api/v1/alarms`: what people do to alarms: acknowledge, shelve, take back, comment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from dingbell.alarms import lifecycle, listing, shelving
from dingbell.alarms.alarm import Alarm, Transition
from dingbell.alarms.lifecycle import AlreadyAcknowledged, NoteRequired, NotShelved, RaisedAgain
from dingbell.api.alarm_documents import AlarmAnswer, alarm_answer, local_iso
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import clean, moment, refused
from dingbell.api.problems import Problem, not_found
from dingbell.notify.groups import groups
from dingbell.notify.refusals import FieldError, Findings, storable
from dingbell.pipeline import engine
from dingbell.pipeline.intake import Command, UnknownAlarm
from dingbell.storage.ids import LARGEST_ID
from dingbell.storage.times import MINUTE, now_us
from dingbell.storage.writer import StorageUnavailable
from dingbell.users.roles import Scope

router = Router(tags=["alarms"])
_WRITE = Scope.ALARMS_WRITE
_LONGEST_NOTE = 2_000


class AcknowledgeInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`occurrence`: the alarm's `occurrences` that the person saw; 409 when it was raised again since."""

    note: str | None = None
    occurrence: int | None = None


class ShelveInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Either `minutes` (1 to 43200) or `until`, an ISO 8601 time at most 30 days away."""

    minutes: int | None = None
    until: str | None = None
    note: str | None = None


class ShelveManyInput(ShelveInput, kw_only=True, forbid_unknown_fields=True):
    """Either `path`, a pattern with * (one segment) and ** (any number), or `ids`."""

    path: str | None = None
    ids: list[int] | None = None


class CommentInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    text: str


class ShelvedAnswer(msgspec.Struct, kw_only=True):
    """How many alarms were shelved until when; `unknown` are ids that there are not."""

    shelved: int
    until: str | None
    unknown: list[int]


@router.post("/{int:alarm_id}/acknowledge", **operation(_WRITE, "确认报警", body=AcknowledgeInput, answer=AlarmAnswer))
def acknowledge(request: ApiRequest, alarm_id: int) -> HttpResponse:
    """409 when somebody was faster, with who and when; 422 when this alarm wants a note."""
    given = read(request, AcknowledgeInput) if request.body.strip() else AcknowledgeInput()
    act = partial(lifecycle.acknowledge, note=_text("note", given.note), occurrence=given.occurrence)
    return _carry_out(request, alarm_id, act)


@router.post("/{int:alarm_id}/shelve", **operation(_WRITE, "搁置报警", body=ShelveInput, answer=AlarmAnswer))
def shelve(request: ApiRequest, alarm_id: int) -> HttpResponse:
    """One that is shelved already is shelved until the new moment."""
    given = read(request, ShelveInput)
    now = now_us()
    act = partial(lifecycle.shelve, note=_text("note", given.note), until_us=_until(given, now))
    return _carry_out(request, alarm_id, act, now)


@router.post("/{int:alarm_id}/unshelve", **operation(_WRITE, "取消搁置", answer=AlarmAnswer))
def unshelve(request: ApiRequest, alarm_id: int) -> HttpResponse:
    """409 when it is not shelved. Its state then decides: unless it is over, rules fire for it again."""
    return _carry_out(request, alarm_id, lifecycle.unshelve)


@router.post("/{int:alarm_id}/comment", **operation(_WRITE, "备注报警", body=CommentInput, answer=AlarmAnswer))
def comment(request: ApiRequest, alarm_id: int) -> HttpResponse:
    """A remark in the alarm's journal; it notifies nobody."""
    text = _text("text", read(request, CommentInput).text)
    if not text:
        raise refused("text", _("必填"))
    return _carry_out(request, alarm_id, partial(lifecycle.comment, text=text))


@router.post("/shelve", **operation(_WRITE, "按路径或编号搁置报警", body=ShelveManyInput, answer=ShelvedAnswer))
def shelve_many(request: ApiRequest) -> HttpResponse:
    """Alarms that there are; one that a source names later is not shelved. At most 20,000 at once."""
    given = read(request, ShelveManyInput)
    now = now_us()
    until_us = _until(given, now)
    act = partial(
        lifecycle.shelve, actor=request.auth.name, note=_text("note", given.note), at_us=now, until_us=until_us
    )
    ids = _ids(given)
    done = engine.running().intake.command_all([Command(alarm_id, act) for alarm_id in ids])
    if any(isinstance(one, StorageUnavailable) for one in done):
        raise StorageUnavailable  # whoever asks again shelves the same ones until the same moment
    unknown = [alarm_id for alarm_id, one in zip(ids, done, strict=True) if isinstance(one, UnknownAlarm)]
    return answer(ShelvedAnswer(shelved=len(ids) - len(unknown), until=local_iso(until_us), unknown=unknown))


def _carry_out(
    request: ApiRequest, alarm_id: int, act: Callable[..., Transition], at_us: int | None = None
) -> HttpResponse:
    command = Command(alarm_id, partial(act, actor=request.auth.name, at_us=at_us or now_us()))
    try:
        return answer(alarm_answer(engine.running().intake.command(command)))
    except UnknownAlarm:
        raise not_found() from None
    except AlreadyAcknowledged:
        raise Problem(409, _already(listing.find(alarm_id))) from None
    except NotShelved:
        raise Problem(409, _("这个报警没有搁置。")) from None
    except RaisedAgain:
        message = _("报警在您查看之后又发生了，请先查看最新状态再确认。")
        raise Problem(409, message, [FieldError("occurrence", message)]) from None
    except NoteRequired:
        raise refused("note", _("这个报警需要填写确认备注")) from None


def _already(alarm: Alarm | None) -> str:
    if alarm is None or not alarm.acked_by:
        return _("这个报警不需要确认。")
    return _("%(who)s 已于 %(when)s 确认。") % {"who": alarm.acked_by, "when": local_iso(alarm.acked_us)}


def _text(field: str, given: str | None) -> str:
    text = (given or "").strip()
    if len(text) > _LONGEST_NOTE or not storable(text):
        raise refused(field, _("最多 %(most)d 个字符，不能有特殊字符") % {"most": _LONGEST_NOTE})
    return text


def _until(given: ShelveInput, now: int) -> int:
    if (given.minutes is None) == (given.until is None):
        raise refused("minutes", _("minutes 和 until 给一个"))
    if given.minutes is not None:
        if not shelving.may_last(given.minutes):
            raise refused("minutes", _("应为 1 到 %(most)d 分钟") % {"most": shelving.LONGEST_MINUTES})
        return now + given.minutes * MINUTE
    until_us = moment("until", given.until or "")
    if until_us is None or not shelving.may_end(until_us, now):
        raise refused("until", _("应在一分钟到 30 天之后"))
    return until_us


def _ids(given: ShelveManyInput) -> list[int]:
    """The alarms that are asked for. Raises Problem 422."""
    if (given.path is None) == (given.ids is None):
        raise refused("path", _("path 和 ids 给一个"))
    if given.ids is not None:
        if len(given.ids) > shelving.MOST_AT_ONCE:
            raise refused("ids", _too_many())
        return list(dict.fromkeys(one for one in given.ids if 0 < one <= LARGEST_ID))
    pattern = clean("path", given.path or "")
    findings = Findings()
    if not pattern:
        raise refused("path", _("必填"))
    groups.check_pattern("path", pattern, findings)
    findings.settle()
    try:
        return shelving.on_path(pattern)
    except shelving.TooMany:
        raise refused("path", _too_many()) from None


def _too_many() -> str:
    return _("一次最多搁置 %(most)d 条报警") % {"most": shelving.MOST_AT_ONCE}
