"""One measured figure: a value of each side in each round, what it must reach, and whether it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

SQLITE, POSTGRESQL, ALERTMANAGER, APPRISE = "SQLite", "PostgreSQL", "Alertmanager", "Apprise"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """This many times Alertmanager's value."""

    ratio: float

    def __str__(self) -> str:
        return f"≥ {self.ratio:g}×"


@dataclass(frozen=True, slots=True)
class AtLeastValue:
    value: float

    def __str__(self) -> str:
        return f"≥ {self.value:,g}"


@dataclass(frozen=True, slots=True)
class AtMost:
    value: float

    def __str__(self) -> str:
        return f"≤ {self.value:g}"


@dataclass(frozen=True)
class Figure:
    """`rounds` by side. What does not depend on a database stands under SQLite, the default installation."""

    name: str
    unit: str
    rounds: Mapping[str, Sequence[float]]
    target: AtLeast | AtLeastValue | AtMost | None = field(default=None)

    def value(self, side: str) -> float | None:
        """The median of its rounds."""
        return median(self.rounds[side]) if self.rounds.get(side) else None

    def ratio(self, side: str) -> float | None:
        """Side to Alertmanager: the median of the ratios within each round, which share the machine's moods."""
        ours, theirs = self.rounds.get(side, ()), self.rounds.get(ALERTMANAGER, ())
        if side == ALERTMANAGER or not ours or len(ours) != len(theirs) or not all(theirs):
            return None
        return median(one / other for one, other in zip(ours, theirs, strict=True))

    @property
    def met(self) -> bool | None:
        """Of the default installation; None where nothing was asked for, or there was nothing to compare with."""
        match self.target:
            case AtLeast(wanted):
                ratio = self.ratio(SQLITE)
                return None if ratio is None else ratio >= wanted
            case AtLeastValue(wanted):
                value = self.value(SQLITE)
                return None if value is None else value >= wanted
            case AtMost(limit):
                value = self.value(SQLITE)
                return None if value is None else value <= limit
        return None

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "rounds": {side: list(values) for side, values in self.rounds.items()},
            "medians": {side: self.value(side) for side in self.rounds},
            "ratios": {side: self.ratio(side) for side in (SQLITE, POSTGRESQL) if self.ratio(side) is not None},
            "target": None if self.target is None else str(self.target),
            "met": self.met,
        }
