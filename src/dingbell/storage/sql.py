"""Hot statements, straight to the driver: Django's cursor costs several times what SQLite needs for a row.

The connection, the transaction and the exceptions are Django's; values are marked %s on either database.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connections

Row = tuple[Any, ...]


def execute(statement: str, values: Sequence[object] = ()) -> int:
    """How many rows it changed."""
    return int(_run(statement, values).rowcount)


def execute_many(statement: str, rows: Sequence[Sequence[object]]) -> None:
    here = connections["default"]
    here.ensure_connection()
    with here.wrap_database_errors:
        here.connection.cursor().executemany(_marked(statement, here.vendor), rows)


def rows(statement: str, values: Sequence[object] = ()) -> list[Row]:
    found: list[Row] = _run(statement, values).fetchall()
    return found


def row(statement: str, values: Sequence[object] = ()) -> Row | None:
    found: Row | None = _run(statement, values).fetchone()
    return found


def value(statement: str, values: Sequence[object] = ()) -> Any:
    """The first column of the only row."""
    return _run(statement, values).fetchone()[0]


def marks(values: Sequence[object]) -> str:
    """`%s, %s, …` for an IN list."""
    return ", ".join(["%s"] * len(values))


def _run(statement: str, values: Sequence[object]) -> Any:
    here = connections["default"]
    here.ensure_connection()
    with here.wrap_database_errors:
        return here.connection.execute(_marked(statement, here.vendor), values)


@lru_cache(512)
def _marked(statement: str, vendor: str) -> str:
    return statement.replace("%s", "?") if vendor == "sqlite" else statement
