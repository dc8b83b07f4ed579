"""How much is coming in: while it is a storm, sending gives way.

Both share one interpreter. Whoever reports waits for the answer; messages are bound to DingTalk's limits anyway.
"""

from __future__ import annotations

import threading

from dingbell.storage.times import SECOND

_WINDOW_US = SECOND // 10
_STORM = 50  # reports in a window: 500 a second
_APART_S = 1 / 160


class Traffic:
    """Written by the one writer, read by every thread. Times are microseconds."""

    def __init__(self) -> None:
        self._since_us = 0
        self._reports = 0
        self._storm_until_us = 0

    def note(self, reports: int, now_us: int) -> None:
        if not 0 <= now_us - self._since_us < _WINDOW_US:
            self._since_us, self._reports = now_us, 0
        self._reports += reports
        if self._reports >= _STORM:
            self._storm_until_us = now_us + _WINDOW_US

    def is_storm(self, now_us: int) -> bool:
        """Whether many reports came within the last tenth of a second."""
        return 0 < self._storm_until_us - now_us <= _WINDOW_US


class Pace:
    """Messages leave one after the other, a hundred and sixty a second. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_s = 0.0

    def wait_s(self, now_s: float) -> float:
        """Seconds until it is this message's turn."""
        with self._lock:
            turn_s = max(now_s, self._next_s)
            self._next_s = turn_s + _APART_S
            return turn_s - now_s
