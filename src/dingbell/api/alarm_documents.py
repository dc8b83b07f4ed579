"""Alarms and events as REST answers them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.conf import settings

from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm
from dingbell.alarms.models import Event
from dingbell.notify.rules.explaining import Explanation
from dingbell.storage.times import iso

Value = float | int | str | bool | None


class AlarmAnswer(msgspec.Struct, kw_only=True):
    """`raised_at` and `cleared_at` are as the source gave them; `updated_at` is when it last changed."""

    id: int
    source: str
    key: str
    state: str
    active: bool
    acked: bool
    priority: str
    name: str
    path: str
    area: str
    type: str
    value: Value
    unit: str
    limit: Value
    description: str
    labels: dict[str, str]
    ack_mode: str
    occurrences: int
    raised_at: str | None
    cleared_at: str | None
    updated_at: str | None
    acked_at: str | None
    acked_by: str
    ack_note: str
    shelved: bool
    shelved_until: str | None
    shelved_by: str
    shelve_note: str


class EventAnswer(msgspec.Struct, kw_only=True):
    """`snapshot` is the alarm right after it; `explanations` only where they were asked for."""

    id: int
    alarm: int
    kind: str
    time: str | None
    received_at: str | None
    entered: str | None
    priority_rose: bool
    actor: str
    note: str
    snapshot: AlarmAnswer
    explanations: list[Explanation] | None = None


def alarm_answer(alarm: Alarm) -> AlarmAnswer:
    return AlarmAnswer(
        **{name: getattr(alarm, name) for name in _SAME},
        state=alarm.state.value,
        priority=alarm.priority.word,
        ack_mode=alarm.ack_mode.value,
        raised_at=local_iso(alarm.raised_us),
        cleared_at=local_iso(alarm.cleared_us),
        updated_at=local_iso(alarm.order_us or None),
        acked_at=local_iso(alarm.acked_us),
        shelved=alarm.shelved,
        shelved_until=local_iso(alarm.shelved_until_us),
    )


def event_answer(event: Event, explanations: list[Explanation] | None = None) -> EventAnswer:
    return EventAnswer(
        id=event.id,
        alarm=event.alarm_id,
        kind=event.kind,
        time=local_iso(event.time_us),
        received_at=local_iso(event.received_us),
        entered=event.entered or None,
        priority_rose=event.priority_rose,
        actor=event.actor,
        note=event.note,
        snapshot=alarm_answer(store.restore(event.snapshot)),
        explanations=explanations,
    )


def local_iso(us: int | None) -> str | None:
    """ISO 8601 with the offset of the plant's zone."""
    return iso(us, ZoneInfo(settings.TIME_ZONE))


_SAME: tuple[Any, ...] = tuple(
    name
    for name in AlarmAnswer.__struct_fields__
    if name in Alarm.__struct_fields__ and name not in {"priority", "ack_mode"}
)
