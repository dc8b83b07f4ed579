"""The life of an alarm: {active, cleared} × {unacked, acked}. Values in, values out (design §3).

Reports are ordered by min(time, receipt), so that a PLC clock that runs ahead cannot mask a later clear.
A report older than the newest one known does not turn the state back; only a raise that must have been
cleared meanwhile is still entered, because somebody has to know that it happened.
"""

from __future__ import annotations

from itertools import compress
from operator import attrgetter, ne
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from dingbell.alarms.alarm import AckMode, Alarm, EventKind, Report, State, Transition

_DESCRIPTIVE = (
    "name", "path", "area", "type", "unit", "description", "priority", "ack_mode", "limit", "labels", "origin",
)  # fmt: skip
_description = attrgetter(*_DESCRIPTIVE)


class Refused(Exception):
    """What a person asked for does not fit how the alarm stands. Nothing was changed."""


class AlreadyAcknowledged(Refused):
    """Somebody was faster, or the alarm never needed it."""


class NoteRequired(Refused):
    """This alarm is acknowledged with a note only; a comment says something."""


class RaisedAgain(Refused):
    """The alarm came back after the person looked: what they do covers only what was seen."""


class NotShelved(Refused):
    """Somebody was faster, or its time is over."""


def apply(alarm: Alarm, report: Report, receipt_us: int) -> tuple[Alarm, Transition | None]:
    """The alarm after the report, and the event to tell of, if there is one.

    `alarm` is a fresh Alarm(id, source, key) for a key that was never seen (`order_us` 0). A duplicate
    returns the alarm unchanged and None; a repeat that only moves `expires_us` returns it moved and None.
    """
    time_us = receipt_us if report.time_us is None else report.time_us
    # Without a time in the order of arrival, also where the clock was set back or another node's runs ahead.
    is_of_now = report.of_now or report.time_us is None
    order_us = max(receipt_us, alarm.order_us) if is_of_now else min(time_us, receipt_us)
    if _continues_expired(alarm, report, receipt_us):
        # The source fell silent, the alarm was cleared for that, and now it says it was active all along.
        order_us = max(receipt_us, alarm.order_us)
    elif _is_repeat(alarm, report):
        return _keep_alive(alarm, report, receipt_us)
    if order_us < alarm.order_us:
        return _late(alarm, report, time_us, receipt_us)
    if report.active:
        return _raise(alarm, report, time_us, order_us)
    return _clear(alarm, report, time_us, order_us)


def acknowledge(alarm: Alarm, *, actor: str, note: str, at_us: int, occurrence: int | None) -> Transition:
    """Acknowledge what happened so far. `occurrence` is the one the person saw, None when unknown.

    Raises AlreadyAcknowledged, NoteRequired, RaisedAgain.
    """
    if alarm.acked:
        raise AlreadyAcknowledged
    if occurrence is not None and occurrence != alarm.occurrences:
        raise RaisedAgain
    if alarm.ack_mode is AckMode.MANUAL_NOTE and not note.strip():
        raise NoteRequired
    acked = replace(alarm, acked=True, acked_us=at_us, acked_by=actor, ack_note=note.strip())
    return Transition(
        kind=EventKind.ACKED, alarm=acked, time_us=at_us, entered=acked.state, actor=actor, note=note.strip()
    )


def acknowledge_stale(alarm: Alarm, *, at_us: int) -> Transition:
    """Acknowledge by the product itself what nobody saw to for too long; no note is asked for.

    Raises AlreadyAcknowledged.
    """
    if alarm.acked:
        raise AlreadyAcknowledged
    acked = replace(alarm, acked=True, acked_us=at_us, acked_by="", ack_note="")
    return Transition(kind=EventKind.ACKED, alarm=acked, time_us=at_us, entered=acked.state)


def shelve(
    alarm: Alarm, *, actor: str, note: str, at_us: int, until_us: int, occurrence: int | None = None
) -> Transition:
    """Set the alarm aside until `until_us`, or until then instead of what was said before (ISA-18.2 shelving).

    Its state goes on as if nothing were: only rules with 搁置 ticked hear of it. Raises RaisedAgain.
    """
    if occurrence is not None and occurrence != alarm.occurrences:
        raise RaisedAgain
    shelved = replace(alarm, shelved_us=at_us, shelved_until_us=until_us, shelved_by=actor, shelve_note=note.strip())
    return Transition(kind=EventKind.SHELVED, alarm=shelved, time_us=at_us, actor=actor, note=note.strip())


def unshelve(alarm: Alarm, *, actor: str, at_us: int) -> Transition:
    """Take it back before its time, or `actor` "" because the time is over: then its state decides who hears of it.

    An alarm that is not over enters its state once more, so that rules fire; one that is over says nothing.
    Raises NotShelved.
    """
    if not alarm.shelved:
        raise NotShelved
    back = replace(alarm, shelved_us=None, shelved_until_us=None, shelved_by="", shelve_note="")
    entered = None if back.state is State.CLEARED_ACKED else back.state
    return Transition(kind=EventKind.UNSHELVED, alarm=back, time_us=at_us, entered=entered, actor=actor)


def comment(alarm: Alarm, *, actor: str, text: str, at_us: int) -> Transition:
    """Put a remark into the journal; the alarm stays as it is. Raises NoteRequired for an empty one."""
    if not text.strip():
        raise NoteRequired
    return Transition(kind=EventKind.COMMENTED, alarm=alarm, time_us=at_us, actor=actor, note=text.strip())


def _continues_expired(alarm: Alarm, report: Report, receipt_us: int) -> bool:
    if not (alarm.expired and report.active) or report.time_us is None or alarm.cleared_us is None:
        return False
    return report.time_us <= alarm.cleared_us and (report.expires_us or 0) > receipt_us


