"""What a message can tell: the twelve parameters of WAGO's module, and everything else that is known of an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from markupsafe import Markup

from dingbell.alarms.alarm import Alarm, EventKind
from dingbell.notify.messages.rendering import MARKS, PRIORITY_WORDS, STATE_WORDS, Occurrence
from dingbell.storage.times import from_us

MOST_ITEMS = 1_000  # of a list that a template goes through

# In the words of WAGO's module (reference: 通知内容), each with what it stands for.
PARAMETERS: Mapping[str, str | Promise] = {
    "name": _("报警名称"),
    "eventTime": _("事件时间"),
    "path": _("路径"),
    "value": _("数值"),
    "level": _("级别"),
    "state": _("当前状态"),
    "type": _("报警类型"),
    "description": _("报警描述"),
    "ackUser": _("确认人"),
    "isAcked": _("是否已确认"),
    "isShelved": _("是否已搁置"),
    "urlPath": _("报警页面地址的后半段"),
}
MORE: Mapping[str, str | Promise] = {
    "url": _("报警页面的完整地址"),
    "mark": _("级别的圆点 🔴🟠🟡🔵"),
    "limit": _("限值"),
    "unit": _("单位"),
    "area": _("区域"),
    "source": _("接入"),
    "labels": _("标签，例如 labels.line"),
    "actor": _("操作人"),
    "note": _("备注"),
    "duration": _("恢复时：持续了多久"),
    "event": _("事件：event.kind、event.word、event.time"),
    "alarm": _("报警的全部字段，例如 alarm.key、alarm.raised_at"),
}
OF_ESCALATIONS: Mapping[str, str | Promise] = {
    "step": _("第几次提醒"),
    "waited": _("已经等了多久"),
}
OF_DIGESTS: Mapping[str, str | Promise] = {
    "count": _("合并了几条"),
    "events": _("合并的事件：events 中每一项都有以上参数"),
    "more": _("没有列出的条数"),
    "url": _("列出全部的页面的地址"),
}
NAMES = frozenset({*PARAMETERS, *MORE, *OF_ESCALATIONS, *OF_DIGESTS})

EVENT_WORDS = {
    EventKind.RAISED: "发生",
    EventKind.CHANGED: "变化",
    EventKind.CLEARED: "恢复",
    EventKind.ACKED: "确认",
    EventKind.SHELVED: "搁置",
    EventKind.UNSHELVED: "取消搁置",
    EventKind.COMMENTED: "备注",
}


def own(text: str) -> Markup:
    """Text of the author's or of ours, which acts as it is written; any other is escaped where it is put out."""
    return Markup(text)  # noqa: S704 -- not for HTML: the mark alone is Jinja's


@dataclass(frozen=True, slots=True)
class Situation:
    """What a message is about. `step` and `waited` are of an escalation, `events` and `more` of a digest, whose `event`
    is its most important one with the address of all of them.
    """

    event: Occurrence
    step: int | None = None
    waited: timedelta | None = None
    events: Sequence[Occurrence] = field(default=())
    more: int = 0


def values(situation: Situation, zone: tzinfo) -> dict[str, object]:
    """Every name a template can use. Moments are in `zone`."""
    known = _of_event(situation.event, zone)
    known |= {"step": situation.step, "waited": situation.waited}
    listed = [_of_event(event, zone) for event in situation.events]
    return known | {"count": len(listed) + situation.more, "events": listed, "more": situation.more}


def _of_event(event: Occurrence, zone: tzinfo) -> dict[str, object]:
    alarm = event.alarm
    time = from_us(event.time_us, zone)
    path = urlsplit(event.url).path.lstrip("/") or f"alarms/{alarm.id}/"
    return {
        "name": alarm.title,
        "eventTime": time,
        "path": alarm.path,
        "value": alarm.value,
        "level": own(PRIORITY_WORDS[alarm.priority]),
        "state": own(STATE_WORDS[alarm.state]),
        "type": alarm.type,
        "description": alarm.description,
        "ackUser": alarm.acked_by,
        "isAcked": alarm.acked,
        "isShelved": alarm.shelved,
        "urlPath": own(path),
        "url": own(event.url),
        "mark": own(MARKS[alarm.priority]),
        "limit": alarm.limit,
        "unit": alarm.unit,
        "area": alarm.area,
        "source": alarm.source,
        "labels": dict(alarm.labels),
        "actor": event.actor,
        "note": event.note,
        "duration": _lasted(event),
        "event": {"kind": event.kind.value, "word": own(EVENT_WORDS[event.kind]), "time": time},
        "alarm": _fields(alarm, zone),
    }


def _lasted(event: Occurrence) -> timedelta | None:
    raised_us = event.alarm.raised_us
    if event.kind is not EventKind.CLEARED or raised_us is None or event.time_us < raised_us:
        return None
    return timedelta(microseconds=event.time_us - raised_us)


def _fields(alarm: Alarm, zone: tzinfo) -> dict[str, object]:
    """As the API calls them."""

    def local(us: int | None) -> datetime | None:
        return None if us is None else from_us(us, zone)

    same = ("id", "source", "key", "name", "path", "area", "type", "unit", "description", "value", "limit", "active")
    return {name: getattr(alarm, name) for name in same} | {
        "acked": alarm.acked,
        "shelved": alarm.shelved,
        "state": alarm.state.value,
        "priority": alarm.priority.word,
        "labels": dict(alarm.labels),
        "occurrences": alarm.occurrences,
        "raised_at": local(alarm.raised_us),
        "cleared_at": local(alarm.cleared_us),
        "acked_at": local(alarm.acked_us),
        "acked_by": alarm.acked_by,
        "ack_note": alarm.ack_note,
        "shelved_until": local(alarm.shelved_until_us),
    }
