"""Alerts in the shortest words, as a sender would write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from dingbell.sources.alertmanager.alerts import Alert, Parsed, parse
from dingbell.storage.times import SECOND, iso, to_us

NOW = to_us(datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC))


def at(seconds: float) -> str:
    """So many seconds from NOW, as Prometheus writes a time."""
    return str(iso(NOW + round(seconds * SECOND))).replace("+00:00", "Z")


def parsed(*alerts: Any) -> Parsed:
    return parse(json.dumps(alerts).encode(), NOW, UTC)


def alert(labels: dict[str, str] | None = None, **fields: Any) -> Alert:
    """The one alert of a body that has to be good."""
    found = parsed({"labels": labels or {"alertname": "Overheat"}, **fields})
    assert not found.refused, found.reasons
    return found.alerts[0]
