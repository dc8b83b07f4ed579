"""Which rules an event of an alarm fires. Compiled, indexed, pure.

A rule is one bit of an integer. For every field there is a table from a value to the bits of the rules that
accept it, so an event costs one look-up and one AND a field, whatever the number of rules: 10,000 rules
are 1.25 kB of bits. Only labels that a rule asks for beyond its first are compared one by one. What an alarm comes to
is remembered: mostly it is the same alarms that come, and only their state is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_

import msgspec

from dingbell.alarms.alarm import Alarm, EventKind, Priority, State, Transition

ANY_DEPTH = "**"
ONE_SEGMENT = "*"
_PATHS_REMEMBERED = 4_096
_ALARMS_REMEMBERED = 8_192  # 10 MB at most with 10,000 rules
_KEYS_REMEMBERED = 65_536  # as bits of groups, which are few


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=False):
    """Conditions on an alarm: AND between fields, OR within a list, an empty one matches everything.

    All `labels` must match. In `paths` a segment `*` is one segment, `**` any number, none included.
    `groups` are ids of alarm groups; what they hold stands in `Conditions`.
    """

    priorities: tuple[Priority, ...] = ()
    sources: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    labels: dict[str, str] = {}
    groups: tuple[int, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """An alarm group (报警组): an alarm is in it when one of `paths` matches its path or one of `keys` its key.

    Both are patterns as in `Match.paths`.
    """

    id: int
    name: str
    paths: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conditions:
    """What decides about one rule. `states` are the ticked ones, `shelved` is the box 搁置.

    `groups` are those that `match` names, as they stand.
    """

    states: frozenset[State]
    match: Match
    shelved: bool = False
    groups: tuple[Group, ...] = ()


def segments(path: str) -> list[str]:
    """`一车间/泵房` in parts; slashes at the ends and doubled ones do not count."""
    return [segment for segment in path.split("/") if segment]


class PathTree:
    """Path patterns as a tree; gives the bits of all that match a path."""

    __slots__ = ("bits", "children", "deep", "single")

    def __init__(self) -> None:
        self.children: dict[str, PathTree] = {}
        self.single: PathTree | None = None
        self.deep: PathTree | None = None
        self.bits = 0

    def add(self, pattern: str, bit: int) -> None:
        node = self
        for segment in segments(pattern):
            if segment == ANY_DEPTH:
                node.deep = node.deep or PathTree()
                node = node.deep
            elif segment == ONE_SEGMENT:
                node.single = node.single or PathTree()
                node = node.single
            else:
                node = node.children.setdefault(segment, PathTree())
        node.bits |= bit

    def matching(self, path: str) -> int:
        """All places in the tree are followed at once, so no pattern can make this walk back and forth."""
        places = _with_deep({self: False})
        for segment in segments(path):
            following: dict[PathTree, bool] = {}
            for node, is_deep in places.items():
                for child in (node.children.get(segment), node.single):
                    if child is not None:
                        following.setdefault(child, False)
                if is_deep:  # it goes on to match whatever comes
                    following[node] = True
            places = _with_deep(following)
        bits = 0
        for node in places:
            if node.bits:  # to add nothing would copy all of the others
                bits |= node.bits
        return bits


def _with_deep(places: dict[PathTree, bool]) -> dict[PathTree, bool]:
    """The places, and every `**` right below them: it matches no segment too. True marks a `**`."""
    waiting = list(places)
    while waiting:
        deep = waiting.pop().deep
        if deep is not None and not places.get(deep):
            places[deep] = True
            waiting.append(deep)
    return places


_Labels = tuple[tuple[str, str], ...]


class RuleIndex:
    """All rules of one version of the configuration, in their order."""

    def __init__(self, rules: Sequence[Conditions]) -> None:
        self._rules = rules
        # A rule with no ticked state fires never; an empty list elsewhere means everything.
        self._ticked, _never = _table(rules, lambda rule: rule.states or (None,))
        self._priorities = _table(rules, lambda rule: rule.match.priorities)
        self._types = _table(rules, lambda rule: rule.match.types)
        self._sources = _table(rules, lambda rule: rule.match.sources)
        self._areas = _table(rules, lambda rule: rule.match.areas)
        self._paths, self._any_path = self._path_tree(rules)
        self._paths_asked = any(rule.match.paths for rule in rules)
        self._groups = GroupTable(rules) if any(rule.match.groups for rule in rules) else None
        self._labels, self._no_labels = self._label_table(rules)
        self._several_labels = sum(1 << place for place, rule in enumerate(rules) if len(rule.match.labels) > 1)
        self._for_path: Callable[[str], int] = lru_cache(_PATHS_REMEMBERED)(
            lambda path: self._paths.matching(path) | self._any_path
        )
        # An alarm comes again and again: what only its next state decides of is remembered.
        self._remembered = lru_cache(_ALARMS_REMEMBERED)(self._accepting)
        self._of_shelved = sum(1 << place for place, rule in enumerate(rules) if rule.shelved)

    def fired_by(self, transition: Transition) -> list[int]:
        """Positions of the rules that this event fires, in order (contract: enters a ticked state, or more urgent).

        Shelving fires those with 搁置 ticked, and of a shelved alarm only these hear anything.
        """
        if transition.kind is EventKind.SHELVED:
            return _places(self._matching(transition.alarm) & self._of_shelved)
        state = transition.entered
        if state is None:
            if not transition.priority_rose:
                return []
            state = transition.alarm.state
        return self.selecting(transition.alarm, state)

    def selecting(self, alarm: Alarm, state: State) -> list[int]:
        """Positions of the rules whose conditions hold for the alarm in this state."""
        bits = self._matching(alarm) & self._ticked.get(state, 0)
        return _places(bits if alarm.shelved_until_us is None else bits & self._of_shelved)

    def _matching(self, alarm: Alarm) -> int:
        """The rules whose match holds for the alarm."""
        key = alarm.key if self._groups is not None else ""
        labels = tuple(alarm.labels.items())
        return self._remembered(alarm.priority, alarm.type, alarm.source, alarm.area, alarm.path, key, labels)

    def _accepting(
        self, priority: Priority, type_: str, source: str, area: str, path: str, key: str, labels: _Labels
    ) -> int:
        bits = (
            _accepting(self._priorities, priority)
            & _accepting(self._types, type_)
            & _accepting(self._sources, source)
            & _accepting(self._areas, area)
        )
        if bits and self._paths_asked:
            bits &= self._for_path(path)
        if bits and self._groups is not None:
            bits &= self._groups.accepting(path, key)
        return bits and self._accepting_labels(labels, bits)

    def _accepting_labels(self, labels: _Labels, asked: int) -> int:
        """Those of `asked` whose labels are all among these."""
        accepted = self._no_labels
        for item in labels:
            if more := self._labels.get(item):
                accepted |= more
        bits = asked & accepted
        for place in _places(bits & self._several_labels):
            if not self._rules[place].match.labels.items() <= set(labels):
                bits ^= 1 << place
        return bits

    @staticmethod
    def _path_tree(rules: Sequence[Conditions]) -> tuple[PathTree, int]:
        tree, any_path = PathTree(), 0
        for place, rule in enumerate(rules):
            for pattern in rule.match.paths:
                tree.add(pattern, 1 << place)
            if not rule.match.paths:
                any_path |= 1 << place
        return tree, any_path

    @staticmethod
    def _label_table(rules: Sequence[Conditions]) -> tuple[dict[tuple[str, str], int], int]:
        """Each rule stands under the rarest of its labels: the others are compared when that one is there."""
        uses: dict[tuple[str, str], int] = {}
        for rule in rules:
            for item in rule.match.labels.items():
                uses[item] = uses.get(item, 0) + 1
        table: dict[tuple[str, str], int] = {}
        without = 0
        for place, rule in enumerate(rules):
            if rule.match.labels:
                rarest = min(rule.match.labels.items(), key=lambda item: uses[item])
                table[rarest] = table.get(rarest, 0) | 1 << place
            else:
                without |= 1 << place
        return table, without


class GroupTable:
    """Which rules accept an alarm by its groups. A group is a bit here: many rules may name the same few groups."""

    def __init__(self, rules: Sequence[Conditions]) -> None:
        groups = {group.id: group for rule in rules for group in rule.groups}
        paths, keys = PathTree(), PathTree()
        for place, group in enumerate(groups.values()):
            for pattern in group.paths:
                paths.add(pattern, 1 << place)
            for pattern in group.keys:
                keys.add(pattern, 1 << place)
        self._of_path: Callable[[str], int] = lru_cache(_PATHS_REMEMBERED)(paths.matching)
        self._of_key: Callable[[str], int] = lru_cache(_KEYS_REMEMBERED)(keys.matching)
        accepted = dict.fromkeys(groups, 0)
        self._any_group = 0
        for place, rule in enumerate(rules):
            for group in rule.groups:
                accepted[group.id] |= 1 << place
            if not rule.match.groups:
                self._any_group |= 1 << place
        self._accepted = list(accepted.values())
        self._by_groups: dict[int, int] = {}

    def accepting(self, path: str, key: str) -> int:
        """The bits of the rules that name no group or one that an alarm with this path and key is in."""
        groups = self._of_path(path) | self._of_key(key)
        bits = self._by_groups.get(groups)
        if bits is None:
            bits = reduce(or_, (self._accepted[place] for place in _places(groups)), self._any_group)
            if len(self._by_groups) < _PATHS_REMEMBERED:
                self._by_groups[groups] = bits
        return bits


def _places(bits: int) -> list[int]:
    """Which bits are set, ascending."""
    found = []
    while bits:
        place = bits.bit_length() - 1  # the highest: clearing it costs less than finding the lowest
        bits ^= 1 << place
        found.append(place)
    return found[::-1]


_Table = tuple[dict[object, int], int]


def _table(rules: Sequence[Conditions], values: Callable[[Conditions], Iterable[object]]) -> _Table:
    """Bits by value, and the bits of the rules that accept every value."""
    by_value: dict[object, int] = {}
    anything = 0
    for place, rule in enumerate(rules):
        accepted = list(values(rule))
        if not accepted:
            anything |= 1 << place
        for value in accepted:
            by_value[value] = by_value.get(value, 0) | 1 << place
    return {value: bits | anything for value, bits in by_value.items()}, anything


def _accepting(table: _Table, value: object) -> int:
    by_value, anything = table
    return by_value.get(value, anything)


class Mismatch(msgspec.Struct, frozen=True):
    """One reason why a rule did not fire: the field, what the rule asks for, what the alarm had."""

    field: str
    wanted: str
    found: str


def mismatches(rule: Conditions, transition: Transition) -> list[Mismatch]:
    """Every reason why this rule was not fired by the event; empty when it was."""
    alarm = transition.alarm
    is_shelving = transition.kind is EventKind.SHELVED
    if not is_shelving and transition.entered is None and not transition.priority_rose:
        return [Mismatch("event", "", transition.kind.value)]
    state = transition.entered or alarm.state
    match = rule.match
    reasons = []
    if (is_shelving or alarm.shelved) and not rule.shelved:
        reasons.append(Mismatch("shelved", "", ""))
    if not is_shelving and state not in rule.states:
        reasons.append(Mismatch("states", ", ".join(sorted(rule.states)), state.value))
    if match.priorities and alarm.priority not in match.priorities:
        reasons.append(Mismatch("priorities", ", ".join(p.word for p in match.priorities), alarm.priority.word))
    for field, accepted, found in (
        ("sources", match.sources, alarm.source),
        ("areas", match.areas, alarm.area),
        ("types", match.types, alarm.type),
    ):
        if accepted and found not in accepted:
            reasons.append(Mismatch(field, ", ".join(accepted), found))
    if match.paths and not path_matches(match.paths, alarm.path):
        reasons.append(Mismatch("paths", ", ".join(match.paths), alarm.path))
    if match.groups and not any(holds(group, alarm) for group in rule.groups):
        reasons.append(Mismatch("groups", ", ".join(group.name for group in rule.groups), ""))
    for name, value in match.labels.items():
        if alarm.labels.get(name) != value:
            reasons.append(Mismatch("labels", f"{name}={value}", f"{name}={alarm.labels.get(name, '')}"))
    return reasons


def holds(group: Group, alarm: Alarm) -> bool:
    """Whether the alarm is in the group."""
    return path_matches(group.paths, alarm.path) or path_matches(group.keys, alarm.key)


def path_matches(patterns: Iterable[str], path: str) -> bool:
    tree = PathTree()
    for pattern in patterns:
        tree.add(pattern, 1)
    return bool(tree.matching(path))
