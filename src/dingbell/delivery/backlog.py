"""How much waits to be sent, and since when. No writes."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Backlog:
    """`waiting` deliveries of each kind of lane (`robot`, `account`); `oldest_us` is when the oldest was owed."""

    waiting: dict[str, int]
    oldest_us: int | None
    held_lanes: int


# Word for word the condition of the index `delivery_open`.
_OPEN = "state IN ('pending', 'sending')"
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
        cursor.execute("SELECT COUNT(*) FROM delivery_lane WHERE hold_until_us > %s", [now_us])
        held = int(cursor.fetchone()[0])
    return Backlog(waiting, oldest_us, held)
