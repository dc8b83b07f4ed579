"""Which rules an event fires: the index agrees with the plain explanation of every single rule."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dingbell.alarms.alarm import Alarm, EventKind, Priority, State, Transition
from dingbell.notify.rules.matching import Conditions, Group, Match, RuleIndex, mismatches, path_matches

FAR = Group(id=9, name="远", paths=("c/**",), keys=("b/*",))
words = st.sampled_from(["", "a", "b", "泵房"])
segments = st.sampled_from(["a", "b", "*", "**"])
patterns = st.lists(segments, max_size=5).map("/".join)
paths = st.lists(st.sampled_from(["a", "b", "c"]), max_size=5).map("/".join)
keys = st.sampled_from(["k", "a/k", "b/k", "b/a"])
labels = st.dictionaries(st.sampled_from(["line", "unit"]), st.sampled_from(["A", "B"]), max_size=2)


def some(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, max_size=2).map(tuple)


groups = st.lists(
    st.builds(Group, id=st.integers(1, 4), name=st.just("组"), paths=some(patterns), keys=some(patterns)),
    max_size=2,
    unique_by=lambda group: group.id,
)
matches = st.builds(
    Match, priorities=some(st.sampled_from(Priority)), sources=some(words), areas=some(words), paths=some(patterns),
    types=some(words), labels=labels,
)  # fmt: skip
# Rules name groups of one palette, as it stands: the same id is the same group in all of them.
palettes = groups.map(lambda drawn: {group.id: group for group in drawn} | {9: FAR})
rule_sets = palettes.flatmap(
    lambda palette: st.lists(
        st.builds(
            lambda states, match, shelved, named: Conditions(
                states,
                replace(match, groups=tuple(named)),
                shelved,
                tuple(palette[group_id] for group_id in named if group_id in palette),
            ),
            st.frozensets(st.sampled_from(State)),
            matches,
            st.booleans(),
            st.lists(st.sampled_from([*palette, 404]), max_size=2, unique=True),
        ),
        max_size=12,
    )
)
alarms = st.builds(
    Alarm, id=st.just(1), source=words, key=keys, priority=st.sampled_from(Priority), area=words, type=words,
    path=paths, labels=labels, active=st.booleans(), acked=st.booleans(), shelved_until_us=st.none() | st.just(9),
)  # fmt: skip
transitions = st.builds(
    lambda kind, alarm, enters, rose: Transition(
        kind=kind, alarm=alarm, time_us=0, entered=alarm.state if enters else None, priority_rose=rose
    ),
    st.sampled_from(EventKind),
    alarms,
    st.booleans(),
    st.booleans(),
)


@given(rule_sets, transitions)
def test_a_rule_fires_exactly_when_nothing_speaks_against_it(given_rules: list[Conditions], event: Transition) -> None:
    expected = [place for place, rule in enumerate(given_rules) if not mismatches(rule, event)]
    assert RuleIndex(given_rules).fired_by(event) == expected


def naive(pattern: list[str], path: list[str]) -> bool:
    """The contract in its own words: `*` is one segment, `**` any number."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return naive(pattern[1:], path) or (bool(path) and naive(pattern, path[1:]))
    return bool(path) and pattern[0] in ("*", path[0]) and naive(pattern[1:], path[1:])


@given(patterns, paths)
def test_path_patterns_mean_what_the_contract_says(pattern: str, path: str) -> None:
    assert path_matches([pattern], path) == naive(
        [s for s in pattern.split("/") if s], [s for s in path.split("/") if s]
    )


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("一车间/**", "一车间/泵房/3号泵", True),
        ("一车间/**", "一车间", True),
        ("一车间/**", "一车间北/泵房", False),
        ("一车间/*", "一车间/泵房/3号泵", False),
        ("**/3号泵", "一车间/泵房/3号泵", True),
        ("/一车间//泵房/", "一车间/泵房", True),
        ("**", "", True),
        ("*", "", False),
    ],
)
def test_examples_of_paths(pattern: str, path: str, expected: bool) -> None:
    assert path_matches([pattern], path) is expected


def test_a_pattern_of_many_stars_is_no_trap() -> None:
    assert not path_matches(["**/a/" * 30 + "x"], "/".join(["a"] * 200))


def test_nothing_entered_and_nothing_risen_fires_nothing() -> None:
    everything = Conditions(frozenset(State), Match())
    silent = Transition(kind=EventKind.CHANGED, alarm=Alarm(id=1, source="s", key="k"), time_us=0)
    assert RuleIndex([everything]).fired_by(silent) == []


def test_an_alarm_is_in_a_group_by_its_path_or_its_key() -> None:
    pumps = Group(id=1, name="泵", paths=("一车间/**",), keys=("Area2/*/Pressure#HH",))
    fans = Group(id=2, name="风机", keys=("Area3/Fan",))
    all_states = frozenset(State)
    index = RuleIndex([
        Conditions(all_states, Match(groups=(1,)), groups=(pumps,)),
        Conditions(all_states, Match(groups=(1, 2)), groups=(pumps, fans)),
        Conditions(all_states, Match()),
        Conditions(all_states, Match(groups=(3,))),  # a group that is gone holds nothing
    ])  # fmt: skip

    def told(**alarm: str) -> list[int]:
        found = Alarm(id=1, source="s", **{"key": "k", "path": ""} | alarm)
        return list(index.selecting(found, State.ACTIVE_UNACKED))

    assert told(path="一车间/泵房") == told(key="Area2/P1/Pressure#HH") == [0, 1, 2]
    assert told(key="Area3/Fan") == [1, 2]
    assert told() == told() == [2]


def test_ten_thousand_rules_find_their_few() -> None:
    chance = random.Random(1)
    many = [
        Conditions(
            frozenset(State),
            Match(sources=(f"plc-{number % 100}",), paths=(f"hall-{number % 500}/**",), labels={"n": str(number)}),
        )
        for number in range(10_000)
    ]
    index = RuleIndex(many)
    for number in chance.sample(range(10_000), 50):
        alarm = Alarm(
            id=1, source=f"plc-{number % 100}", key="k", path=f"hall-{number % 500}/pump", labels={"n": str(number)}
        )
        event = Transition(kind=EventKind.RAISED, alarm=alarm, time_us=0, entered=State.ACTIVE_UNACKED)
        assert index.fired_by(event) == [number]


def test_of_a_shelved_alarm_only_rules_with_the_box_ticked_hear() -> None:
    given = [
        Conditions(frozenset(State), Match()),
        Conditions(frozenset(State), Match(), shelved=True),
        Conditions(frozenset(), Match(), shelved=True),
        Conditions(frozenset(), Match(areas=("b",)), shelved=True),
    ]
    index = RuleIndex(given)
    alarm = Alarm(id=1, source="a", key="k", area="a", active=True, acked=False)
    shelved = replace(alarm, shelved_until_us=9)
    entered = State.ACTIVE_UNACKED

    def told(kind: EventKind, alarm: Alarm, entered: State | None) -> list[int]:
        return index.fired_by(Transition(kind=kind, alarm=alarm, time_us=0, entered=entered))

    assert told(EventKind.SHELVED, shelved, None) == [1, 2]
    assert told(EventKind.RAISED, shelved, entered) == [1]
    assert told(EventKind.UNSHELVED, alarm, entered) == [0, 1]
    assert told(EventKind.UNSHELVED, alarm, None) == []
    assert told(EventKind.COMMENTED, shelved, None) == []
