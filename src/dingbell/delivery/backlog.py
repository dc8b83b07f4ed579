"""How much waits to be sent, and since when. No writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from dingbell.delivery.budget import Limit
from dingbell.storage import sql


@dataclass(frozen=True, slots=True)
class Backlog:
    """`waiting` deliveries of each kind of lane (`robot`, `account`); `oldest_us` is when the oldest was owed."""

    waiting: dict[str, int]
    oldest_us: int | None
    held_lanes: int
    lanes_in_trouble: int
    silent_lanes: int


# Word for word the condition of the index `delivery_open`.
_OPEN = "state IN ('pending', 'sending')"
_LANES = (
    "SELECT (SELECT COUNT(*) FROM delivery_lane WHERE hold_until_us > %s),"
    " (SELECT COUNT(*) FROM delivery_lane WHERE trouble <> ''), (SELECT COUNT(*) FROM delivery_silentlane)"
)
_KINDS = {"r": "robot", "p": "robot", "a": "account", "x": "other"}


def backlog(now_us: int) -> Backlog:
    """Reads the index of what waits, so it costs by that and not by the history."""
    waiting = dict.fromkeys(_KINDS.values(), 0)
    oldest: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT lane, COUNT(*), MIN(id) FROM delivery_delivery WHERE {_OPEN} GROUP BY lane")
        for lane, count, first in cursor.fetchall():
            waiting[_KINDS[lane[0]]] += count
            oldest.append(first)
        oldest_us = None
        if oldest:
            cursor.execute("SELECT created_us FROM delivery_delivery WHERE id = %s", [min(oldest)])
            oldest_us = int(cursor.fetchone()[0])
        cursor.execute(_LANES, [now_us])
        held, troubled, silent = (int(count) for count in cursor.fetchone())
    return Backlog(waiting, oldest_us, held, troubled, silent)


def free_slots(credentials: Sequence[str], limit: Limit, now_us: int) -> dict[str, int]:
    """How many calls each of these robots still takes now. Reads the calls of the last minute, robot by robot."""
    if not limit.calls or not credentials:
        return {}
    made = "SELECT COUNT(*) FROM delivery_attempt WHERE lane = %s AND at_us > %s AND delivery_id IS NULL"
    since_us = now_us - limit.window_us
    return {key: max(0, limit.calls - int(sql.value(made, [key, since_us]))) for key in credentials}