def _is_repeat(alarm: Alarm, report: Report) -> bool:
    """The same state at the same time again, or without a time the state it already has."""
    if report.time_us is None:
        return alarm.order_us > 0 and report.active == alarm.active
    if report.active:
        return report.time_us in (alarm.raised_us, alarm.said_active_us)
    return report.time_us in (alarm.cleared_us, alarm.said_cleared_us)


def _keep_alive(alarm: Alarm, report: Report, receipt_us: int) -> tuple[Alarm, Transition | None]:
    """What a source that must repeat an alarm says again counts in its newest words, until the latest moment.

    Only a new value or priority is an event: a text often carries the value, and would be new every minute.
    """
    expires_us = report.expires_us
    if not (alarm.active and report.active) or expires_us is None or expires_us < (alarm.expires_us or 0):
        return alarm, None
    changes = _described(alarm, report) | _new_value(alarm, report)
    kept = replace(alarm, **changes, expires_us=expires_us)
    if not changes.keys() & {"value", "priority"}:
        return kept, None
    return kept, _changed(alarm, kept, receipt_us)


def _described(alarm: Alarm, report: Report) -> dict[str, Any]:
    """What the report mentions of the alarm's description, where it differs."""
    given, known = _description(report), _description(alarm)
    # Compared in C: nearly always only what is not mentioned differs.
    differing = compress(zip(_DESCRIPTIVE, given, strict=True), map(ne, given, known))
    return {field: value for field, value in differing if value is not UNSET}


def _new_value(alarm: Alarm, report: Report) -> dict[str, Any]:
    return {} if report.value is UNSET or report.value == alarm.value else {"value": report.value}


def _changed(before: Alarm, after: Alarm, time_us: int) -> Transition:
    rose = after.priority > before.priority
    return Transition(kind=EventKind.CHANGED, alarm=after, time_us=time_us, priority_rose=rose)


def _raise(alarm: Alarm, report: Report, time_us: int, order_us: int) -> tuple[Alarm, Transition | None]:
    changes = _described(alarm, report)
    if not alarm.active:
        value = None if report.value is UNSET else report.value
        raised = replace(
            alarm, **changes, value=value, active=True, acked=False, raised_us=time_us, cleared_us=None,
            said_active_us=time_us, order_us=order_us, occurrences=alarm.occurrences + 1, acked_us=None, acked_by="",
            ack_note="", expires_us=report.expires_us, expired=False,
        )  # fmt: skip
        return raised, Transition(kind=EventKind.RAISED, alarm=raised, time_us=time_us, entered=raised.state)
    changes |= _new_value(alarm, report)
    changed = replace(
        alarm, **changes, said_active_us=time_us, order_us=order_us, expires_us=report.expires_us or alarm.expires_us
    )
    if not changes.keys() - {"origin"}:
        return changed, None
    return changed, _changed(alarm, changed, time_us)


def _clear(alarm: Alarm, report: Report, time_us: int, order_us: int) -> tuple[Alarm, Transition | None]:
    if not alarm.active:
        # Nothing to tell, but the moment is kept: a raise from before it that comes later is then known to be over.
        still = replace(
            alarm, **_described(alarm, report), said_cleared_us=time_us, order_us=order_us,
            cleared_us=time_us if alarm.cleared_us is None else alarm.cleared_us,
        )  # fmt: skip
        return still, None
    cleared = replace(
        alarm, **_described(alarm, report), value=None if report.value is UNSET else report.value,
        active=False, cleared_us=time_us, said_cleared_us=time_us, order_us=order_us, expires_us=None, expired=False,
    )  # fmt: skip
    if cleared.ack_mode is AckMode.AUTO and not cleared.acked:
        cleared = replace(cleared, acked=True, acked_us=time_us)
    return cleared, Transition(kind=EventKind.CLEARED, alarm=cleared, time_us=time_us, entered=cleared.state)


def expire(alarm: Alarm) -> Transition:
    """Clear an active alarm whose source stopped repeating it, at the moment it had promised to repeat it."""
    at_us = alarm.expires_us or alarm.order_us
    report = Report(source=alarm.source, key=alarm.key, active=False, time_us=at_us, value=alarm.value)
    _, transition = _clear(alarm, report, at_us, max(at_us, alarm.order_us))
    assert transition is not None  # noqa: S101 -- the caller picked an active alarm
    return replace(transition, alarm=replace(transition.alarm, expired=True))


def _late(alarm: Alarm, report: Report, time_us: int, receipt_us: int) -> tuple[Alarm, Transition | None]:
    """A raise older than the last clear reported, and newer than the last time it was active, came and went unseen."""
    if alarm.active:
        return _keep_alive(alarm, report, receipt_us)
    # A clock that runs ahead may have put the clear into the future: then its receipt counts.
    until_us = 0 if alarm.raised_us is None else min(alarm.cleared_us or 0, alarm.order_us)
    if not report.active or time_us <= until_us:
        return alarm, None
    changes = _described(alarm, report)
    acked = changes.get("ack_mode", alarm.ack_mode) is AckMode.AUTO
    value = None if report.value is UNSET else report.value
    gone = replace(
        alarm, **changes, value=value, acked=acked, raised_us=time_us, said_active_us=time_us,
        cleared_us=alarm.order_us, occurrences=alarm.occurrences + 1,
        acked_us=alarm.order_us if acked else None, acked_by="", ack_note="",
    )  # fmt: skip
    entered = gone.state if gone.state is not alarm.state else None
    return gone, Transition(kind=EventKind.RAISED, alarm=gone, time_us=time_us, entered=entered)
