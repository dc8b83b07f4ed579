"""What of the record may go by its age: deliveries that have ended and that nothing open refers to, with all that was
written of them. States are written elsewhere (claim.py); here rows go as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from dingbell.delivery.models import Manner
from dingbell.storage import sql

_OPEN = "state IN ('pending', 'sending')"
_ENDED = (
    "SELECT id, alarm_id, event_id FROM delivery_delivery d WHERE created_us < %s AND id IN ({marks})"
    " AND state NOT IN ('pending', 'sending')"
    # A failure whose other ways are still to be gone, and what a silence withheld and has not seen to.
    f" AND NOT (state = 'failed' AND NOT fell_back AND (manner & {Manner.FALLBACK.value}) <> 0)"
    " AND (silence_id IS NULL OR silence_id NOT IN (SELECT id FROM notify_silence WHERE released_us IS NULL))"
    f" AND NOT EXISTS (SELECT 1 FROM delivery_delivery o WHERE o.resend_of = d.id AND o.{_OPEN})"
    f" AND NOT EXISTS (SELECT 1 FROM delivery_delivery o WHERE o.fallback_of = d.id AND o.{_OPEN})"
)
# A send is still needed by whatever it stands for: as an item, as the newest send, or as a digest. The last two are
# asked word for word as their indexes have it: SQLite would read the whole table otherwise.
_NEEDED = (
    "SELECT s.id FROM delivery_send s WHERE s.id IN ({marks}) AND (s.state = 'frozen'"
    " OR EXISTS (SELECT 1 FROM delivery_senditem i WHERE i.send_id = s.id)"
    " OR EXISTS (SELECT 1 FROM delivery_delivery d WHERE d.send_id = s.id AND NOT (d.send_id = ''))"
    " OR EXISTS (SELECT 1 FROM delivery_delivery d WHERE d.digest = s.id AND NOT (d.digest = '')))"
)


@dataclass(frozen=True, slots=True)
class Ended:
    """A delivery that may go."""

    id: int
    alarm_id: int
    event_id: int


def following(after: int, limit: int) -> list[tuple[int, int]]:
    """(id, created_us) of the next deliveries. The newest is never among them: ids are counted from it."""
    found = sql.rows(
        "SELECT id, created_us FROM delivery_delivery WHERE id > %s AND id < (SELECT MAX(id) FROM delivery_delivery)"
        " ORDER BY id LIMIT %s",
        [after, limit],
    )
    return [(int(delivery), int(created_us)) for delivery, created_us in found]


def ended(ids: Sequence[int], before_us: int) -> list[Ended]:
    """Those of these deliveries that were owed before this moment and that nothing open refers to."""
    if not ids:
        return []
    return [Ended(*map(int, row)) for row in sql.rows(_ENDED.format(marks=sql.marks(ids)), [before_us, *ids])]


def told_of(event_ids: Sequence[int]) -> set[int]:
    """Those of these events that a delivery, or a repetition, refers to."""
    if not event_ids:
        return set()
    marks = sql.marks(event_ids)
    rows = sql.rows(
        f"SELECT event_id FROM delivery_delivery WHERE event_id IN ({marks})"
        f" UNION SELECT event_id FROM delivery_repetition WHERE event_id IN ({marks})",
        [*event_ids, *event_ids],
    )
    return {int(row[0]) for row in rows}


def remove(ids: Sequence[int]) -> None:
    """Delete these deliveries with their items, and the sends, attempts and notices that nothing needs then.

    In the writer's transaction.
    """
    if not ids:
        return
    marks = sql.marks(ids)
    sends = _column(
        f"SELECT send_id FROM delivery_senditem WHERE delivery_id IN ({marks})"
        f" UNION SELECT send_id FROM delivery_delivery WHERE id IN ({marks})"
        f" UNION SELECT digest FROM delivery_delivery WHERE id IN ({marks})",
        [*ids, *ids, *ids],
    )
    notices = _column(f"SELECT notice_id FROM delivery_delivery WHERE id IN ({marks}) AND notice_id IS NOT NULL", ids)
    sql.execute(f"DELETE FROM delivery_senditem WHERE delivery_id IN ({marks})", ids)
    sql.execute(f"DELETE FROM delivery_delivery WHERE id IN ({marks})", ids)
    remove_sends(sends - {""})
    _remove_notices(notices)


def calls(after: int, limit: int) -> list[tuple[int, int, str]]:
    """(id, at_us, send) of the next attempts: where a send is found that its deliveries no longer name."""
    found = sql.rows(
        "SELECT id, at_us, send_id FROM delivery_attempt WHERE id > %s ORDER BY id LIMIT %s", [after, limit]
    )
    return [(int(attempt), int(at_us), send) for attempt, at_us, send in found]


def remove_sends(ids: Collection[str]) -> int:
    """Delete those of these sends that nothing needs, with their attempts; how many. In the writer's transaction."""
    if not ids:
        return 0
    gone = sorted(set(ids) - _column(_NEEDED.format(marks=sql.marks(list(ids))), list(ids)))
    for table, column in (("attempt", "send_id"), ("recall", "send_id"), ("send", "id")):
        if gone:
            sql.execute(f"DELETE FROM delivery_{table} WHERE {column} IN ({sql.marks(gone)})", gone)
    return len(gone)


def remove_usage(before_day: int, limit: int) -> int:
    """Delete what was counted before this day (20261122); how many rows. In the writer's transaction."""
    return sql.execute(
        "DELETE FROM delivery_usage WHERE id IN (SELECT id FROM delivery_usage WHERE day < %s ORDER BY id LIMIT %s)",
        [before_day, limit],
    )


def _remove_notices(ids: Collection[int]) -> None:
    if ids:
        marks = sql.marks(list(ids))
        needed = _column(f"SELECT notice_id FROM delivery_delivery WHERE notice_id IN ({marks})", list(ids))
        if gone := sorted(set(ids) - needed):
            sql.execute(f"DELETE FROM delivery_notice WHERE id IN ({sql.marks(gone)})", gone)


def _column(statement: str, values: Sequence[object]) -> set[Any]:
    return {row[0] for row in sql.rows(statement, values)}
