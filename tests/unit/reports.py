"""Reports and alarms in the shortest words; times are small numbers, one is one second."""

from __future__ import annotations

from typing import Any

from dingbell.alarms import lifecycle
from dingbell.alarms.alarm import Alarm, Report, Transition
from dingbell.storage.times import SECOND

FRESH = Alarm(id=1, source="plc-1", key="P3#HH")


def at(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * SECOND)


def report(active: bool, time: float | None = None, *, expires: float | None = None, **fields: Any) -> Report:
    return Report(source="plc-1", key="P3#HH", active=active, time_us=at(time), expires_us=at(expires), **fields)


def active(time: float | None = None, **fields: Any) -> Report:
    return report(True, time, **fields)


def cleared(time: float | None = None, **fields: Any) -> Report:
    return report(False, time, **fields)


class Life:
    """An alarm that is told things one after the other; `receipt` defaults to the report's own time."""

    def __init__(self, *reports: Report) -> None:
        self.alarm = FRESH
        self.transitions: list[Transition] = []
        for one in reports:
            self.hear(one)

    def hear(self, told: Report, receipt: float | None = None) -> Transition | None:
        """What it made of it, None when nothing happened."""
        receipt_us = at(receipt) if receipt is not None else told.time_us
        assert receipt_us is not None
        self.alarm, transition = lifecycle.apply(self.alarm, told, receipt_us)
        if transition is not None:
            self.transitions.append(transition)
        return transition

    def acknowledge(
        self, by: str = "张师傅", note: str = "", at_s: float = 0, occurrence: int | None = None
    ) -> Transition:
        transition = lifecycle.acknowledge(self.alarm, actor=by, note=note, at_us=at(at_s) or 0, occurrence=occurrence)
        self.alarm = transition.alarm
        self.transitions.append(transition)
        return transition
