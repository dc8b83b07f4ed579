"""An alarm to look at a message with, before there is a real one. Pure."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

from msgspec.structs import replace

from dingbell.alarms.alarm import Alarm, EventKind, Priority
from dingbell.notify.messages.documents import Kind
from dingbell.notify.messages.rendering import Occurrence
from dingbell.notify.messages.template_values import Situation
from dingbell.storage.times import MINUTE

_ALARM = Alarm(
    id=1, source="plc-1", key="Area1/Pump3/Pressure#HH", name="3号泵出口压力超高", path="一车间/泵房/3号泵/出口压力",
    area="一车间", type="HH", unit="bar", description="请检查出口阀是否关闭", priority=Priority.HIGH,
    value=12.4, limit=10.0, labels={"line": "A"}, active=True, acked=False, occurrences=1,
)  # fmt: skip
_LISTED = 3  # in a digest to look at
_LASTED_US = 12 * MINUTE + 34_000_000
_KIND_OF = {
    Kind.RAISED: EventKind.RAISED,
    Kind.CHANGED: EventKind.CHANGED,
    Kind.CLEARED: EventKind.CLEARED,
    Kind.ACKNOWLEDGED: EventKind.ACKED,
    Kind.ESCALATED: EventKind.RAISED,
    Kind.DIGEST: EventKind.RAISED,
}


def sample(kind: Kind, now_us: int, public_url: str) -> Situation:
    """A pump's pressure at this moment, as an event of this kind would tell of it."""
    alarm = replace(_ALARM, raised_us=now_us - (_LASTED_US if kind is not Kind.RAISED else 0))
    actor = note = ""
    match kind:
        case Kind.CHANGED:
            alarm = replace(alarm, priority=Priority.CRITICAL, value=14.1)
        case Kind.CLEARED:
            alarm = replace(alarm, active=False, cleared_us=now_us, value=9.2)
        case Kind.ACKNOWLEDGED:
            actor, note = "张师傅", "已到现场"
            alarm = replace(alarm, acked=True, acked_us=now_us, acked_by=actor, ack_note=note)
    return about(Occurrence(_KIND_OF[kind], alarm, now_us, actor, note, _page(public_url, alarm)), kind, public_url)


def about(event: Occurrence, kind: Kind, public_url: str) -> Situation:
    """What `event` would look like as this kind; an escalation's numbers and the rest of a digest are made up."""
    match kind:
        case Kind.ESCALATED:
            return Situation(event, step=2, waited=timedelta(minutes=15))
        case Kind.DIGEST:
            several = together(event)
            page = f"{public_url}/deliveries/" if public_url else ""
            return Situation(
                dataclasses.replace(event, url=page), events=several[:_LISTED], more=len(several) - _LISTED
            )
    return Situation(event)


def together(event: Occurrence) -> list[Occurrence]:
    """`event` and others that a digest could stand for, as important as a digest would list them."""
    warm = replace(event.alarm, name="2号泵轴承温度高", priority=Priority.MEDIUM, value=92.4, unit="℃", limit=85.0)
    lost = replace(event.alarm, priority=Priority.LOW, value=None, unit="", limit=None)
    over = replace(lost, active=False, raised_us=event.time_us - _LASTED_US, cleared_us=event.time_us)
    others = [
        warm,
        *(replace(lost, name=f"{number}号阀门通讯中断") for number in (5, 6, 7)),
        replace(over, name="8号阀门通讯中断"),
    ]
    made = [
        Occurrence(
            EventKind.RAISED if alarm.active else EventKind.CLEARED,
            replace(alarm, id=event.alarm.id + number),
            event.time_us,
            url=event.url,
        )
        for number, alarm in enumerate(others, start=1)
    ]
    return [event, *made]


def _page(public_url: str, alarm: Alarm) -> str:
    return f"{public_url}/alarms/{alarm.id}/" if public_url else ""
