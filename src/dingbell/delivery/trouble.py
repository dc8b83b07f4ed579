"""A receiver that DingTalk refuses for its configuration is in trouble, until it takes a message again.

A webhook has no harmless probe: the next real delivery is the trial. The only writer of a lane's `trouble…`, `refusals`
and `trial_us`; what writes is called in the writer's transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dingbell.delivery.models import Lane
from dingbell.storage import sql
from dingbell.storage.times import MINUTE, SECOND

_TRIALS_US = (5 * MINUTE, 15 * MINUTE, 60 * MINUTE)
_GATHERED_US = 5 * SECOND


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


@dataclass(frozen=True, slots=True)
class News:
    """What people are to be told of, by lane: `began` are in trouble, `over` take messages again."""

    began: Sequence[str] = ()
    over: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.began or self.over)


def news(now_us: int) -> News:
    """Not told of yet. What begins within a few seconds has one cause, and is one piece of news."""
    rows = sql.rows(
        "SELECT key, trouble_us FROM delivery_lane WHERE (trouble <> '' AND trouble_told_us IS NULL)"
        " OR (trouble = '' AND trouble_told_us IS NOT NULL) ORDER BY key"
    )
    ripe = any(since_us is not None and since_us <= now_us - _GATHERED_US for _, since_us in rows)
    began = [key for key, since_us in rows if since_us is not None] if ripe else []
    return News(began, [key for key, since_us in rows if since_us is None])


def told(what: News, now_us: int) -> News:
    """Remember that people are told; what is left of it when another process was faster."""
    began = "UPDATE delivery_lane SET trouble_told_us = %s WHERE key = %s AND trouble <> '' AND trouble_told_us IS NULL"
    over = (
        "UPDATE delivery_lane SET trouble_told_us = NULL"
        " WHERE key = %s AND trouble = '' AND trouble_told_us IS NOT NULL"
    )
    return News(
        [lane for lane in what.began if sql.execute(began, [now_us, lane])],
        [lane for lane in what.over if sql.execute(over, [lane])],
    )


def lanes() -> set[str]:
    """All that are in trouble."""
    return set(Lane.objects.exclude(trouble="").values_list("key", flat=True))


def in_trouble(lanes: Sequence[str]) -> dict[str, Lane]:
    """Of these lanes those in trouble."""
    return {lane.key: lane for lane in Lane.objects.filter(key__in=lanes).exclude(trouble="")}
