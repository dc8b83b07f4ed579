"""Reading what silences withheld. No writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

MOST_COUNTED = 1_000
# Beside an index's column `state` stands in an expression, or SQLite's planner takes the index of the states.
_STATE = "state || ''"
_SAME_RECEIVER = (
    "COALESCE(n.robot_id, 0) = COALESCE(d.robot_id, 0) AND COALESCE(n.account_id, 0) = COALESCE(d.account_id, 0)"
)


@dataclass(frozen=True, slots=True)
class Withheld:
    """`superseded`: the receiver was told something newer of the alarm, or the same rule has something newer."""

    id: int
    event_id: int
    alarm_id: int
    rule_id: int
    robot_id: int | None
    account_id: int | None
    superseded: bool  # SQLite's are 0 and 1


def counts(silence_ids: Iterable[int]) -> dict[int, int]:
    """How many deliveries each silence withheld; MOST_COUNTED stands for that many or more."""
    found = {}
    with connection.cursor() as cursor:
        for silence_id in silence_ids:
            cursor.execute(
                "SELECT COUNT(*) FROM (SELECT 1 FROM delivery_delivery WHERE silence_id = %s LIMIT %s) AS withheld",
                [silence_id, MOST_COUNTED],
            )
            found[silence_id] = int(cursor.fetchone()[0])
    return found


def following(silence_id: int, after: int, limit: int) -> list[Withheld]:
    """The next deliveries that a silence withheld, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, d.event_id, d.alarm_id, d.rule_id, d.robot_id, d.account_id, EXISTS ("
            " SELECT 1 FROM alarms_event e JOIN delivery_delivery n ON n.event_id = e.id"
            f" WHERE e.alarm_id = d.alarm_id AND n.id > d.id AND {_SAME_RECEIVER}"
            f" AND (n.{_STATE} <> 'suppressed' OR (n.silence_id = d.silence_id AND n.rule_id = d.rule_id)))"
            " FROM delivery_delivery d WHERE d.silence_id = %s AND d.id > %s ORDER BY d.id LIMIT %s",
            [silence_id, after, limit],
        )
        return [Withheld(*row) for row in cursor.fetchall()]


def last_told(one: Withheld) -> int | None:
    """The event that the receiver was last told of this alarm before; None when there was none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.event_id FROM alarms_event e JOIN delivery_delivery d ON d.event_id = e.id"
            " WHERE e.alarm_id = %s AND d.id < %s AND COALESCE(d.robot_id, 0) = %s"
            f" AND COALESCE(d.account_id, 0) = %s AND d.{_STATE} IN ('pending', 'sending', 'sent')"
            " ORDER BY d.id DESC LIMIT 1",
            [one.alarm_id, one.id, one.robot_id or 0, one.account_id or 0],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])
