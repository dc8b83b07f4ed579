"""Blocks that repeat themselves until somebody acts: whom of an alarm they tell again, and when. Inside a transaction.

One row for each alarm and block that does; it goes with the occurrence of the alarm that it began with.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import connection

from dingbell.alarms.alarm import Transition
from dingbell.notify.routing import Target
from dingbell.storage import sql

_BEGIN = (
    "INSERT INTO delivery_repetition (alarm_id, rule_id, block, occurrence, event_id, due_us, count)"
    " VALUES (%s, %s, %s, %s, %s, %s, 0) ON CONFLICT (alarm_id, rule_id, block) DO UPDATE"
    " SET occurrence = excluded.occurrence, event_id = excluded.event_id, due_us = excluded.due_us, count = 0"
)


@dataclass(frozen=True, slots=True)
class Repetition:
    """`count`: how often the block told of it again."""

    id: int
    alarm_id: int
    occurrence: int
    event_id: int
    rule_id: int
    block_id: int
    due_us: int
    count: int


def begin(owed: Iterable[tuple[int, Transition, Target]], now_us: int) -> None:
    """Of what is just owed (event id, event, target): the blocks that will repeat it, from the start."""
    rows: dict[tuple[int, int, int], tuple[int, ...]] = {}
    for event_id, happened, target in owed:
        timing, alarm = target.timing, happened.alarm
        if timing is None or target.suppressed or not timing.begins_to_repeat(happened):
            continue
        key = alarm.id, target.rule_id, timing.block_id
        rows[key] = (*key, alarm.occurrences, event_id, timing.repeats_at(now_us, target.opens_us))
    sql.execute_many(_BEGIN, [rows[key] for key in sorted(rows)])


def any_due(now_us: int) -> bool:
    return sql.row("SELECT 1 FROM delivery_repetition WHERE due_us <= %s LIMIT 1", [now_us]) is not None


def due(now_us: int, limit: int) -> list[Repetition]:
    """The longest overdue first; among nodes each goes to one."""
    tail = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    found = sql.rows(
        "SELECT id, alarm_id, occurrence, event_id, rule_id, block, due_us, count FROM delivery_repetition"
        f" WHERE due_us <= %s ORDER BY due_us, id LIMIT %s{tail}",
        [now_us, limit],
    )
    return [Repetition(*row) for row in found]


def again_at(repetition: Repetition, due_us: int, *, told: bool) -> None:
    """Come back at `due_us`; `told`: it was told once more."""
    sql.execute(
        "UPDATE delivery_repetition SET due_us = %s, count = %s WHERE id = %s",
        [due_us, repetition.count + told, repetition.id],
    )


def end(ids: Collection[int]) -> None:
    sql.execute_many("DELETE FROM delivery_repetition WHERE id = %s", [(one,) for one in sorted(ids)])
