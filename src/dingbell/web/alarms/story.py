"""What happened to an alarm: each event with who was told of it (the time line of 报警详情)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dingbell.alarms import store
from dingbell.alarms.alarm import EventKind, State
from dingbell.alarms.models import Event
from dingbell.delivery import records
from dingbell.delivery.records import Wanted
from dingbell.storage.times import SECOND, from_us
from dingbell.web import words
from dingbell.web.alarms.showing import quantity
from dingbell.web.deliveries.showing import ShownDelivery, fingerprint, shown
from dingbell.web.words import Word

_DELIVERIES_OF_AN_EVENT = 20
_ON_TIME_US = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its deliveries; `more` says that there are others. `received_at` is set when it came late.

    `until` is the end of a shelving. A comment asks no rule.
    """

    event: Event
    word: Word
    at: datetime
    received_at: datetime | None
    entered: Word
    level: Word
    level_name: str
    value: str
    until: datetime | None
    actor: str
    asks_rules: bool
    deliveries: list[ShownDelivery]
    more: bool


@dataclass(frozen=True, slots=True)
class Story:
    """Newest first; `fingerprint` is another number when anything in it changed."""

    events: list[Told]
    fingerprint: int


def story(events: Iterable[Event], now_us: int) -> Story:
    told, marks = [], []
    for event in events:
        found = records.page(Wanted(event_id=event.id, hidden_too=True), _DELIVERIES_OF_AN_EVENT, now_us)
        marks.append((event.id, found.beyond, fingerprint(found.records)))
        told.append(_told(event, shown(found.records, now_us), found.beyond is not None))
    return Story(told, hash(tuple(marks)))


def _told(event: Event, deliveries: list[ShownDelivery], more: bool) -> Told:
    alarm, kind = store.restore(event.snapshot), EventKind(event.kind)
    is_shelving = kind in {EventKind.SHELVED, EventKind.UNSHELVED}
    late = abs(event.received_us - event.time_us) > _ON_TIME_US
    return Told(
        event=event,
        word=words.EVENTS[kind],
        at=from_us(event.time_us),
        received_at=from_us(event.received_us) if late else None,
        entered=words.STATES[State(event.entered)] if event.entered else "",
        level=words.PRIORITIES[alarm.priority],
        level_name=alarm.priority.word,
        value="" if is_shelving or kind is EventKind.COMMENTED else quantity(alarm.value, alarm.unit),
        until=None if alarm.shelved_until_us is None or not is_shelving else from_us(alarm.shelved_until_us),
        actor=event.actor or (_("到期") if kind is EventKind.UNSHELVED else ""),
        asks_rules=kind is not EventKind.COMMENTED,
        deliveries=deliveries,
        more=more,
    )
