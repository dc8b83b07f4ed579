"""Ids that are known before the insert, so that a batch can refer to its own rows.

On SQLite one process writes, so it counts in memory. On PostgreSQL every node takes a block from a sequence.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection, models

from dingbell.storage import sql


class Numbering:
    """Gives out the ids of one table. Use it inside the writer's transaction only."""

    def __init__(self, model: type[models.Model]) -> None:
        self._table = model._meta.db_table
        self._next: int | None = None

    def take(self, count: int) -> Iterator[int]:
        """`count` fresh ids, ascending."""
        if connection.vendor == "postgresql":
            return self._from_sequence(count)
        if self._next is None:
            self._next = int(sql.value(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {self._table}"))
        first = self._next
        self._next = first + count
        # A rolled-back batch leaves a gap, which harms nobody.
        return iter(range(first, first + count))

    def _from_sequence(self, count: int) -> Iterator[int]:
        taken = sql.rows("SELECT nextval(%s) FROM generate_series(1, %s)", [f"{self._table}_number", count])
        return iter(sorted(int(row[0]) for row in taken))


def create_sequence(table: str) -> tuple[str, str]:
    """(SQL, undo SQL) for a migration on PostgreSQL."""
    return f"CREATE SEQUENCE IF NOT EXISTS {table}_number", f"DROP SEQUENCE IF EXISTS {table}_number"
