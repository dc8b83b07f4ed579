"""One message that stands for many (合并消息): every alarm once, as it stood last. Pure (docs/decisions/0020).

The counts add up: the priorities to the total, the areas to the total, listed and 另有 to the total.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from functools import cached_property

from django.utils.translation import gettext_noop

from dingbell.alarms.alarm import Alarm, EventKind, Priority
from dingbell.channels.base import Button, Form, Message
from dingbell.channels.dingtalk.fitting import boundary
from dingbell.notify.messages.escaping import one_line, plain
from dingbell.notify.messages.rendering import MARKS, PRIORITY_WORDS, Occurrence, duration, quantity
from dingbell.notify.messages.template_faults import TOO_MUCH, Fault, TemplateFailed
from dingbell.notify.messages.template_values import MOST_ITEMS, Situation
from dingbell.notify.messages.wordings import Wording
from dingbell.storage.times import from_us

Fits = Callable[[Message], bool]  # whether the channel sends all of it, measured as DingTalk measures it

MOST_AREAS = 5
_OTHERS, _NOWHERE = "其他", "未分区域"
_FIRST_TRY = 64  # alarms listed; more are tried while they fit
# Characters of alarm text in a line: together with the rest never more than a channel takes.
_NAME, _AREA, _VALUE, _PERSON = 60, 20, 30, 20
_TOO_LONG = gettext_noop("正文太长：一条报警也列不下")


@dataclass(frozen=True, slots=True)
class Told:
    """An event that waits to be told of. The ids of an alarm's events rise in the order in which they happened.

    `refused`: DingTalk did not take a message that named it, so it is counted and not named again.
    """

    event_id: int
    event: Occurrence
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm after the last of its events. `raised`: it was raised among them, so it is news to the receiver.

    `since` is the first of its events: what was raised at the same moment stands in the order in which it came.
    """

    event: Occurrence
    since: int
    raised: bool
    refused: bool

    @property
    def alarm(self) -> Alarm:
        return self.event.alarm


@dataclass(frozen=True)
class Gathered:
    """What waits for one receiver, the most important alarm first.

    `notifications` is how many it would have been; `stale` is how many others were too old to be told one by one.
    """

    standings: tuple[Standing, ...]
    notifications: int
    stale: int = 0

    @property
    def total(self) -> int:
        return len(self.standings)

    @cached_property
    def active(self) -> int:
        return sum(one.event.alarm.active for one in self.standings)

    @cached_property
    def named(self) -> list[Standing]:
        return [one for one in self.standings if not one.refused]

    def by_priority(self) -> dict[Priority, int]:
        """Only those that occur, the most urgent first."""
        found = Counter(one.event.alarm.priority for one in self.standings)
        return {priority: found[priority] for priority in sorted(found, reverse=True)}

    def by_area(self) -> dict[str, int]:
        """The largest MOST_AREAS and 其他; empty when no alarm has an area."""
        found = Counter(_area(one.alarm) for one in self.named)
        if not found.keys() - {_NOWHERE}:
            return {}
        named = dict(found.most_common(MOST_AREAS))
        if rest := self.total - sum(named.values()):
            named[_OTHERS] = named.get(_OTHERS, 0) + rest
        return named

    def first_out(self) -> Standing | None:
        """首发: of several alarms that were raised, the one that was first; an active one if there is any."""
        raised = [one for one in self.named if one.raised]
        if len(raised) < 2:
            return None
        return min(raised, key=lambda one: (not one.event.alarm.active, _raised_us(one.event), one.since))


@dataclass(frozen=True, slots=True)
class Digest:
    """`listed` are the ids of the alarms that have a line of their own, in its order."""

    message: Message
    listed: tuple[int, ...]


