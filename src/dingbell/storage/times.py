"""Time as the engine keeps it: whole microseconds since 1970 in UTC.

One number sorts, compares and stores the same way on SQLite and PostgreSQL and costs nothing to read
(docs/decisions/0004). People see `datetime`s in their zone, made at the edge by these functions.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, tzinfo

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_us() -> int:
    """The clock. Only the composition root and the edges read it; whatever decides gets the value."""
    return time.time_ns() // 1000


def monotonic_us() -> int:
    """Since any moment: nobody sets it."""
    return time.monotonic_ns() // 1000


def to_us(moment: datetime) -> int:
    """An aware datetime in microseconds, exact."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int, zone: tzinfo = UTC) -> datetime:
    return (_EPOCH + timedelta(microseconds=us)).astimezone(zone)


def from_iso(text: str, zone: tzinfo) -> int:
    """An ISO 8601 moment; one without an offset is in `zone`. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text.strip())
        return to_us(found if found.tzinfo else found.replace(tzinfo=zone))
    except OverflowError:
        raise ValueError(text) from None


def iso(us: int | None, zone: tzinfo = UTC) -> str | None:
    """ISO 8601 with offset, as every API answer gives it."""
    return None if us is None else from_us(us, zone).isoformat()
