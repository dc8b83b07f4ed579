"""The simulator's only clock."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from email.utils import formatdate

CHINA = timezone(timedelta(hours=8), "CST")
"""DingTalk's calendar: quota months begin at midnight in China, which has no daylight saving."""


class Clock:
    """Two readings of one clock, both in epoch seconds.

    `now` measures durations (rate windows, token lifetimes); `wall` is what the clock shows (Date header,
    signature check, message times, quota months). Letting time pass moves both; a skew moves only what is
    shown, so that a clock set wrong and back again never leaves a robot locked out for hours.
    """

    def __init__(self) -> None:
        self.advanced_s = 0.0
        self.skew_s = 0.0
        self._date = (0, b"")

    def now(self) -> float:
        return time.time() + self.advanced_s

    def wall(self) -> float:
        return self.now() + self.skew_s

    def date_header(self) -> bytes:
        second = int(self.wall())
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True).encode("ascii"))
        return self._date[1]


def in_china(wall: float) -> datetime:
    return datetime.fromtimestamp(wall, CHINA)
