"""How many failed deliveries nobody has seen to: the red number at the tab.

A test is not among them: who made it saw what came of it.
"""

from __future__ import annotations

from django.db import connection

# SQLite takes the index of the state otherwise, and reads every failure there ever was.
_INDEX = " INDEXED BY delivery_unhandled"
_COUNT = (
    "SELECT COUNT(*) FROM (SELECT 1 FROM delivery_delivery{index}"
    " WHERE NOT handled AND NOT hidden AND state = 'failed'"
    " AND NOT EXISTS (SELECT 1 FROM delivery_notice n WHERE n.id = notice_id AND n.kind <> 'system')"
    " LIMIT %s) AS newest"
)


def unhandled(most: int) -> int:
    """Counted up to `most`: a number nobody reads to the end costs nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT.format(index=_INDEX if connection.vendor == "sqlite" else ""), [most])
        return int(cursor.fetchone()[0])
