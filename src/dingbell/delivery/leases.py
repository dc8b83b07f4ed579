"""Who serves a lane: one worker at a time, for 15 seconds, renewed while it works (design §7). Tasks for the writer."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from dingbell.storage import sql
from dingbell.storage.times import SECOND

LEASE_US = 15 * SECOND
_DATABASE_NOW = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"  # PostgreSQL


def take(lane: str, lease: str, now_us: int) -> bool:
    """Take or renew the lane's lease, by database time where several machines share it: their clocks differ."""
    now, moment = _DATABASE_NOW, list[int]()
    if connection.vendor == "sqlite":
        now, moment = "%s", [now_us]
    taken = sql.execute(
        "INSERT INTO delivery_lane (key, lease, lease_until_us, hold_until_us, hold_reason)"
        f" VALUES (%s, %s, {now} + %s, 0, '')"
        " ON CONFLICT (key) DO UPDATE SET lease = excluded.lease, lease_until_us = excluded.lease_until_us"
        f" WHERE delivery_lane.lease IN ('', excluded.lease) OR delivery_lane.lease_until_us < {now}",
        [lane, lease, *moment, LEASE_US, *moment],
    )
    return bool(taken)


def renew(wanted: Sequence[tuple[str, str]]) -> list[None]:
    """Keep (lane, lease) pairs alive while their call is under way: it may take longer than a lease."""
    for lane, lease in wanted:
        sql.execute(
            f"UPDATE delivery_lane SET lease_until_us = {_DATABASE_NOW} + %s WHERE key = %s AND lease = %s",
            [LEASE_US, lane, lease],
        )
    return [None] * len(wanted)


def release(wanted: Sequence[tuple[str, str]]) -> list[None]:
    """Give up (lane, lease) pairs, so that another worker need not wait them out."""
    sql.execute_many("UPDATE delivery_lane SET lease = '', lease_until_us = 0 WHERE key = %s AND lease = %s", wanted)
    return [None] * len(wanted)


def release_all(wanted: Sequence[None]) -> list[None]:
    """Every lease is void: on SQLite no other process can hold one when this one starts."""
    sql.execute("UPDATE delivery_lane SET lease = '', lease_until_us = 0 WHERE lease <> ''")
    return [None] * len(wanted)
