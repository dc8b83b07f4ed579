"""How much DingTalk lets through: sliding windows, the robot's 10-minute block, monthly quotas.

Sources: D 0717 (20 a minute, then 10 minutes of refusal), D 1433 (QPS per app and API), D 1431 (quotas
per calendar month). Every function that decides takes the time as an argument.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from dingtalk_simulator.clock import in_china

MINUTE_S = 60.0
BLOCK_S = 600.0


@dataclass(slots=True)
class Limits:
    """What the control API can set; 0 means unlimited."""

    robot_per_minute: int = 20
    qps: int = 20
    person_per_minute: int = 0
    """DingTalk has a flow control per person but publishes no threshold, so it is off by default."""
    robot_body_bytes: int = 20_000
    """Of the whole request of a custom robot (reference §1.8)."""
    msg_param_bytes: int = 15_000
    """Documented for groups only (D 0716); person-to-person has the error code but no number."""


class Window:
    """Counts what happened in the last `span_s` seconds and remembers the most it ever held."""

    __slots__ = ("most", "span_s", "times")

    def __init__(self, span_s: float) -> None:
        self.span_s = span_s
        self.times: deque[float] = deque()
        self.most = 0

    def count(self, now: float) -> int:
        oldest = now - self.span_s
        while self.times and self.times[0] <= oldest:
            self.times.popleft()
        return len(self.times)

    def add(self, now: float) -> None:
        held = self.count(now) + 1
        self.times.append(now)
        self.most = max(self.most, held)

    def admits(self, now: float, limit: int) -> bool:
        """Takes a place in the window if one is free; a refused call takes none."""
        if not limit:
            return True
        if self.count(now) >= limit:
            return False
        self.add(now)
        return True


@dataclass(slots=True)
class RobotGate:
    """The per-robot limit: one message too many in a minute and the robot is refused for 10 minutes.

    Calls made while blocked neither lengthen the block nor count towards the next minute; DingTalk does
    not say whether they do.
    """

    admitted: Window = field(default_factory=lambda: Window(MINUTE_S))
    blocked_until: float = 0.0
    lock_outs: int = 0

    def admits(self, now: float, per_minute: int) -> bool:
        if not per_minute:
            return True
        if now < self.blocked_until:
            return False
        if self.admitted.admits(now, per_minute):
            return True
        self.blocked_until = now + BLOCK_S
        self.lock_outs += 1
        return False


@dataclass(slots=True)
class MonthlyQuota:
    """Calls of the whole organisation in one calendar month; `limit` None means no quota, 0 none left."""

    limit: int | None = None
    used: int = 0
    month: tuple[int, int] = (0, 0)

    def admits(self, wall: float) -> bool:
        """Counts the call in any case: DingTalk's own text speaks of 10001 calls of 10000."""
        day = in_china(wall)
        if (day.year, day.month) != self.month:
            self.month = (day.year, day.month)
            self.used = 0
        self.used += 1
        return self.limit is None or self.used <= self.limit
