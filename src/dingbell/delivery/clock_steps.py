"""The computer's clock was set: what was reckoned with it moves along, so that a wait stays as long as it was.

Inside the writer's transaction, and only where one process has the database (docs/decisions/0033). What people chose by
the clock on the wall stays: when a schedule opens, a silence or shelving ends. What lies ahead of the old clock further
than the product ever waits was reckoned with another one, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dingbell.delivery import digest
from dingbell.storage import sql
from dingbell.storage.times import HOUR, MINUTE

_COUNTED_US = digest.STORM_OVER_US + MINUTE  # calls that a budget looks at (queue.py)
_LONGEST_WAIT_US = HOUR + MINUTE  # a hold, a repeat, a trial
_OPEN = "state IN ('pending', 'sending')"  # word for word the condition of the index `delivery_open`

_CALLS_AT_ONCE = 5_000
_AMONG = "id >= %s AND id < %s AND at_us > %s AND at_us <= %s"
_OF_LANES = ("lease_until_us", "hold_until_us", "rest_until_us", "trial_us", "trouble_us")
_LANES = "UPDATE delivery_lane SET " + ", ".join(
    f"{moment} = {moment} + CASE WHEN {moment} > %s AND {moment} <= %s THEN %s ELSE 0 END" for moment in _OF_LANES
)
_DELIVERIES = (
    "UPDATE delivery_delivery SET due_us = due_us + %s, created_us = created_us + %s"
    f" WHERE {_OPEN} AND reason <> 'outside_schedule' AND created_us <= %s"
)
_SENDS = (
    "UPDATE delivery_send SET due_us = due_us + CASE WHEN due_us <= %s THEN %s ELSE 0 END,"
    " created_us = created_us + CASE WHEN created_us <= %s THEN %s ELSE 0 END WHERE state = 'frozen'"
)
# Of these a clock set ahead only makes one early, and where the computer slept instead it is due.
_SET_BACK = (
    "UPDATE delivery_repetition SET due_us = due_us + %s",  # those that a schedule keeps are put off anew when due
    "UPDATE delivery_recall SET due_us = due_us + %s WHERE due_us IS NOT NULL",
    "UPDATE delivery_send SET read_check_us = read_check_us + %s WHERE read_check_us IS NOT NULL",
    "UPDATE delivery_silentlane SET since_us = since_us + %s",
)


@dataclass(frozen=True, slots=True)
class Calls:
    """Those to be moved by `by_us` that have an id below `before`; it was `now_us` by the clock as it was."""

    by_us: int
    now_us: int
    before: int

    @property
    def since_us(self) -> int:
        """After the clock was set back, a call that old would look like one of the last minutes, or lie ahead."""
        return self.now_us - _COUNTED_US + min(self.by_us, 0)


def move(by_us: int, now_us: int) -> Calls | None:
    """`now_us` by the clock as it was, which is `by_us` later now; below 0: earlier. The calls left for `move_calls`:
    no budget counts them yet.
    """
    since_us, until_us = now_us - _COUNTED_US, now_us + _LONGEST_WAIT_US
    sql.execute(_LANES, [since_us, until_us, by_us] * len(_OF_LANES))
    sql.execute(_DELIVERIES, [by_us, by_us, now_us])
    sql.execute(_SENDS, [until_us, by_us, now_us, by_us])
    if by_us < 0:
        for statement in _SET_BACK:
            sql.execute(statement, [by_us])
    last = sql.value("SELECT COALESCE(MAX(id), 0) FROM delivery_attempt")
    left: Calls | None = Calls(by_us, now_us, int(last) + 1)
    while left is not None and _holds_counted(left):
        left = _move_some(left)
    return left if by_us < 0 else None


def move_calls(wanted: Sequence[Calls]) -> list[Calls | None]:
    """Some thousands of each; what is left then. A task for the writer."""
    return [_move_some(one) for one in wanted]


def _holds_counted(calls: Calls) -> bool:
    """Whether some of the next ones are counted by a budget."""
    counted = [calls.before - _CALLS_AT_ONCE, calls.before, calls.now_us - _COUNTED_US, calls.now_us]
    return sql.row(f"SELECT 1 FROM delivery_attempt WHERE {_AMONG} LIMIT 1", counted) is not None


def _move_some(calls: Calls) -> Calls | None:
    """Newest first. None where none was left that recent."""
    first = calls.before - _CALLS_AT_ONCE
    moved = sql.execute(
        f"UPDATE delivery_attempt SET at_us = at_us + %s WHERE {_AMONG}",
        [calls.by_us, first, calls.before, calls.since_us, calls.now_us],
    )
    return replace(calls, before=first) if moved and first > 0 else None


def begin(now_us: int) -> None:
    """When the process starts: what was due at once was so by a clock that was ahead of this one."""
    sql.execute(
        f"UPDATE delivery_delivery SET due_us = %s WHERE {_OPEN} AND reason = '' AND due_us > %s", [now_us, now_us]
    )
