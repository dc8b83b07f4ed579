"""The alarms and the rules of the benchmark: the same information for every side."""

from __future__ import annotations

import json
from typing import Any

from bench.processes import BenchFailed

BATCH = 500
_TYPES = (("HH", "critical"), ("H", "high"), ("L", "medium"), ("LL", "critical"))
_HIGH, _LOW = ["HH", "H"], ["L", "LL"]
STATES = ["active_unacked", "active_acked", "cleared_unacked", "cleared_acked"]
FIRST = b"PT00"  # of alarms below 10,000
_SIGNS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ENDED = "2026-01-01T00:00:00Z"  # any past moment: the alert is over


def rules(count: int) -> list[dict[str, Any]]:
    """Rules (name, states, match) for `count // 2` areas, of four kinds; every event fires exactly one of them."""
    found = []
    for number in range(count):
        area = number // 2
        types = _LOW if number % 2 else _HIGH
        if area % 2 == 0 and types is _HIGH:
            match: dict[str, Any] = {"areas": [_area(area)]}
        elif area % 2 == 0:
            match = {"paths": [f"{_area(area)}/**"]}
        elif types is _HIGH:
            match = {"labels": {"section": _section(area)}}
        else:
            match = {"paths": [f"{_area(area)}/*/*"], "priorities": ["critical", "medium"]}
        found.append({"name": f"规则 {number:05}", "states": STATES, "match": {**match, "types": types}})
    return found


def event(number: int, *, active: bool, areas: int = 50) -> dict[str, Any]:
    """What `POST /api/v1/events` takes of alarm `number`. Without `time`: its receipt is its time."""
    point, limit = divmod(number, len(_TYPES))  # a measuring point has four alarms
    area = point % areas
    kind, priority = _TYPES[limit]
    return {
        "source": f"plc-{area % 8}",
        "key": _key(number),
        "state": "active" if active else "cleared",
        "name": f"{tag(number)} 出口压力{kind}",
        "path": f"{_area(area)}/泵房/{point + 1}号泵",
        "priority": priority,
        "type": kind,
        "value": 12.4 if active else 8.6,
        "unit": "bar",
        "limit": 10.0,
        "description": "请检查出口阀和吸入口滤网，必要时切换备用泵",
        "area": _area(area),
        "labels": {"line": "A", "section": _section(area)},
    }


def alert(number: int, *, active: bool) -> dict[str, Any]:
    """The same for Alertmanager's `POST /api/v2/alerts`."""
    told = event(number, active=active)
    labels = {name: told[name] for name in ("source", "key", "path", "area")} | told["labels"]
    annotations = {name: str(told[name]) for name in ("value", "unit", "limit", "description")}
    return {
        "labels": labels | {"alertname": told["type"], "severity": told["priority"]},
        "annotations": annotations | {"summary": told["name"]},
    } | ({} if active else {"endsAt": _ENDED})


def tag(number: int) -> str:
    """By this an arriving message is known: it stands in the key and in the name."""
    return f"PT{number:06}"


def others(times: int) -> bytes:
    """What stands in place of FIRST to make other alarms of the same length, up to 1,295 times. Raises BenchFailed."""
    first, second = divmod(times, len(_SIGNS))
    if first >= len(_SIGNS):
        raise BenchFailed(f"一次测量最多造 {len(_SIGNS) ** 2:,} 轮不同的报警：时间太长，或这台机器太快")
    return b"PT%c%c" % (_SIGNS[first], _SIGNS[second])


def encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _area(area: int) -> str:
    return f"{area + 1}车间"


def _section(area: int) -> str:
    return f"S{area:04}"


def _key(number: int) -> str:
    return f"Area{number % 50}/Pump{number % 9 + 1}/{tag(number)}"
