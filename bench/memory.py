"""Resident memory: idle, and with many alarms that were told of."""

from __future__ import annotations

import time
from contextlib import ExitStack

from bench import alertmanager, load, product
from bench.bench import Bench
from bench.figures import ALERTMANAGER, SQLITE, AtMost, Figure
from bench.plant import BATCH
from bench.posting import post_all
from bench.processes import Child
from bench.simulator import Simulator

_MIB = 1 << 20


def measure(bench: Bench) -> list[Figure]:
    size = bench.size
    with ExitStack() as running:
        simulator = running.enter_context(Simulator.start(bench.directory))
        template = product.install(bench.blanks[0], bench.directory / "memory", simulator, robots=1, accounts=1)
        served = running.enter_context(template.serve(simulator))
        processes = {SQLITE: served.process}
        sides = {SQLITE: load.dingbell(served.port, product.EVENTS, served.headers)}
        if bench.beside_alertmanager:
            other = running.enter_context(alertmanager.serve(bench.directory / "memory-alertmanager"))
            processes[ALERTMANAGER] = other.process
            sides[ALERTMANAGER] = load.alertmanager(other.port, alertmanager.ALERTS)
        time.sleep(size.idle_s)
        idle = _resident(processes)
        for side in sides.values():
            post_all(side, size.alarms)
        time.sleep(size.settle_s)
        return [
            Figure(f"内存：启动 {size.idle_s:g} 秒后空闲", "MiB", idle, AtMost(100)),
            Figure(f"内存：收下 {size.alarms:,} 个报警后（每批 {BATCH} 条）", "MiB", _resident(processes)),
        ]


def _resident(processes: dict[str, Child]) -> dict[str, list[float]]:
    return {name: [process.resident_bytes() / _MIB] for name, process in processes.items()}
