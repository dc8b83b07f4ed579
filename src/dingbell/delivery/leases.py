"""Who serves a lane: one worker at a time, for a while, renewed while it works (design §7). Tasks for the writer."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from dingbell.storage import sql
from dingbell.storage.times import SECOND

LEASE_US = 12 * SECOND  # so that another worker has what a dead one left within 15
_DATABASE_NOW = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"  # PostgreSQL


_HELD = (
    "SELECT l.key FROM delivery_lane l JOIN (VALUES {rows}) AS v ON l.key = v.column1"
    " WHERE l.lease = v.column2 AND l.lease_until_us > v.column3"
)
_TAKE = (
    "INSERT INTO delivery_lane (key, lease, lease_until_us, hold_until_us, hold_reason) VALUES {rows}"
    " ON CONFLICT (key) DO UPDATE SET lease = excluded.lease, lease_until_us = excluded.lease_until_us"
    " WHERE delivery_lane.lease IN ('', excluded.lease)"
    f" OR delivery_lane.lease_until_us < excluded.lease_until_us - {LEASE_US} RETURNING key"
)


def take(lane: str, lease: str, now_us: int) -> bool:
    """Take or renew the lane's lease, by database time where several machines share it: their clocks differ."""
    return take_all([(lane, lease, now_us)])[0]


def take_all(wanted: Sequence[tuple[str, str, int]]) -> list[bool]:
    """`take` for each (lane, lease, moment). What is ours for half its time yet is read, not written."""
    if len({lane for lane, _, _ in wanted}) < len(wanted):
        return [take(*one) for one in wanted]
    mine = _run(_HELD, "", wanted, LEASE_US // 2)
    rest = [one for one in wanted if one[0] not in mine]
    mine |= _run(_TAKE, ", 0, ''", rest, LEASE_US)
    return [lane in mine for lane, _, _ in wanted]


def _run(statement: str, more: str, wanted: Sequence[tuple[str, str, int]], while_us: int) -> set[str]:
    """The lanes that the statement finds, of rows with the moment `while_us` later."""
    if connection.vendor == "sqlite":
        row, rows = f"(%s, %s, %s{more})", [(lane, lease, now_us + while_us) for lane, lease, now_us in wanted]
    else:
        row, rows = f"(%s, %s, {_DATABASE_NOW} + %s{more})", [(lane, lease, while_us) for lane, lease, _ in wanted]
    return {key for (key,) in sql.run_of_many(statement, sorted(rows), row)}


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
