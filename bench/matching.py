"""What it costs to find the rules that an event fires, by the number of rules."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import msgspec

from bench import plant
from bench.bench import Bench
from bench.figures import SQLITE, AtMost, Figure
from bench.processes import BenchFailed
from dingbell.alarms.alarm import PRIORITY_BY_WORD, Alarm, EventKind, State, Transition
from dingbell.notify.rules.matching import Conditions, Match, RuleIndex

_PASSES = 5
_ALARMS = 5_000  # fewer than an index remembers


def measure(bench: Bench) -> list[Figure]:
    """Alarms that each come for the first time, then those of a plant whose alarms the index remembers.

    The passes over the different numbers of rules take turns.
    """
    chance, size = random.Random(1), bench.size.matches
    known = [chance.randrange(_ALARMS) for _ in range(size)]
    made = {count: (RuleIndex(_conditions(count)), _transitions(count, known)) for count in bench.size.rules}
    first: dict[int, list[float]] = {count: [] for count in made}
    again: dict[int, list[float]] = {count: [] for count in made}
    for one in range(_PASSES):
        fresh = chance.sample(range(size * one, size * (one + 1)), size)
        for count, (index, _) in made.items():
            first[count].append(_pass_us(index, _transitions(count, fresh)))
    for _ in range(_PASSES):
        for count, (index, transitions) in made.items():
            again[count].append(_pass_us(index, transitions))
    return [*_figures("匹配第一次出现的报警", first, AtMost(2)), *_figures("匹配记得的报警", again, None)]


def _figures(name: str, passes: dict[int, list[float]], target: AtMost | None) -> list[Figure]:
    few, many = min(passes), max(passes)
    ratios = [one / other for one, other in zip(passes[many], passes[few], strict=True)]
    return [
        *(Figure(f"{name}：{count:,} 条规则", "µs/条", {SQLITE: spent}) for count, spent in passes.items()),
        Figure(f"{name}：{many:,} 条规则比 {few:,} 条", "倍", {SQLITE: ratios}, target),
    ]


def _pass_us(index: RuleIndex, transitions: Sequence[Transition]) -> float:
    started = time.process_time()
    fired = sum(len(index.fired_by(transition)) for transition in transitions)
    spent_s = time.process_time() - started
    if fired != len(transitions):
        raise BenchFailed(f"{len(transitions)} 条报警触发了 {fired} 条规则，应当各触发一条")
    return spent_s / len(transitions) * 1e6


def _conditions(count: int) -> list[Conditions]:
    found = []
    for rule in plant.rules(count):
        match = dict(rule["match"])
        if "priorities" in match:
            match["priorities"] = [PRIORITY_BY_WORD[word] for word in match["priorities"]]
        found.append(Conditions(frozenset(map(State, rule["states"])), msgspec.convert(match, Match)))
    return found


def _transitions(rules: int, numbers: Sequence[int]) -> list[Transition]:
    """These alarms raised, spread over the areas that the rules name."""
    found = []
    for number in numbers:
        told = plant.event(number, active=True, areas=rules // 2)
        kept = {name: told[name] for name in ("source", "key", "name", "path", "area", "type", "labels")}
        alarm = Alarm(id=number + 1, **kept, priority=PRIORITY_BY_WORD[told["priority"]], active=True, acked=False)
        found.append(Transition(kind=EventKind.RAISED, alarm=alarm, time_us=0, entered=State.ACTIVE_UNACKED))
    return found
