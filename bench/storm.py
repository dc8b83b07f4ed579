"""A whole plant trips: 10,000 alarms in 10 seconds for one group and 20 people, within DingTalk's limits.

Beside it the same alarms for the group alone, pushed through Apprise's DingTalk plugin.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import apprise_plugin, plant, product
from bench.bench import Bench
from bench.figures import APPRISE, AtLeastValue, AtMost, Figure
from bench.processes import BenchFailed, http
from bench.product import Installation, Served
from bench.simulator import APP, Simulator

_PEOPLE = 20
_BATCH, _PAUSE_S = 100, 0.1  # 1,000 alarms a second
_PATIENCE_S = 70.0  # after the last alarm was posted
_LIMITS = {"robot_per_minute": 20, "qps": 20}  # DingTalk's own
_TAG = re.compile(r"PT\d{6}")
_DIGEST = re.compile(r"合并消息：(\d+) 条报警")
_NOTIFICATIONS = re.compile(r"（共 (\d+) 条通知）")

Shown = list[tuple[float, int, set[str]]]  # moment of a message, how many alarms it stands for, tags it names


@dataclass(frozen=True, slots=True)
class _Group:
    """What DingTalk saw of the robot, and of how many alarms its group could read."""

    lock_outs: int
    most_a_minute: int
    shown: int


@dataclass(frozen=True, slots=True)
class _Storm:
    """Seconds are from the first post on, of the receiver that waited longest."""

    group: _Group
    believed: int
    taken_s: float
    critical_s: float
    accounted_s: float
    peak_mib: float


def measure(bench: Bench) -> list[Figure]:
    alarms = [_alarm(number) for number in range(bench.size.storm)]
    ours = {blank.storage.name: _ours(bench, blank, alarms) for blank in bench.blanks}
    with Simulator.start(bench.directory) as simulator:
        [robot] = simulator.robots(1, secret="")  # the plugin encodes a signature twice: DingTalk takes none of them
        simulator.post("/_sim/limits", _LIMITS)
        believed = apprise_plugin.push(
            simulator.url, robot["webhook"], [(one["name"], one["description"]) for one in alarms]
        )
        theirs = _group(simulator)
    return _figures(len(alarms), ours, theirs, believed)


def _alarm(number: int) -> dict[str, Any]:
    """One in twenty is critical."""
    priority = "critical" if number % 20 == 19 else ("high", "medium", "low")[number % 3]
    return plant.event(number, active=True) | {"priority": priority}


def _ours(bench: Bench, blank: Installation, alarms: list[dict[str, Any]]) -> _Storm:
    with Simulator.start(bench.directory) as simulator:
        installation = _install(blank, bench.directory / f"storm-{blank.storage.name.lower()}", simulator)
        with installation.serve(simulator) as served:
            started = time.time()
            taken_s = _post(served, alarms)
            _wait(served, started + taken_s + _PATIENCE_S)
            ended_s = time.time() - started
            receivers = _receivers(simulator)
            critical = {one["name"].partition(" ")[0] for one in alarms if one["priority"] == "critical"}
            return _Storm(
                _group(simulator),
                served.sent() // len(receivers),
                taken_s,
                max(_names_any(shown, critical, started) or ended_s for shown in receivers),
                max(_stands_for(shown, len(alarms), started) or ended_s for shown in receivers),
                served.process.peak_bytes() / 2**20,
            )


def _install(blank: Installation, directory: Path, simulator: Simulator) -> Installation:
    """One rule that tells the group and everybody of everything; limits on both sides from then on."""
    made = blank.copy(directory)
    with made.serve(simulator) as served:
        service = {
            "name": "值班", "type": "dingtalk", "send_to": ["robot", "account"], "robots": simulator.robots(1),
            "app": APP, "accounts": simulator.accounts(_PEOPLE),
        }  # fmt: skip
        block = {"service": served.post("/api/v1/services", service)["id"], "receivers": None}
        served.post("/api/v1/rules", {"name": "全部", "states": plant.STATES, "match": {}, "notifications": [block]})
        served.process.stop()
    simulator.post("/_sim/limits", _LIMITS)
    return replace(made, limits=True)


def _post(served: Served, alarms: list[dict[str, Any]]) -> float:
    """The seconds it took: at their pace, or as fast as they are taken."""
    started = time.monotonic()
    for turn, first in enumerate(range(0, len(alarms), _BATCH)):
        time.sleep(max(0.0, started + turn * _PAUSE_S - time.monotonic()))
        served.post(product.EVENTS, alarms[first : first + _BATCH])
    return time.monotonic() - started


def _wait(served: Served, until: float) -> None:
    while served.pending() and time.time() < until:
        time.sleep(0.5)


def _receivers(simulator: Simulator) -> list[Shown]:
    """What the group and each person could read, in order."""
    chats: dict[str, list[dict[str, Any]]] = {}
    for one in simulator.messages():
        if one["delivered"] and not one["duplicate"]:
            chats.setdefault(one["user_id"] or one["robot"], []).append(one)
    if len(chats) != _PEOPLE + 1:
        raise BenchFailed(f"只有 {len(chats)} 个接收者收到了消息")
    return [[_read(one) for one in messages] for messages in chats.values()]


def _read(message: Mapping[str, Any]) -> tuple[float, int, set[str]]:
    text = message["text"]
    count = _NOTIFICATIONS.search(text) or _DIGEST.search(text)
    at = datetime.fromisoformat(message["at"]).timestamp()
    return at, int(count[1]) if count else 1, set(_TAG.findall(text))


def _names_any(shown: Shown, tags: set[str], started: float) -> float | None:
    return next((at - started for at, _, named in shown if named & tags), None)


def _stands_for(shown: Shown, alarms: int, started: float) -> float | None:
    total = 0
    for at, count, _ in shown:
        total += count
        if total >= alarms:
            return at - started
    return None


def _group(simulator: Simulator) -> _Group:
    stats = json.loads(http("GET", f"{simulator.url}/_sim/stats"))
    [(token, robot)] = stats["robots"].items()
    shown = sum(_read(one)[1] for one in simulator.messages() if one["robot"] == token and one["delivered"])
    return _Group(stats["lock_outs"], robot["max_per_minute"], shown)


def _figures(alarms: int, ours: dict[str, _Storm], theirs: _Group, believed: int) -> list[Figure]:
    def all_sides(of_ours: str, their: int) -> dict[str, list[float]]:
        return {name: [getattr(one.group, of_ours)] for name, one in ours.items()} | {APPRISE: [their]}

    def each(name: str) -> dict[str, list[float]]:
        return {side: [getattr(one, name)] for side, one in ours.items()}

    storm = f"风暴（{alarms:,} 条报警）"
    return [
        Figure(f"{storm}：被钉钉锁定", "次", all_sides("lock_outs", theirs.lock_outs), AtMost(0)),
        Figure(f"{storm}：以为已送达群的报警", "条", each("believed") | {APPRISE: [believed]}),
        Figure(f"{storm}：群里看得到的报警", "条", all_sides("shown", theirs.shown), AtLeastValue(alarms)),
        Figure(f"{storm}：群任意一分钟的请求", "次", all_sides("most_a_minute", theirs.most_a_minute), AtMost(20)),
        Figure(f"{storm}：第一条紧急报警到所有人", "s", each("critical_s"), AtMost(1)),
        Figure(f"{storm}：全部报警到所有人（单独、列出或计数）", "s", each("accounted_s"), AtMost(60)),
        Figure(f"{storm}：收下全部报警", "s", each("taken_s")),
        Figure(f"{storm}：内存峰值", "MiB", each("peak_mib"), AtMost(250)),
    ]
