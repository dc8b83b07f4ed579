"""From the post of an alarm to its message's request at the receiver: idle, one alarm after another.

All sides run at once and take turns, so that what else happens on the machine meets them alike.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import quantiles

from bench import alertmanager, load, plant, product
from bench.bench import Bench
from bench.figures import ALERTMANAGER, AtMost, Figure
from bench.load import Side
from bench.processes import BenchFailed
from bench.simulator import Simulator

_TAG = re.compile(r"PT\d{6}")
_WARM = 10
_PACE_S = 0.025
_PATIENCE_S = 10.0


@dataclass
class _Lane:
    """One side. `arrived` gives (moment, text) of what came to its receiver; the alarm's tag stands in the text."""

    side: Side
    arrived: Callable[[], list[tuple[float, str]]]
    posted: dict[int, float] = field(default_factory=dict)
    answered_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self.side.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, number: int) -> None:
        request = self.side.request([(number, True)])
        self.posted[number] = started = time.time()
        self._socket.sendall(request)
        answer = self._socket.recv(65536)
        self.answered_s.append(time.time() - started)
        while not load.is_whole(answer):  # a body may come in a packet of its own
            piece = self._socket.recv(65536)
            if not piece:
                raise BenchFailed("没有收下：连接断开")
            answer += piece
        time.sleep(max(0.0, started + _PACE_S - time.time()))

    def latencies_ms(self) -> list[float]:
        """Of every alarm but the first ones, which connect and fetch tokens. Raises BenchFailed for a missing one."""
        wanted = {plant.tag(number): at for number, at in self.posted.items()}
        deadline = time.monotonic() + _PATIENCE_S
        while len(arrived := self.arrived()) < len(wanted) and time.monotonic() < deadline:
            time.sleep(0.2)
        found: dict[str, float] = {}
        for at, text in arrived:
            for tag in _TAG.findall(text):
                found.setdefault(tag, at)
        if missing := wanted.keys() - found.keys():
            raise BenchFailed(f"{len(missing)} 条报警没有到达，例如 {min(missing)}")
        return [(found[tag] - at) * 1000 for tag, at in list(wanted.items())[_WARM:]]

    def close(self) -> None:
        self._socket.close()


def measure(bench: Bench) -> list[Figure]:
    with ExitStack() as running:
        lanes: dict[str, _Lane] = {}
        for blank in bench.blanks:
            directory = bench.directory / f"latency-{blank.storage.name.lower()}"
            simulator = running.enter_context(Simulator.start(bench.directory))
            installation = product.install(blank, directory, simulator, robots=1, accounts=0)
            served = running.enter_context(installation.serve(simulator))
            lanes[blank.storage.name] = _Lane(
                load.dingbell(served.port, product.EVENTS, served.headers), simulator.arrivals
            )
        if bench.beside_alertmanager:
            other = running.enter_context(alertmanager.serve(bench.directory / "latency-alertmanager"))
            side = load.alertmanager(other.port, alertmanager.ALERTS)
            lanes[ALERTMANAGER] = _Lane(side, other.arrivals)
        for lane in lanes.values():
            running.callback(lane.close)
        for number in range(_WARM + bench.size.latencies):
            for lane in lanes.values():
                lane.post(number)
        return _figures({name: lane.latencies_ms() for name, lane in lanes.items()}, lanes)


def _figures(latencies: dict[str, list[float]], lanes: dict[str, _Lane]) -> list[Figure]:
    def at(percent: int) -> dict[str, list[float]]:
        return {name: [_percentile(values, percent)] for name, values in latencies.items()}

    answered = {
        name: [_percentile([second * 1000 for second in lane.answered_s[_WARM:]], 50)] for name, lane in lanes.items()
    }
    return [
        Figure("延迟：发出报警到请求到达钉钉，p50", "ms", at(50), AtMost(4)),
        Figure("延迟，p90", "ms", at(90)),
        Figure("延迟，p99", "ms", at(99), AtMost(15)),
        Figure("发出报警到收到回答，p50", "ms", answered),
    ]


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]
