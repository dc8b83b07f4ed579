"""What the alarms of this installation look like: suggestions for a rule, and how many it would select."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from dingbell.alarms import listing
from dingbell.alarms.alarm import Alarm, Priority, State
from dingbell.alarms.listing import Wanted, page
from dingbell.notify.rules import criteria
from dingbell.notify.rules.matching import Conditions, Group, Match, RuleIndex

LOOKED_AT = 10_000
SUGGESTED = 50
_NEWEST = 2_000
_CURRENT = frozenset(State) - {State.CLEARED_ACKED}


@dataclass(frozen=True, slots=True)
class Suggestions:
    sources: list[str]
    areas: list[str]
    paths: list[str]
    types: list[str]


@dataclass(frozen=True, slots=True)
class Selected:
    """`count` of the alarms that are active or wait for somebody, in whichever state; `more`: at least so many."""

    count: int
    more: bool


def suggestions() -> Suggestions:
    """Values of the alarms that changed last."""
    newest = page(Wanted(), _NEWEST)
    return Suggestions(
        sources=_distinct(alarm.source for alarm in newest),
        areas=_distinct(alarm.area for alarm in newest),
        paths=_distinct(alarm.path for alarm in newest),
        types=_distinct(alarm.type for alarm in newest),
    )


def selected(match: Match, groups: Mapping[int, Group]) -> Selected:
    """The database takes what it has columns for; of the rest a bounded number is looked at, the newest first."""
    rows = listing.selected(
        Wanted(states=_CURRENT, priorities=match.priorities, sources=match.sources, areas=match.areas)
    )
    if match.types:
        rows = rows.filter(type__in=match.types)
    found = rows.order_by("-order_us").values_list("source", "key", "area", "type", "path", "priority", "labels")
    looked = [_alarm(row) for row in found[: LOOKED_AT + 1]]
    conditions = criteria.conditions(State, True, match, groups)
    return Selected(count(looked[:LOOKED_AT], conditions), more=len(looked) > LOOKED_AT)


def count(alarms: Iterable[Alarm], conditions: Conditions) -> int:
    """How many alarms are of the kind that the conditions ask for."""
    index = RuleIndex([conditions])
    return sum(1 for alarm in alarms for _ in index.selecting(alarm, alarm.state))


def _alarm(row: tuple[str, str, str, str, str, int, str]) -> Alarm:
    source, key, area, type_, path, priority, labels = row
    known = {} if labels == "{}" else msgspec.json.decode(labels, type=dict[str, str])
    return Alarm(
        id=0, source=source, key=key, area=area, type=type_, path=path, priority=Priority(priority), labels=known
    )


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(dict.fromkeys(value for value in values if value)))[:SUGGESTED]
