"""What may be shelved, and for how long."""

from __future__ import annotations

from dingbell.alarms import patterns
from dingbell.alarms.models import AlarmRow
from dingbell.storage.times import DAY, MINUTE

LONGEST_MINUTES = 30 * 24 * 60
MOST_AT_ONCE = 20_000


class TooMany(Exception):
    """More alarms than may be shelved at once."""


def may_last(minutes: int) -> bool:
    return 1 <= minutes <= LONGEST_MINUTES


def may_end(until_us: int, now_us: int) -> bool:
    """Between a minute and thirty days from now; the first seconds of a minute count as all of it."""
    return now_us + MINUTE // 2 <= until_us <= now_us + 30 * DAY


def on_path(pattern: str) -> list[int]:
    """The ids of the alarms there are on this path pattern. Raises TooMany."""
    rows = AlarmRow.objects.filter(patterns.matching("path", pattern))
    ids = list(rows.order_by("id").values_list("id", flat=True)[: MOST_AT_ONCE + 1])
    if len(ids) > MOST_AT_ONCE:
        raise TooMany
    return ids
