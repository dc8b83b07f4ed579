"""How long nothing could be heard: sources that must repeat an alarm cannot while intake is down.

One shared number holds the last moment at which intake was up. It is written at most every ten seconds, and only
while there are alarms that may expire; so a silence may be taken for up to ten seconds longer than it was.
"""

from __future__ import annotations

from django.db import connection

from dingbell.storage.times import SECOND

_NAME = "intake_up_us"
_WRITE_EVERY_US = 10 * SECOND
_DEAF_AFTER_US = 30 * SECOND


def note(now_us: int, *, starting: bool = False) -> int:
    """Intake is up now; for how long it had not been, in microseconds (0 when it was up all along).

    A process that is starting counts whatever passed; one that runs was away only if it stood still for long.
    Call it inside a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM storage_counter WHERE name = %s", [_NAME])
        row = cursor.fetchone()
        silence_us = max(0, now_us - int(row[0])) if row else 0
        if row is None or starting or silence_us >= _WRITE_EVERY_US:
            cursor.execute(
                "INSERT INTO storage_counter (name, value) VALUES (%s, %s)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [_NAME, now_us],
            )
    return silence_us if starting or silence_us > _DEAF_AFTER_US else 0
