"""An alarm as a page shows it: words, quantities and times made, nothing left for the template to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dingbell.alarms.alarm import AckMode, Alarm, State, Value
from dingbell.storage.times import from_us
from dingbell.web import words
from dingbell.web.spans import running, span
from dingbell.web.words import Word


@dataclass(frozen=True, slots=True)
class ShownAlarm:
    """`seen` names the occurrence that is on the screen: an acknowledgement covers this one and no later one.

    `extra_area` is the area where the place does not name it already; `shelved_for` how long it still stays shelved.
    """

    alarm: Alarm
    level: Word
    state: State
    state_word: Word
    ack_mode: Word
    needs_note: bool
    takes_note: bool
    place: str
    extra_area: str
    value: str
    is_word: bool
    limit: str
    raised_at: datetime | None
    cleared_at: datetime | None
    acked_at: datetime | None
    acked_by: str
    lasted: str
    seen: str
    shelved_until: datetime | None
    shelved_for: str


def shown(alarm: Alarm, now_us: int) -> ShownAlarm:
    """Pure."""
    return ShownAlarm(
        alarm=alarm,
        level=words.PRIORITIES[alarm.priority],
        state=alarm.state,
        state_word=words.STATES[alarm.state],
        ack_mode=words.ACK_MODES[alarm.ack_mode],
        needs_note=alarm.ack_mode is AckMode.MANUAL_NOTE,
        takes_note=alarm.ack_mode is not AckMode.AUTO,
        place=alarm.path or alarm.area,
        extra_area="" if not alarm.path or alarm.area in alarm.path.split("/") else alarm.area,
        value=quantity(alarm.value, alarm.unit),
        is_word=isinstance(alarm.value, (bool, str)),
        limit=quantity(alarm.limit, alarm.unit),
        raised_at=moment(alarm.raised_us),
        cleared_at=moment(alarm.cleared_us) if not alarm.active else None,
        acked_at=moment(alarm.acked_us) if alarm.acked else None,
        acked_by=alarm.acked_by or (_("自动") if alarm.acked and alarm.acked_us else ""),
        lasted=_lasted(alarm, now_us),
        seen=f"{alarm.id}.{alarm.occurrences}",
        shelved_until=moment(alarm.shelved_until_us),
        shelved_for="" if alarm.shelved_until_us is None else running(alarm.shelved_until_us - now_us),
    )


def quantity(value: Value, unit: str) -> str:
    """`12.4 bar`; "" for what is not known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    number = f"{value:.10g}" if isinstance(value, float) else str(value)
    return f"{number} {unit}".rstrip()


def moment(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _lasted(alarm: Alarm, now_us: int) -> str:
    if alarm.raised_us is None:
        return ""
    if alarm.active:
        return running(now_us - alarm.raised_us)
    return "" if alarm.cleared_us is None else span(alarm.cleared_us - alarm.raised_us)
