"""What the alarms of this installation look like: suggestions for a rule, and how many it would select."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dingbell.alarms.alarm import Alarm, State
from dingbell.alarms.listing import Wanted, page
from dingbell.notify.matching import Conditions, Match, RuleIndex

LOOKED_AT = 2_000
SUGGESTED = 50

_STANDING = Wanted(states=frozenset(State) - {State.CLEARED_ACKED})


@dataclass(frozen=True, slots=True)
class Suggestions:
    sources: list[str]
    areas: list[str]
    paths: list[str]
    types: list[str]


@dataclass(frozen=True, slots=True)
class Selected:
    """`count` of the newest `among` alarms that are active or wait for somebody."""

    count: int
    among: int


def suggestions() -> Suggestions:
    """Values of the alarms that changed last."""
    newest = page(Wanted(), LOOKED_AT)
    return Suggestions(
        sources=_distinct(alarm.source for alarm in newest),
        areas=_distinct(alarm.area for alarm in newest),
        paths=_distinct(alarm.path for alarm in newest),
        types=_distinct(alarm.type for alarm in newest),
    )


def selected(states: Collection[State], match: Match) -> Selected:
    standing = page(_STANDING, LOOKED_AT)
    return Selected(count(standing, Conditions(frozenset(states), match)), len(standing))


def count(alarms: Iterable[Alarm], conditions: Conditions) -> int:
    """How many alarms are in a state and of a kind that the conditions ask for."""
    index = RuleIndex([conditions])
    return sum(1 for alarm in alarms for _ in index.selecting(alarm, alarm.state))


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(dict.fromkeys(value for value in values if value)))[:SUGGESTED]
