"""The built-in message (通知内容): what a person reads in the chat. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from dingbell.alarms.alarm import Alarm, EventKind, Priority, State, Value
from dingbell.channels.base import Button, Form, Message
from dingbell.notify.messages.escaping import plain
from dingbell.storage.times import SECOND, from_us

PRIORITY_WORDS = {Priority.CRITICAL: "紧急", Priority.HIGH: "高", Priority.MEDIUM: "中", Priority.LOW: "低"}
MARKS = {Priority.CRITICAL: "🔴", Priority.HIGH: "🟠", Priority.MEDIUM: "🟡", Priority.LOW: "🔵"}
_MICROSECOND = timedelta(microseconds=1)
STATE_WORDS = {
    State.ACTIVE_UNACKED: "活动，未确认",
    State.ACTIVE_ACKED: "活动，已确认",
    State.CLEARED_UNACKED: "已恢复，未确认",
    State.CLEARED_ACKED: "已恢复，已确认",
}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The event to tell of: the alarm right after it, and who did it where a person did.

    `url` is where its receiver opens the alarm, "" where nobody can.
    """

    kind: EventKind
    alarm: Alarm
    time_us: int
    actor: str = ""
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Told again because nobody acted: the how manieth time, and how long that has been so."""

    number: int
    waited: timedelta


def builtin(event: Occurrence, zone: tzinfo, reminder: Reminder | None = None) -> Message:
    """The message in Chinese, with a button to the alarm's page when people can open one."""
    heading, title = _headline(event) if reminder is None else _reminding(event, reminder)
    lines = [f"### {heading}", "", *(f"- **{name}**：{value}" for name, value in _facts(event, zone))]
    if reminder is not None:
        lines.append(f"- **已等待**：{duration(reminder.waited // _MICROSECOND)}")
    text = "  \n".join(lines)
    if not event.url:
        return Message(Form.MARKDOWN, title, text)
    label = "查看报警" if event.alarm.acked else "查看并确认"
    return Message(Form.ACTION_CARD, title, text, (Button(label, event.url),))


def _headline(event: Occurrence) -> tuple[str, str]:
    """(heading in the message, title in the list of chats)."""
    alarm = event.alarm
    name, word, mark = plain(alarm.title), PRIORITY_WORDS[alarm.priority], MARKS[alarm.priority]
    match event.kind:
        case EventKind.CLEARED:
            return f"🟢 已恢复：{name}", f"【恢复】{name}"
        case EventKind.ACKED:
            return f"✅ 已确认：{name}", f"【确认】{name}"
        case EventKind.SHELVED:
            return f"⏸ 已搁置：{name}", f"【搁置】{name}"
        case EventKind.UNSHELVED:
            return f"{mark} 搁置结束：{name}", f"【搁置结束·{word}】{name}"
        case EventKind.CHANGED:
            return f"{mark} 升级为{_level(word)}报警：{name}", f"【升级·{word}】{name}"
    return f"{mark} {_level(word)}报警：{name}", f"【{word}】{name}"


def _reminding(event: Occurrence, reminder: Reminder) -> tuple[str, str]:
    alarm = event.alarm
    name, word = plain(alarm.title), PRIORITY_WORDS[alarm.priority]
    return f"{MARKS[alarm.priority]} 第 {reminder.number} 次提醒：{name}", f"【提醒·{word}】{name}"


def _level(word: str) -> str:
    return word if word == "紧急" else f"{word}级"


def _facts(event: Occurrence, zone: tzinfo) -> Iterator[tuple[str, str]]:
    alarm = event.alarm
    yield "级别", f"{MARKS[alarm.priority]} {PRIORITY_WORDS[alarm.priority]}"
    yield "状态", STATE_WORDS[alarm.state] + ("，已搁置" if alarm.shelved else "")
    if alarm.value is not None:
        yield "数值", plain(value_text(alarm))
    elif alarm.limit is not None:
        yield "限值", plain(quantity(alarm.limit, alarm.unit))
    yield "时间", local_time(event.time_us, zone)
    if event.kind is EventKind.CLEARED and alarm.raised_us is not None and event.time_us >= alarm.raised_us:
        yield "持续", duration(event.time_us - alarm.raised_us)
    if event.kind is EventKind.ACKED:
        yield "确认人", plain(event.actor)
    if event.kind is EventKind.SHELVED:
        yield "搁置人", plain(event.actor)
    if alarm.shelved_until_us is not None:
        yield "搁置至", local_time(alarm.shelved_until_us, zone)
    if event.kind is EventKind.UNSHELVED:
        yield "取消人", plain(event.actor) or "到时自动取消"
    if event.note:
        yield "备注", plain(event.note)
    place = alarm.path or alarm.area
    if place:
        yield "位置", plain(place)
    if alarm.type:
        yield "类型", plain(alarm.type)
    if alarm.description:
        yield "描述", plain(alarm.description)


def value_text(alarm: Alarm) -> str:
    """`12.4 bar（限值 10 bar）`; "" when the value is not known."""
    if alarm.value is None:
        return ""
    value = quantity(alarm.value, alarm.unit)
    return value if alarm.limit is None else f"{value}（限值 {quantity(alarm.limit, alarm.unit)}）"


def quantity(value: Value, unit: str) -> str:
    return f"{number_text(value)} {unit}".rstrip()


def number_text(value: Value) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def local_time(us: int, zone: tzinfo) -> str:
    return from_us(us, zone).strftime("%Y-%m-%d %H:%M:%S")


def duration(us: int) -> str:
    """`00:42`, `1:02:03`, `2 天 03:04:05`."""
    seconds = us // SECOND
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days} 天 {hour:02}:{minute:02}:{second:02}"
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute:02}:{second:02}"
