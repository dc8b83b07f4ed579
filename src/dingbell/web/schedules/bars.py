"""When a schedule is open, as bars along a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dingbell.notify.schedules.documents import DayAnswer, PeriodDocument
from dingbell.notify.schedules.scheduling import DAY_S
from dingbell.notify.schedules.times import seconds, span
from dingbell.web.schedules.wording import WEEKDAYS, short
from dingbell.web.words import Word


@dataclass(frozen=True, slots=True)
class Bar:
    """Seconds of the day. `text` is its hours."""

    start_s: int
    end_s: int

    @property
    def length_s(self) -> int:
        return self.end_s - self.start_s

    @property
    def text(self) -> str:
        return f"{short(self.start_s)}–{short(self.end_s)}"


@dataclass(frozen=True, slots=True)
class Weekday:
    name: Word
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Day:
    """`mark` is holiday, workday, past or nothing; `whole` is true when it is open all day."""

    date: date
    weekday: Word
    answer: DayAnswer
    bars: Sequence[Bar]
    today: bool

    @property
    def whole(self) -> bool:
        return [(bar.start_s, bar.end_s) for bar in self.bars] == [(0, DAY_S)]


def week(periods: Iterable[PeriodDocument]) -> list[Weekday]:
    """The usual week of these periods; what cannot be understood of them is left out."""
    found: dict[int, list[tuple[int, int]]] = {weekday: [] for weekday in WEEKDAYS}
    for period in periods:
        if seconds(period.start) is None or seconds(period.end) is None:
            continue
        start_s, end_s = span(period)
        for weekday in period.weekdays:
            if weekday in found:
                found[weekday].append((start_s, min(end_s, DAY_S)))
                if end_s > DAY_S:
                    found[weekday % 7 + 1].append((0, end_s - DAY_S))
    return [Weekday(WEEKDAYS[weekday], _merged(parts)) for weekday, parts in found.items()]


def days(answers: Iterable[DayAnswer], today: date) -> list[Day]:
    found = []
    for one in answers:
        day = date.fromisoformat(one.date)
        bars = [Bar(_second(part.start, day), _second(part.end, day)) for part in one.open]
        found.append(Day(day, WEEKDAYS[one.weekday], one, bars, day == today))
    return found


def _merged(parts: list[tuple[int, int]]) -> list[Bar]:
    merged: list[Bar] = []
    for start_s, end_s in sorted(parts):
        if merged and start_s <= merged[-1].end_s:
            merged[-1] = Bar(merged[-1].start_s, max(merged[-1].end_s, end_s))
        else:
            merged.append(Bar(start_s, end_s))
    return merged


def _second(text: str, day: date) -> int:
    """What the clock on the wall shows then, in seconds of this day: the next midnight is the day's end."""
    at = datetime.fromisoformat(text)
    return DAY_S if at.date() > day else at.hour * 3600 + at.minute * 60 + at.second
