"""What it costs to find the rules that an event fires, by the number of rules."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from statistics import median

import msgspec

from bench import plant
from bench.bench import Bench
from bench.figures import SQLITE, AtMost, Figure
from bench.processes import BenchFailed
from dingbell.alarms.alarm import PRIORITY_BY_WORD, Alarm, EventKind, State, Transition
from dingbell.notify.rules.matching import Conditions, Match, RuleIndex

_PASSES = 5
_ALARMS = 5_000


def measure(bench: Bench) -> list[Figure]:
    """The passes over the different numbers of rules take turns."""
    made = {
        count: (RuleIndex(_conditions(count)), _transitions(count, bench.size.matches)) for count in bench.size.rules
    }
    passes: dict[int, list[float]] = {count: [] for count in made}
    for _ in range(_PASSES):
        for count, (index, transitions) in made.items():
            passes[count].append(_pass_us(index, transitions))
    few, many = min(made), max(made)
    ratio = median(one / other for one, other in zip(passes[many], passes[few], strict=True))
    return [
        *(Figure(f"匹配：{count:,} 条规则", "µs/条", {SQLITE: passes[count]}) for count in made),
        Figure(f"匹配：{many:,} 条规则比 {few:,} 条", "倍", {SQLITE: [ratio]}, AtMost(2)),
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


def _transitions(rules: int, count: int) -> list[Transition]:
    """Raised alarms of a plant of 5,000 in no order, spread over the areas that the rules name."""
    chance = random.Random(1)
    found = []
    for _ in range(count):
        number = chance.randrange(_ALARMS)
        told = plant.event(number, active=True, areas=rules // 2)
        kept = {name: told[name] for name in ("source", "key", "name", "path", "area", "type", "labels")}
        alarm = Alarm(id=number + 1, **kept, priority=PRIORITY_BY_WORD[told["priority"]], active=True, acked=False)
        found.append(Transition(kind=EventKind.RAISED, alarm=alarm, time_us=0, entered=State.ACTIVE_UNACKED))
    return found
