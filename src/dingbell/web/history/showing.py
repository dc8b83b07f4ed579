"""An event of the journal as 历史报警 shows it: the alarm as it stood right after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm, EventKind
from dingbell.alarms.models import Event
from dingbell.storage.times import SECOND, from_us
from dingbell.web import words
from dingbell.web.alarms.showing import quantity
from dingbell.web.words import Word

_ON_TIME_US = 5 * SECOND


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """`received_at` is set when it was heard of late."""

    event: Event
    alarm: Alarm
    at: datetime
    received_at: datetime | None
    word: Word
    level: Word
    state: Word
    place: str
    value: str
    limit: str
    actor: str


def shown(event: Event) -> ShownEvent:
    alarm, kind = store.restore(event.snapshot), EventKind(event.kind)
    late = abs(event.received_us - event.time_us) > _ON_TIME_US
    return ShownEvent(
        event=event,
        alarm=alarm,
        at=from_us(event.time_us),
        received_at=from_us(event.received_us) if late else None,
        word=words.EVENTS[kind],
        level=words.PRIORITIES[alarm.priority],
        state=words.STATES[alarm.state],
        place=alarm.path or alarm.area,
        value=quantity(alarm.value, alarm.unit),
        limit=quantity(alarm.limit, alarm.unit),
        actor=event.actor or (_("到期") if kind is EventKind.UNSHELVED else ""),
    )
