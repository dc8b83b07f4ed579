"""What is done once a day by whichever process comes first, over restarts, too."""

from __future__ import annotations

from dingbell.storage import sql


def claim(name: str, day: int) -> bool:
    """Whether `day` (20261122) is this transaction's to do: false once it, or a later one, was claimed."""
    return bool(
        sql.execute(
            "INSERT INTO storage_counter (name, value) VALUES (%s, %s) ON CONFLICT (name)"
            " DO UPDATE SET value = excluded.value WHERE storage_counter.value < excluded.value",
            [name, day],
        )
    )


def last(name: str) -> int:
    """The day claimed last, 0 for none."""
    found = sql.row("SELECT value FROM storage_counter WHERE name = %s", [name])
    return int(found[0]) if found else 0
