"""What the system says of itself, in the words of the chat. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from dingbell.channels.base import Form, Message
from dingbell.notify.messages.escaping import plain
from dingbell.storage.times import MINUTE, from_us

_NAMED = 10


@dataclass(frozen=True, slots=True)
class SilentWay:
    """A way out through which nothing went since `since_us`; `why` is what the last answer meant, "" for unknown."""

    name: str
    since_us: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls of the month; `organisation` "" is the only one."""

    organisation: str
    pool: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Wellbeing:
    """The numbers of the daily message. `sent`, `failed`, `expired` are of what was owed in the last 24 hours."""

    active: int
    unacked: int
    sent: int
    failed: int
    expired: int
    waiting: int
    silent_ways: Sequence[str] = ()
    silent_sources: Sequence[str] = ()
    quotas: Sequence[Quota] = ()


def lanes_silent(ways: Collection[SilentWay], *, all_of_them: bool, now_us: int, zone: tzinfo) -> Message:
    """Nothing goes through `ways`; `all_of_them`: nor did through any other."""
    title = "【系统】钉铃发不出任何消息" if all_of_them else f"【系统】{len(ways)} 个接收者的消息发不出去"
    lines = [
        f"- **{_name(one.name)}**：自 {_at(one.since_us, zone)} 起没有发出（{_for(now_us - one.since_us)}）"
        + (f"。{plain(one.why)}" if one.why else "")
        for one in sorted(ways, key=lambda one: (one.since_us, one.name))
    ]
    return _message(title, "⚠️ 消息发不出去", lines, "报警照常接收和保存，恢复后补发。请检查网络和通知服务。")


def lanes_over(over: Mapping[str, int], emptied: Mapping[str, int], now_us: int, zone: tzinfo) -> Message:
    """By name since when: `over` send again, in `emptied` nothing waits any more."""
    lines = [
        f"- **{_name(name)}**：又能发送了（{_at(since, zone)} 起中断，共 {_for(now_us - since)}）"
        for name, since in sorted(over.items())
    ]
    lines += [
        f"- **{_name(name)}**：没有等待的消息了（已失败、过期或撤销），能不能发送还不知道。自 {_at(since, zone)} 起中断"
        for name, since in sorted(emptied.items())
    ]
    title = "【系统】消息恢复发送" if over else "【系统】没有等待发送的消息了"
    return _message(title, "✅ 消息恢复发送" if over else "ℹ️ 没有等待发送的消息了", lines)


def sources_silent(since: Mapping[str, int], minutes: Mapping[str, int], zone: tzinfo) -> Message:
    lines = [
        f"- **{_name(name)}**：{_at(us, zone)} 之后没有任何事件和心跳（限 {minutes[name]} 分钟）"
        for name, us in sorted(since.items(), key=lambda one: (one[1], one[0]))
    ]
    title = (
        f"【系统】接入“{plain(next(iter(since)))}”没有声音"
        if len(since) == 1
        else f"【系统】{len(since)} 个接入没有声音"
    )
    return _message(title, "⚠️ 接入没有声音", lines, "这期间的报警可能收不到。请检查交来报警的系统和网络。")


def sources_heard(heard: Mapping[str, int], since: Mapping[str, int], zone: tzinfo) -> Message:
    lines = [
        f"- **{_name(name)}**：{_at(us, zone)} 又有了（中断 {_for(us - since[name])}）"
        for name, us in sorted(heard.items())
    ]
    return _message("【系统】接入恢复", "✅ 接入恢复", lines)


def alive(known: Wellbeing, now_us: int, zone: tzinfo) -> Message:
    """“我还在”, with what an operator would otherwise look up."""
    lines = [
        f"- **报警**：活动 {known.active}，未确认 {known.unacked}",
        f"- **过去 24 小时**：发出 {known.sent}，失败 {known.failed}，过期 {known.expired}",
        f"- **正在等待**：{known.waiting}",
    ]
    lines += [
        f"- **本月{_POOLS.get(one.pool, one.pool)}**{_of(one.organisation)}：已用 {one.used}"
        + (f"，剩 {max(0, one.limit - one.used)}" if one.limit else "")
        for one in known.quotas
    ]
    if known.silent_ways:
        lines.append(f"- **发不出去**：{_list(known.silent_ways)}")
    if known.silent_sources:
        lines.append(f"- **没有声音的接入**：{_list(known.silent_sources)}")
    well = not (known.silent_ways or known.silent_sources)
    heading = f"{'💚' if well else '⚠️'} 钉铃在运行 {from_us(now_us, zone):%m-%d %H:%M}"
    return _message("【系统】钉铃在运行", heading, lines)


def due_day(now_us: int, zone: tzinfo, at: str) -> int:
    """Today (20261122) once `at` (`08:00`) has come, else 0."""
    now = from_us(now_us, zone)
    hour, _, minute = at.partition(":")
    has_come = (now.hour, now.minute) >= (int(hour), int(minute))
    return now.year * 10_000 + now.month * 100 + now.day if has_come else 0


_POOLS = {"webhook": "机器人消息", "api": "接口调用"}


def _message(title: str, heading: str, lines: Sequence[str], end: str = "") -> Message:
    shown = [*lines[:_NAMED], *([f"- …另有 {len(lines) - _NAMED} 项"] if len(lines) > _NAMED else [])]
    text = "  \n".join([f"### {heading}", "", *shown, *(["", end] if end else [])])
    return Message(Form.MARKDOWN, title, text)


def _list(names: Iterable[str]) -> str:
    some = list(names)
    more = f" 等 {len(some)} 项" if len(some) > _NAMED else ""
    return "、".join(_name(name) for name in some[:_NAMED]) + more


def _name(name: str) -> str:
    return plain(name) or "（已删除）"


def _of(organisation: str) -> str:
    return f"（{plain(organisation)}）" if organisation else ""


def _at(us: int, zone: tzinfo) -> str:
    return f"{from_us(us, zone):%m-%d %H:%M}"


def _for(us: int) -> str:
    minutes = max(1, us // MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} 小时 {minutes} 分" if hours else f"{minutes} 分钟"
