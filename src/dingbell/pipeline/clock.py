"""The clock that everything in a process goes by, over a computer's clock that may be set while it runs.

People's computers start with a wrong clock, and NTP sets it minutes later. Everything here goes on by the clock as it
was, until what was reckoned with it has been moved along (delivery.clock_steps, docs/decisions/0033).
"""

from __future__ import annotations

from collections.abc import Callable

from dingbell.storage.times import SECOND

_LEAST_US = 2 * SECOND  # less is no matter, and follows at once


class Clock:
    """Microseconds since 1970. Read by any thread; `lag_us` is asked by one at a time."""

    def __init__(self, wall: Callable[[], int], monotonic: Callable[[], int]) -> None:
        """`wall` may be set, `monotonic` never is: microseconds since any moment. Where both are the same clock, this
        is that clock.
        """
        self._wall = wall
        self._monotonic = monotonic
        self._ahead_us = wall() - monotonic()
        self.set_by_us = 0  # altogether
        self._told: list[Callable[[], None]] = []

    def __call__(self) -> int:
        return self._monotonic() + self._ahead_us

    def lag_us(self) -> int:
        """By how much the computer's clock was set and this one was not yet; below 0: it was set back."""
        lag_us = self._wall() - self()
        if abs(lag_us) >= _LEAST_US:
            return lag_us
        self._ahead_us += lag_us
        return 0

    def step(self, by_us: int) -> None:
        self._ahead_us += by_us
        self.set_by_us += by_us
        for tell in self._told:
            tell()

    def when_set(self, tell: Callable[[], None]) -> None:
        """Have it called after each step, in the writer's thread and transaction."""
        self._told.append(tell)
