"""A kill -9 with a long queue: how soon the first message goes out again, and how fast the queue drains."""

from __future__ import annotations

import time

from bench import load, product
from bench.bench import Bench
from bench.figures import AtMost, Figure
from bench.posting import post_all
from bench.processes import BenchFailed
from bench.product import Installation
from bench.simulator import Simulator

_ROBOTS = 50
_PEOPLE = 50
_PATIENCE_S = 60.0


def measure(bench: Bench) -> list[Figure]:
    first: dict[str, list[float]] = {}
    robots: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    people: dict[str, list[float]] = {}
    for blank in bench.blanks:
        name = blank.storage.name
        first[name], (rate, cost_ms) = _to_robots(bench, blank)
        robots[name], cpu[name] = [rate], [cost_ms]
        people[name] = [_to_people(bench, blank)]
    return [
        Figure(f"kill -9 后、积压 {bench.size.pending:,} 条时，重启到第一条消息", "s", first, AtMost(2)),
        Figure(f"发送：积压到 {_ROBOTS} 个机器人", "条/秒", robots),
        Figure("发送到机器人：服务（含数据库）CPU", "ms/条", cpu),
        Figure(f"发送：积压到 {_PEOPLE} 个人（一个应用）", "条/秒", people),
    ]


def _to_robots(bench: Bench, blank: Installation) -> tuple[list[float], tuple[float, float]]:
    """Seconds to the first message after each restart, and the rate and cost of the last one's sending."""
    size = bench.size
    with Simulator.start(bench.directory) as simulator:
        directory = bench.directory / f"restart-{blank.storage.name.lower()}"
        installation = product.install(blank, directory, simulator, robots=_ROBOTS, accounts=0)
        _fill(installation, simulator, size.pending)
        waits = []
        for number in range(size.restarts):
            seconds, drained = _restart(installation, simulator, size.drain_s if number == size.restarts - 1 else 0)
            waits.append(seconds)
    return waits, drained


def _to_people(bench: Bench, blank: Installation) -> float:
    """Messages a second."""
    with Simulator.start(bench.directory) as simulator:
        directory = bench.directory / f"people-{blank.storage.name.lower()}"
        installation = product.install(blank, directory, simulator, robots=0, accounts=_PEOPLE)
        with installation.serve(simulator) as served:
            post_all(load.dingbell(served.port, product.EVENTS, served.headers), min(bench.size.pending, 10_000))
            return _drain(served, simulator, bench.size.drain_s)[0]


def _fill(installation: Installation, simulator: Simulator, pending: int) -> None:
    """Raise that many alarms and kill at once: little of what they owe has gone out."""
    with installation.serve(simulator) as served:
        post_all(load.dingbell(served.port, product.EVENTS, served.headers), pending)
        # Counted before the kill: the last to close a SQLite file would put its log in order.
        left, owed = served.pending(), installation.storage.count(installation.directory, "delivery_delivery")
    if owed != pending or not left:
        raise BenchFailed(f"{pending} 条报警欠下 {owed} 条发送，还有 {left} 条没发")


def _restart(installation: Installation, simulator: Simulator, drain_s: float) -> tuple[float, tuple[float, float]]:
    """Seconds from the start of the process to its first message; then sends a second and CPU ms a send."""
    time.sleep(0.2)  # what was under way at the kill has arrived
    before = simulator.requests()
    served = installation.start(simulator, wait=False)
    with served.process:
        deadline = time.monotonic() + _PATIENCE_S
        while simulator.requests() == before:
            if time.monotonic() > deadline:
                raise BenchFailed(f"{_PATIENCE_S:.0f} 秒内没有消息")
            time.sleep(0.01)
        seconds = simulator.arrivals(since=served.process.started_at)[0][0] - served.process.started_at
        return seconds, _drain(served, simulator, drain_s) if drain_s else (0.0, 0.0)


def _drain(served: product.Served, simulator: Simulator, seconds: float) -> tuple[float, float]:
    time.sleep(min(1.0, seconds))
    cpu, sent, started = served.cpu_s(), simulator.requests(), time.monotonic()
    time.sleep(seconds)
    spent, done = served.cpu_s() - cpu, simulator.requests() - sent
    if not served.pending():
        raise BenchFailed("积压在测量结束前就发完了")
    return done / (time.monotonic() - started), spent / max(done, 1) * 1000
