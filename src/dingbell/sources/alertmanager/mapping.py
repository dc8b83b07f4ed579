"""How an alert becomes a report: which labels and annotations make which field. Pure; the file is mapping_file's."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dingbell.alarms.alarm import AckMode, Priority, Report, Value
from dingbell.sources.alertmanager.alerts import Alert, write_origin
from dingbell.sources.events import LONGEST_KEY, LONGEST_LABEL, LONGEST_TEXT, MOST_LABELS
from dingbell.storage.times import MINUTE, to_us

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MOST_DIGITS = 15  # what a float holds, too
_CUT = "…"
_LATEST_US = to_us(datetime(9000, 1, 1, tzinfo=UTC))  # an end that leaves room to be postponed


@dataclass(frozen=True, slots=True)
class Reference:
    """One label or annotation: `labels.job`, `annotations.summary`."""

    annotation: bool
    name: str

    def of(self, alert: Alert) -> str:
        return (alert.annotations if self.annotation else alert.labels).get(self.name, "").strip()


Place = tuple[Reference, ...]
"""Where a text may stand; of several, those that are there joined by a slash."""


def label(name: str) -> Place:
    return (Reference(False, name),)


def annotation(name: str) -> Place:
    return (Reference(True, name),)


FIELDS: Table[str, tuple[Place, ...]] = {
    "source": (),
    "name": (annotation("summary"), annotation("title"), label("alertname")),
    "description": (annotation("description"), annotation("message")),
    "path": (label("path"), label("job") + label("instance")),
    "area": (label("area"), label("site")),
    "type": (label("alertname"),),
    "value": (annotation("value"),),
    "unit": (annotation("unit"),),
    "limit": (annotation("limit"),),
    "priority": (label("severity"), label("priority")),
    "ack_mode": (),
}

WORDS: Table[Priority, tuple[str, ...]] = {
    Priority.CRITICAL: ("critical", "page", "emergency", "紧急"),
    Priority.HIGH: ("high", "error", "major", "高"),
    Priority.MEDIUM: ("medium", "warning", "中"),
    Priority.LOW: ("low", "info", "none", "低"),
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """Places of each field, the first with a text counts; `source`, `priority`, `ack_mode` where none has one."""

    fields: Table[str, tuple[Place, ...]] = field(default_factory=lambda: FIELDS)
    words: Table[str, Priority] = field(
        default_factory=lambda: {word: priority for priority, words in WORDS.items() for word in words}
    )
    source: str = "alertmanager"
    priority: Priority = Priority.MEDIUM
    ack_mode: AckMode = AckMode.MANUAL
    resolve_timeout_us: int = 5 * MINUTE

    def report(self, alert: Alert, receipt_us: int) -> Report:
        """Firing is what has no end yet (data model of Alertmanager's API v2).

        Event time is the start when firing, the end when resolved. A firing alert has to be repeated before
        its end, else it is over.
        """
        firing = alert.ends_us is None or alert.ends_us > receipt_us
        return Report(
            source=shortened(self._text(alert, "source") or self.source, LONGEST_KEY),
            key=_key(alert),
            active=firing,
            time_us=alert.starts_us if firing else alert.ends_us,
            of_now=alert.starts_us is None,  # amtool's end, in whole seconds, can lie before the receipt of its start
            name=self._text(alert, "name"),
            description=self._text(alert, "description"),
            path=self._text(alert, "path"),
            area=self._text(alert, "area"),
            type=self._text(alert, "type"),
            unit=self._text(alert, "unit"),
            value=_value(self._text(alert, "value")) if firing else None,  # what it was when it last fired
            limit=_value(self._text(alert, "limit")),
            priority=self._priority(alert),
            ack_mode=self._ack_mode(alert),
            labels=_labels(alert),
            expires_us=self._expiry(alert, receipt_us) if firing else None,
            origin=write_origin(alert, receipt_us),
        )

    def _expiry(self, alert: Alert, receipt_us: int) -> int:
        return receipt_us + self.resolve_timeout_us if alert.ends_us is None else min(alert.ends_us, _LATEST_US)

    def _text(self, alert: Alert, name: str) -> str:
        for place in self.fields[name]:
            if text := "/".join(filter(None, (reference.of(alert) for reference in place))):
                return shortened(text, LONGEST_TEXT)
        return ""

    def _priority(self, alert: Alert) -> Priority:
        for place in self.fields["priority"]:
            found = self.words.get("/".join(reference.of(alert) for reference in place).lower())
            if found is not None:
                return found
        return self.priority

    def _ack_mode(self, alert: Alert) -> AckMode:
        text = self._text(alert, "ack_mode").lower()
        return AckMode(text) if text in set(AckMode) else self.ack_mode


def shortened(text: str, longest: int) -> str:
    """At most `longest` characters: a sender like Prometheus could do nothing about a refusal."""
    return text if len(text) <= longest else text[: longest - len(_CUT)] + _CUT


def _key(alert: Alert) -> str:
    tail = f"#{alert.fingerprint}"
    return shortened(alert.labels.get("alertname", "alert"), LONGEST_KEY - len(tail)) + tail


def _labels(alert: Alert) -> dict[str, str]:
    kept = list(alert.labels.items())[:MOST_LABELS]
    return {shortened(name, LONGEST_LABEL): shortened(value, LONGEST_LABEL) for name, value in kept}


def _value(text: str) -> Value:
    """A number where it reads as one, else the text; None for none."""
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        return text
    if text.lstrip("+-").isdigit() and len(text) <= _MOST_DIGITS:
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else text
