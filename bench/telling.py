"""New alarms to the very end: from the first post until the last notification of them arrived at its receiver.

Those who receive, our simulator and Alertmanager's webhook, run on the same cores: their CPU time is measured, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import alertmanager, load, product
from bench.bench import Bench, in_turn
from bench.figures import ALERTMANAGER, Figure
from bench.load import Side
from bench.posting import post_all
from bench.processes import BenchFailed, Child
from bench.product import Installation
from bench.simulator import Simulator

_BOUND_S = 30.0
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Burst:
    """So many new alarms, in posts of so many events, by so many connections."""

    name: str
    alarms: int
    events: int
    connections: int


@dataclass(frozen=True, slots=True)
class _Told:
    """Alarms told of a second, and CPU microseconds that their receiver spent on each."""

    a_second: float
    receiver_us: float


def measure(bench: Bench, installed: Mapping[str, Installation], simulator: Simulator, burst: Burst) -> list[Figure]:
    """`installed`, by database, send to `simulator`."""
    sides = {name: partial(_ours, one, simulator, burst) for name, one in installed.items()}
    if bench.beside_alertmanager:
        sides[ALERTMANAGER] = partial(_theirs, bench.directory / "alertmanager", burst)
    rounds = in_turn(sides, bench.size.bursts)
    rates = {name: [one.a_second for one in some] for name, some in rounds.items()}
    costs = {name: [one.receiver_us for one in some] for name, some in rounds.items()}
    return [
        Figure(f"{burst.name}：{burst.alarms:,} 条，从发出到全部送达（至多等 {_BOUND_S:.0f} 秒）", "条/秒", rates),
        Figure(f"{burst.name}：接收通知的程序（模拟器、webhook）CPU", "µs/条", costs),
    ]


def _ours(template: Installation, simulator: Simulator, burst: Burst) -> _Told:
    """An alarm is told of when its delivery is sent: several may share a message."""
    with template.copied() as installation, installation.serve(simulator) as served:
        side = load.dingbell(served.port, product.EVENTS, served.headers)
        return _told(side, burst, simulator.process, served.sent, simulator.arrivals)


def _theirs(directory: Path, burst: Burst) -> _Told:
    with alertmanager.serve(directory) as running:
        side = load.alertmanager(running.port, alertmanager.ALERTS)
        return _told(side, burst, running.receiver, running.told, running.arrivals)


def _told(
    side: Side, burst: Burst, receiver: Child, told: Callable[[], int], arrivals: Callable[[], list[tuple[float, str]]]
) -> _Told:
    """What is not told of in time does not count, and all that time does."""
    cpu, started = receiver.cpu_s(), time.time()
    post_all(side, burst.alarms, events=burst.events, connections=burst.connections)
    while (count := told()) < burst.alarms and time.time() < started + _BOUND_S:
        time.sleep(_LOOK_S)
    ended, spent = time.time(), receiver.cpu_s() - cpu
    if not count:
        raise BenchFailed(f"{_BOUND_S:.0f} 秒内没有送出任何通知")
    last = arrivals()[-1][0] if count >= burst.alarms else ended
    return _Told(count / (last - started), spent / count * 1e6)
