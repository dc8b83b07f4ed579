"""What of the journal may go by its age. Never an alarm, nor the events of its latest occurrence, but for changes that
newer events have overtaken: they explain why it stands as it does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dingbell.storage import sql

_LATER = "SELECT 1 FROM alarms_event n WHERE n.alarm_id = e.alarm_id AND n.id > e.id"
_GONE_BY = (
    "SELECT e.id FROM alarms_event e WHERE e.received_us < %s AND e.id IN ({marks})"
    f" AND (EXISTS ({_LATER} AND n.kind = 'raised') OR (e.kind = 'changed' AND EXISTS ({_LATER})))"
)
_BEGAN = (
    "SELECT a.id, (SELECT MAX(e.id) FROM alarms_event e WHERE e.alarm_id = a.id AND e.kind = 'raised')"
    " FROM alarms_alarm a WHERE (a.active OR NOT a.acked OR a.shelved_until_us IS NOT NULL) AND a.id IN ({marks})"
)


def following(after: int, limit: int) -> list[tuple[int, int]]:
    """(id, received_us) of the next events of the journal. Its newest is never among them: ids are counted from it."""
    found = sql.rows(
        "SELECT id, received_us FROM alarms_event WHERE id > %s AND id < (SELECT MAX(id) FROM alarms_event)"
        " ORDER BY id LIMIT %s",
        [after, limit],
    )
    return [(int(event), int(received_us)) for event, received_us in found]


def overtaken(ids: Sequence[int], before_us: int) -> list[int]:
    """Those of these events that were received before this moment and explain nothing any more."""
    if not ids:
        return []
    return [int(row[0]) for row in sql.rows(_GONE_BY.format(marks=sql.marks(ids)), [before_us, *ids])]


def standing_since(alarm_ids: Collection[int]) -> dict[int, int]:
    """Of these alarms those that are active, shelved or wait for somebody: the event their occurrence began with."""
    if not alarm_ids:
        return {}
    rows = sql.rows(_BEGAN.format(marks=sql.marks(list(alarm_ids))), list(alarm_ids))
    return {int(alarm): int(event or 0) for alarm, event in rows}


def remove(ids: Sequence[int]) -> None:
    """Delete these events. In the writer's transaction."""
    if ids:
        sql.execute(f"DELETE FROM alarms_event WHERE id IN ({sql.marks(ids)})", ids)
