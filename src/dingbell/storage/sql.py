"""Hot statements, straight to the driver: Django's cursor costs several times what SQLite needs for a row.

The connection, the transaction and the exceptions are Django's; values are marked %s on either database.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

Row = tuple[Any, ...]
_thread = threading.local()
_MOST_VALUES = 999  # of one statement, in SQLite's oldest builds
_WORTH_COPYING = 16  # rows
_CONSTANTS = {"NULL": None, "''": "", "1": 1}
# The driver searches for a way to write down whatever is not exactly an int, float or str, which costs as much as five
# of those. It finds these at once.
sqlite3.register_adapter(bool, int)
sqlite3.register_adapter(type(None), {None: None}.__getitem__)


def keep_connection() -> None:
    """Ask Django for this thread's connection once: that costs as much as a small statement.

    Only for threads of our own. Elsewhere Django may hand out another connection while an event loop runs.
    """
    _thread.connection = connections["default"]


def execute(statement: str, values: Sequence[object] = ()) -> int:
    """How many rows it changed."""
    return int(_run(statement, values).rowcount)


def execute_many(statement: str, rows: Sequence[Sequence[object]]) -> None:
    here = _open()
    with here.wrap_database_errors:
        here.connection.cursor().executemany(_marked(statement, here.vendor), rows)


def insert_many(statement: str, rows: Sequence[Sequence[object]]) -> None:
    """`statement` inserts one row and ends with `VALUES (…)`; here it takes as many at a time as SQLite allows, or all.

    A third cheaper than row by row. And the driver lets go of the interpreter once a statement, not once a row: each
    time, whatever else runs may keep it for five milliseconds.
    """
    if not rows:
        return
    head, _, one = statement.rpartition(" VALUES ")
    if len(rows) >= _WORTH_COPYING and _open().vendor == "postgresql":
        _copy(head, one, rows)
        return
    rest = rows
    for size in (_MOST_VALUES // len(rows[0]), 8):  # few sizes: each is a statement of its own to the driver
        while len(rest) >= size:
            values = [value for row in rest[:size] for value in row]
            execute(f"{head} VALUES {', '.join([one] * size)}", values)
            rest = rest[size:]
    if rest:
        execute_many(statement, rest)


def _copy(head: str, one: str, rows: Sequence[Sequence[object]]) -> None:
    """PostgreSQL reads a statement with all its values for longer than it takes to insert them."""
    columns = one.strip("()").split(", ")
    here, statement = _open(), f"COPY {head.removeprefix('INSERT INTO ')} FROM STDIN"
    with here.wrap_database_errors, here.connection.cursor() as cursor, cursor.copy(statement) as copying:
        for row in rows:
            values = iter(row)
            copying.write_row([next(values) if each == "%s" else _CONSTANTS[each] for each in columns])


def run_of_many(statement: str, rows: Sequence[Sequence[object]], one: str = "") -> list[Row]:
    """What `statement` returns, with `{rows}` in it written out for as many of `rows` at a time as are worth it.

    `one` is how a row is written, else `(%s, …)`. Few sizes: each is a statement of its own to the driver.
    """
    found: list[Row] = []
    rest = rows
    while rest:
        size = next(size for size in (32, 16, 8, 4, 2, 1) if size <= len(rest))
        part, rest = rest[:size], rest[size:]
        written = ", ".join([one or f"({marks(part[0])})"] * size)
        found += _run(statement.replace("{rows}", written), [value for row in part for value in row]).fetchall()
    return found


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
    here = _open()
    with here.wrap_database_errors:
        return here.connection.execute(_marked(statement, here.vendor), values)


def _open() -> BaseDatabaseWrapper:
    """Django's connection of this thread."""
    here: BaseDatabaseWrapper = getattr(_thread, "connection", None) or connections["default"]
    if here.connection is None:
        here.ensure_connection()
    return here


@lru_cache(512)
def _marked(statement: str, vendor: str) -> str:
    return statement.replace("%s", "?") if vendor == "sqlite" else statement