def gather(told: Iterable[Told], stale: int = 0) -> Gathered:
    """Each event counts once, however often it is given."""
    events = {one.event_id: one for one in told}
    newest: dict[int, Occurrence] = {}
    first: dict[int, int] = {}
    raised: set[int] = set()
    refused: set[int] = set()
    for event_id, one in sorted(events.items()):
        newest[one.event.alarm.id] = one.event
        first.setdefault(one.event.alarm.id, event_id)
        if one.event.kind is EventKind.RAISED:
            raised.add(one.event.alarm.id)
        if one.refused:
            refused.add(one.event.alarm.id)
    standings = [Standing(event, first[id_], id_ in raised, id_ in refused) for id_, event in newest.items()]
    return Gathered(tuple(sorted(standings, key=_importance)), len(events), stale)


def compose(gathered: Gathered, url: str, zone: tzinfo, fits: Fits) -> Digest:
    """In the built-in words, with as many alarms listed as fit. `url` is where all of them stand, "" for nowhere."""
    title = _title(gathered)
    head = [f"### {_heading(gathered)}", "", *(f"- **{name}**：{said}" for name, said in _facts(gathered, zone))]
    head += ["", "#### 报警", ""]
    lines = _Lines(gathered, zone)
    buttons = (Button("查看全部", url),) if url else ()

    def message(count: int) -> Message:
        text = "\n".join([*head, *lines.first(count), *_tail(gathered, count, url)])
        return Message(Form.ACTION_CARD if buttons else Form.MARKDOWN, title, text, buttons)

    count = _most(len(gathered.named), lambda count: fits(message(count)))
    return Digest(message(count), _ids(gathered, count))


def compose_own(wording: Wording, gathered: Gathered, url: str, zone: tzinfo, fits: Fits) -> Digest:
    """In the author's words: `events` are as many as fit, `more` the others, `url` is where all of them stand.

    What is stale is said in a line of ours. Raises TemplateFailed.
    """
    events = [one.event for one in gathered.named]
    first = replace(events[0], url=url)

    def message(count: int) -> Message:
        said = wording.render(Situation(first, events=events[:count], more=gathered.total - count), zone)
        return replace(said, text="\n\n".join([said.text, *_stale(gathered)]))

    def usable(count: int) -> bool:
        try:
            return fits(message(count))
        except TemplateFailed as failed:
            if failed.fault.text != TOO_MUCH:
                raise
            return False

    count = _most(min(len(events), MOST_ITEMS), usable)
    if not usable(count):
        too_long = TemplateFailed(_TOO_LONG)
        too_long.fault = Fault(_TOO_LONG, field="body")
        raise too_long
    return Digest(message(count), _ids(gathered, count))


def _importance(one: Standing) -> tuple[bool, int, int, int]:
    """Still active before recovered, by priority, then oldest first."""
    return not one.event.alarm.active, -one.event.alarm.priority, _raised_us(one.event), one.since


def _raised_us(event: Occurrence) -> int:
    return event.time_us if event.alarm.raised_us is None else event.alarm.raised_us


def _area(alarm: Alarm) -> str:
    return alarm.area or alarm.path.partition("/")[0] or _NOWHERE


def _ids(gathered: Gathered, count: int) -> tuple[int, ...]:
    return tuple(one.alarm.id for one in gathered.named[:count])


