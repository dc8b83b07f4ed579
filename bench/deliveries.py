"""How many messages a second go out when nothing but our own work holds them up: no limits, answers at once."""

from __future__ import annotations

import time
from pathlib import Path

from bench import plant, product
from bench.bench import Bench
from bench.figures import AtLeastValue, Figure
from bench.instant import Instant
from bench.processes import BenchFailed
from bench.product import Installation

_PATIENCE_S = 180.0
_LATE_MS = 100  # as DingTalk answers over the internet


def measure(bench: Bench) -> list[Figure]:
    robots = f"发送：{bench.size.receivers:,} 个机器人"
    at_once, cpu = _measure(bench, 0)
    late, _ = _measure(bench, _LATE_MS)
    return [
        Figure(f"{robots}，对方立即回答", "条/秒", at_once, AtLeastValue(1_500)),
        Figure("发送，对方立即回答：服务（含数据库）CPU", "µs/条", cpu),
        Figure(f"{robots}，对方 {_LATE_MS} ms 后回答", "条/秒", late),
    ]


def _measure(bench: Bench, delay_ms: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Messages a second and CPU microseconds a message, by database."""
    rates: dict[str, list[float]] = {}
    cpu: dict[str, list[float]] = {}
    for blank in bench.blanks:
        with Instant.start(bench.directory, delay_ms) as dingtalk:
            directory = bench.directory / f"deliveries-{blank.storage.name.lower()}-{delay_ms}"
            installation = _install(blank, directory, dingtalk, bench.size.receivers)
            rate, cost_us = _drain(installation, dingtalk, bench.size.receivers, bench.size.told)
        rates[blank.storage.name], cpu[blank.storage.name] = [rate], [cost_us]
    return rates, cpu


def _install(blank: Installation, directory: Path, dingtalk: Instant, receivers: int) -> Installation:
    """One rule that tells every robot of every alarm."""
    made = blank.copy(directory)
    with made.serve(dingtalk) as served:
        service = served.post(
            "/api/v1/services",
            {"name": "值班", "type": "dingtalk", "send_to": ["robot"], "robots": dingtalk.robots(receivers)},
        )
        block = {"service": service["id"], "receivers": None}
        served.post("/api/v1/rules", {"name": "全部", "states": plant.STATES, "match": {}, "notifications": [block]})
        served.process.stop()
    return made


def _drain(installation: Installation, dingtalk: Instant, receivers: int, told: int) -> tuple[float, float]:
    """Messages a second, and CPU microseconds a message, from the first alarm's post to the last message."""
    with installation.serve(dingtalk) as served:
        cpu, started = served.cpu_s(), time.monotonic()
        served.post(product.EVENTS, [plant.event(number, active=True) for number in range(told)])
        owed = receivers * told
        while (came := dingtalk.came()) < owed:
            if time.monotonic() > started + _PATIENCE_S:
                raise BenchFailed(f"{owed} 条中只送出 {came} 条")
            time.sleep(0.02)
        return owed / (time.monotonic() - started), (served.cpu_s() - cpu) / owed * 1e6
