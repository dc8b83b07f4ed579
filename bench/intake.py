"""How many events a second are taken for good, beside Alertmanager, which keeps them in memory.

The worker sends meanwhile, as in real life; every answered event must stand in the journal afterwards. New alarms are
told of by both sides. Of alarms that come and go again and again Alertmanager tells once in five minutes: there it only
takes in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bench import alertmanager, load, product, telling
from bench.bench import Bench, in_turn
from bench.figures import ALERTMANAGER, AtLeast, Figure
from bench.load import Load, Measured, Side
from bench.plant import BATCH
from bench.posting import post_all
from bench.processes import BenchFailed
from bench.product import Installation
from bench.simulator import Simulator
from bench.sizes import Size
from bench.telling import Burst

_KEYS = 5_000
_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class _Kind:
    """`connections`: the headline first. `fresh`: every alarm is a new one, and Alertmanager tells of each."""

    name: str
    events: int
    connections: tuple[int, ...]
    fresh: bool = False


# Ten senders of 500 alarms are all 5,000: with more of them, an alarm would be raised and cleared at the same time.
_KINDS = (
    _Kind("单条接入", 1, (64,), fresh=True),
    _Kind(f"每批 {BATCH} 条接入", BATCH, (10,), fresh=True),
    _Kind("单条接入反复的报警", 1, (64, 16, 1)),
    _Kind(f"每批 {BATCH} 条接入反复的报警", BATCH, (10, 1)),
)


def measure(bench: Bench) -> list[Figure]:
    figures = []
    with Simulator.start(bench.directory) as simulator:
        installed = {
            blank.storage.name: product.install(
                blank, bench.directory / f"intake-{blank.storage.name.lower()}", simulator, robots=1, accounts=1
            )
            for blank in bench.blanks
        }
        for kind in _KINDS:
            sides = {name: partial(_ours, one, simulator, bench.size, kind) for name, one in installed.items()}
            if bench.beside_alertmanager:
                sides[ALERTMANAGER] = partial(_theirs, bench, kind)
            figures += _figures(kind, in_turn(sides, bench.size.rounds))
            if kind.fresh:
                burst = Burst(kind.name, bench.size.burst, kind.events, kind.connections[0])
                figures += telling.measure(bench, installed, simulator, burst)
    return figures


@dataclass(frozen=True, slots=True)
class _Round:
    levels: tuple[Measured, ...]
    sent_a_second: float


def _ours(template: Installation, simulator: Simulator, size: Size, kind: _Kind) -> _Round:
    with template.copied() as installation, installation.serve(simulator) as served:
        side = load.dingbell(served.port, product.EVENTS, served.headers)
        started = time.monotonic()
        levels, sent = _drive(side, kind, size, served.cpu_s)
        messages = served.sent() / (time.monotonic() - started)
        if (journal := served.journal()) != sent:
            raise BenchFailed(f"{template.storage.name}：回答收下 {sent} 条，数据库里有 {journal} 条")
        return _Round(levels, messages)


def _theirs(bench: Bench, kind: _Kind) -> _Round:
    """Of what is not fresh it has told before: it tells of an alarm again after 5 minutes only, so it just takes it."""
    with alertmanager.serve(bench.directory / "alertmanager") as running:
        side = load.alertmanager(running.port, alertmanager.ALERTS)
        told = 0
        if not kind.fresh:
            post_all(side, _KEYS)
            deadline = time.monotonic() + _PATIENCE_S
            while (told := running.told()) < _KEYS and time.monotonic() < deadline:
                time.sleep(0.1)
        started = time.monotonic()
        levels, _ = _drive(side, kind, bench.size, running.process.cpu_s)
        return _Round(levels, (running.told() - told) / (time.monotonic() - started))


def _drive(side: Side, kind: _Kind, size: Size, cpu_s: Callable[[], float]) -> tuple[tuple[Measured, ...], int]:
    """What was measured at each number of connections, and how many events were answered in all."""
    with Load(side, connections=kind.connections[0], events=kind.events, keys=_KEYS, fresh=kind.fresh) as driven:
        headline = driven.run(kind.connections[0], size.warm_s, size.load_s, cpu_s)
        rest = [driven.run(level, size.level_s / 5, size.level_s, cpu_s) for level in kind.connections[1:]]
        return (headline, *rest), driven.sent


def _figures(kind: _Kind, rounds: dict[str, list[_Round]]) -> list[Figure]:
    def each(value: Callable[[_Round], float]) -> dict[str, list[float]]:
        return {side: [value(one) for one in some] for side, some in rounds.items()}

    figures = [
        Figure(
            f"{kind.name}，{connections} 个连接", "条/秒", each(partial(_events_a_second, at)),
            None if at else AtLeast(0.6),
        )
        for at, connections in enumerate(kind.connections)
    ]  # fmt: skip
    headline = f"{kind.name}，{kind.connections[0]} 个连接"
    return [
        *figures,
        Figure(f"{headline}：服务（含数据库）CPU", "µs/条", each(lambda one: _cpu_us(one.levels[0]))),
        Figure(f"{headline}：压测程序占一个核", "%", each(lambda one: _own_share(one.levels[0]))),
        Figure(f"{kind.name}：同时送出的消息", "条/秒", each(lambda one: one.sent_a_second)),
    ]


def _events_a_second(level: int, one: _Round) -> float:
    return one.levels[level].a_second


def _cpu_us(one: Measured) -> float:
    return one.server_cpu_s / max(one.events, 1) * 1e6


def _own_share(one: Measured) -> float:
    return one.own_cpu_s / one.seconds * 100
