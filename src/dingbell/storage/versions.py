"""Versions of what is compiled into memory: checked once per batch, so that a change in any process counts at once."""

from __future__ import annotations

from enum import StrEnum

from dingbell.storage import sql


class Subject(StrEnum):
    CONFIGURATION = "configuration"  # services, rules and whatever else decides who is told
    TOKENS = "tokens"


def bump(subject: Subject) -> int:
    """Make the next version and return it. Call it inside the transaction that makes the change."""
    made = sql.value(
        "INSERT INTO storage_counter (name, value) VALUES (%s, 1)"
        " ON CONFLICT (name) DO UPDATE SET value = storage_counter.value + 1 RETURNING value",
        [subject.value],
    )
    return int(made)


def current() -> dict[Subject, int]:
    """The version of every subject as this transaction sees it; 0 for one that never changed."""
    found: dict[str, int] = dict(sql.rows("SELECT name, value FROM storage_counter"))
    return {subject: int(found.get(subject.value, 0)) for subject in Subject}


def of(subject: Subject) -> int:
    """As `current` has it."""
    row = sql.row("SELECT value FROM storage_counter WHERE name = %s", [subject.value])
    return int(row[0]) if row else 0