def _most(total: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `total` that fits, 0 when none does. With what fits, less fits too."""
    low, high = 0, min(total, _FIRST_TRY)
    while fits(high):
        if high == total:
            return total
        low, high = high, min(total, 2 * high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


# --- the built-in words --------------------------------------------------------------------------------


def _title(gathered: Gathered) -> str:
    if not gathered.active:
        return f"【合并 {gathered.total} 条】全部已恢复"
    most_urgent = list(gathered.by_priority().items())[:2]
    return f"【合并 {gathered.total} 条】" + " · ".join(f"{PRIORITY_WORDS[level]} {n}" for level, n in most_urgent)


def _heading(gathered: Gathered) -> str:
    return f"合并消息：{gathered.total} 条报警"


def _facts(gathered: Gathered, zone: tzinfo) -> Iterator[tuple[str, str]]:
    levels = gathered.by_priority().items()
    yield "级别", " · ".join(f"{MARKS[level]} {PRIORITY_WORDS[level]} {count}" for level, count in levels)
    yield "状态", _states(gathered)
    if areas := gathered.by_area():
        yield "区域", " · ".join(f"{_short(area, _AREA)} {count}" for area, count in areas.items())
    if (first := gathered.first_out()) is not None:
        moment = _moment(_raised_us(first.event), zone, _today(gathered, zone))
        yield "首发", f"{moment} {_short(first.alarm.title, _NAME)}"


def _states(gathered: Gathered) -> str:
    counts = {"仍活动": gathered.active, "已恢复": gathered.total - gathered.active}
    states = " · ".join(f"{name} {count}" for name, count in counts.items() if count)
    if gathered.notifications == gathered.total:
        return states
    return f"{states}（共 {gathered.notifications} 条通知）"


def _tail(gathered: Gathered, count: int, url: str) -> Iterator[str]:
    if more := gathered.total - count:
        yield f"- […另有 {more} 条，查看全部]({url})" if url else f"- …另有 {more} 条"
    if refused := gathered.total - len(gathered.named):
        yield f"- 其中 {refused} 条的文字被钉钉拒收，这里只计数，详情请看发送记录"
    yield from (f"- {line}" for line in _stale(gathered))


def _stale(gathered: Gathered) -> Iterator[str]:
    if gathered.stale:
        yield f"另有 {gathered.stale} 条通知因等待过久已过期，没有单独发送"


class _Lines:
    """A line for each alarm, made when it is first asked for: of ten thousand only some hundred fit."""

    def __init__(self, gathered: Gathered, zone: tzinfo) -> None:
        self._standings = gathered.named
        self._zone = zone
        self._today = _today(gathered, zone)
        self._names_areas = len(gathered.by_area()) > 1
        self._made: list[str] = []

    def first(self, count: int) -> list[str]:
        self._made += [self._line(one) for one in self._standings[len(self._made) : count]]
        return self._made[:count]

    def _line(self, one: Standing) -> str:
        alarm = one.alarm
        mark = MARKS[alarm.priority] if alarm.active else "🟢"
        parts = [f"- {mark} {_moment(one.event.time_us, self._zone, self._today)} **{_short(alarm.title, _NAME)}**"]
        if self._names_areas:
            parts.append(_short(_area(alarm), _AREA))
        if alarm.active and alarm.value is not None:
            parts.append(_short(quantity(alarm.value, alarm.unit), _VALUE))
        return " · ".join([*parts, *_state(one.event)])


def _state(event: Occurrence) -> Iterator[str]:
    """What a reader must know beside that the alarm is active."""
    alarm = event.alarm
    if event.kind is EventKind.CHANGED and alarm.active:
        yield f"升级为{PRIORITY_WORDS[alarm.priority]}"
    if event.kind is EventKind.UNSHELVED:
        yield "搁置结束"
    if not alarm.active:
        yield f"已恢复{_lasted(event)}"
    if alarm.acked and (alarm.active or event.kind is EventKind.ACKED):
        yield f"已确认（{_short(alarm.acked_by, _PERSON)}）" if alarm.acked_by else "已确认"
    if alarm.shelved:
        yield "已搁置"


def _lasted(event: Occurrence) -> str:
    raised_us, over_us = event.alarm.raised_us, event.alarm.cleared_us or event.time_us
    return "" if raised_us is None or over_us < raised_us else f"，持续 {duration(over_us - raised_us)}"


def _today(gathered: Gathered, zone: tzinfo) -> date | None:
    """The day of the newest event: the times of other days are written with theirs."""
    newest = max((one.event.time_us for one in gathered.standings), default=None)
    return None if newest is None else from_us(newest, zone).date()


def _moment(us: int, zone: tzinfo, today: date | None) -> str:
    local = from_us(us, zone)
    return local.strftime("%H:%M:%S" if local.date() == today else "%m-%d %H:%M:%S")


def _short(text: str, most: int) -> str:
    """Alarm text on one line, at most `most` characters of it, able to do nothing."""
    line = one_line(text[: 4 * most])
    if len(line) > most:
        line = line[: boundary(line, most - 1)] + "…"
    return plain(line) or "–"
