"""A receiver that DingTalk refuses for its configuration is in trouble, until it takes a message again.

A webhook has no harmless probe: the next real delivery is the trial. The only writer of a lane's `trouble`, `refusals`
and `trial_us`; called in the writer's transactions.
"""

from __future__ import annotations

from dingbell.storage import sql
from dingbell.storage.times import MINUTE

_TRIALS_US = (5 * MINUTE, 15 * MINUTE, 60 * MINUTE)


def trial_wait_us(refusals: int) -> int:
    """How long after the first, second, third … refusal in a row the receiver is tried again."""
    return _TRIALS_US[min(max(refusals, 1), len(_TRIALS_US)) - 1]


def note(lane: str, reason: str, at_us: int, configuration: int) -> None:
    """One more refusal, under this version of the configuration."""
    refusals = sql.row(
        "UPDATE delivery_lane SET trouble = %s, trouble_us = COALESCE(trouble_us, %s), refusals = refusals + 1,"
        " trouble_configuration = %s WHERE key = %s RETURNING refusals",
        [reason, at_us, configuration, lane],
    )
    if refusals is not None:
        trial_us = at_us + trial_wait_us(int(refusals[0]))
        sql.execute("UPDATE delivery_lane SET trial_us = %s WHERE key = %s", [trial_us, lane])


def clear(lane: str) -> None:
    """It took a message."""
    sql.execute(
        "UPDATE delivery_lane SET trouble = '', trouble_us = NULL, refusals = 0, trial_us = 0"
        " WHERE key = %s AND trouble <> ''",
        [lane],
    )


def try_now(lane: str, now_us: int) -> bool:
    """A person says that it was mended: the next delivery is the trial, at once. False where nothing is wrong."""
    return bool(sql.execute("UPDATE delivery_lane SET trial_us = %s WHERE key = %s AND trouble <> ''", [now_us, lane]))
