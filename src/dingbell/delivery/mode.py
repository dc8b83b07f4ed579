"""How sparingly a receiver's messages are sent while the organisation's quota runs short. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """NORMAL. MERGE: more goes into digests. CRITICAL: only critical alarms go, the rest waits. STOPPED: nothing goes."""

    NORMAL = "normal"
    MERGE = "merge"
    CRITICAL = "critical"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Sparing:
    """The mode of one pool now, and until when it lasts at most: the turn of the month."""

    mode: Mode = Mode.NORMAL
    until_us: int = 0


UNSPARING = Sparing()
