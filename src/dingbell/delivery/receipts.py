"""Who has read what went to people: the only writer of `read_us`. Tasks for the one writer.

DingTalk is asked only where a block wants it (Manner.RECEIPTS: `delivery.claim` sets `read_check_us` when it took such
a send), for each question costs one call of the month's quota.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from dingbell.channels.base import Result
from dingbell.delivery import quota
from dingbell.delivery.indexes import OF_SEND
from dingbell.storage import sql
from dingbell.storage.times import DAY, HOUR, MINUTE

KNOWN_FOR_US = DAY  # DingTalk tells of no older message, and takes none back (dingtalk-api §2.6-2.7)
SURE_AFTER_US = HOUR  # where DingTalk tells of readers by itself, it is asked only after that
AT_ONCE = 20
_ASKED_WITHIN_US = 5 * MINUTE  # a node that died in between: another one asks
# After 2, 5, 15 and 60 minutes, then every 6 hours: most messages are read soon or not at all.
_CHECKS_US = tuple(after * MINUTE for after in (2, 7, 22, 82)) + tuple(82 * MINUTE + n * 6 * HOUR for n in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Asked:
    """A send whose receipts are due. `credential` is its app's key."""

    send_id: str
    service_id: int
    credential: str
    process_query_key: str
    sent_us: int


@dataclass(frozen=True, slots=True)
class Noted:
    """What a question brought: who (accounts) has read it by now. `result` is None when no call was made.

    `next_us` None ends the asking; `by_hand` leaves the time of the next question as it is.
    """

    asked: Asked
    at_us: int
    next_us: int | None = None
    by_hand: bool = False
    result: Result | None = None
    readers: tuple[int, ...] = ()


def next_check(sent_us: int, now_us: int) -> int | None:
    """When a message that was sent then is asked about next; None when that is over. At least a minute from now."""
    moments = (sent_us + after for after in _CHECKS_US)
    return next((moment for moment in moments if moment >= now_us + MINUTE), None)


def any_due(now_us: int) -> bool:
    return sql.row("SELECT 1 FROM delivery_send WHERE read_check_us <= %s LIMIT 1", [now_us]) is not None


def take_due(moments: Sequence[int]) -> list[list[Asked]]:
    """Those that are due longest, for one who asks for them now; nobody else gets them within five minutes."""
    return [_take_due(moment) for moment in moments]


def _take_due(now_us: int) -> list[Asked]:
    skip = "" if connection.vendor == "sqlite" else " FOR UPDATE SKIP LOCKED"
    taken = sql.rows(
        "UPDATE delivery_send SET read_check_us = %s WHERE id IN (SELECT id FROM delivery_send"
        f" WHERE read_check_us <= %s ORDER BY read_check_us LIMIT %s{skip}) RETURNING id",
        [now_us + _ASKED_WITHIN_US, now_us, AT_ONCE],
    )
    found = {send_id: asked_of(send_id) for (send_id,) in taken}
    stop([send_id for send_id, asked in found.items() if asked is None])
    return [asked for asked in found.values() if asked is not None]


def stop(send_ids: Sequence[str]) -> None:
    """Ask no more about these: nothing can be known, or nobody can read them any more."""
    sql.execute_many("UPDATE delivery_send SET read_check_us = NULL WHERE id = %s", [(one,) for one in send_ids])


def asked_of(send_id: str) -> Asked | None:
    """A send that DingTalk took for people; None for any other."""
    row = sql.row(
        "SELECT s.id, s.service_id, s.credential, s.lane, s.process_query_key,"
        " (SELECT d.sent_us FROM delivery_delivery d WHERE d.send_id = s.id AND NOT (d.send_id = '')"
        "  AND d.sent_us IS NOT NULL LIMIT 1)"
        " FROM delivery_send s WHERE s.id = %s AND s.state = 'taken' AND s.robot_id IS NULL",
        [send_id],
    )
    if row is None or not row[4] or row[5] is None:
        return None
    return Asked(row[0], row[1], row[2] or row[3], row[4], row[5])


def note(answers: Sequence[Noted]) -> list[None]:
    for one in answers:
        asked = one.asked
        if one.result is not None:
            quota.note(asked.credential, asked.service_id, one.result, one.at_us)
        if one.readers:
            sql.execute(
                f"UPDATE delivery_delivery SET read_us = %s WHERE {OF_SEND} AND read_us IS NULL"
                f" AND account_id IN ({sql.marks(one.readers)})",
                [one.at_us, asked.send_id, *one.readers],
            )
        if not one.by_hand:
            sql.execute("UPDATE delivery_send SET read_check_us = %s WHERE id = %s", [one.next_us, asked.send_id])
    return [None] * len(answers)


@dataclass(frozen=True, slots=True)
class Heard:
    """DingTalk said by itself that a person (userId) has read a send."""

    process_query_key: str
    user_id: str
    at_us: int


def hear(events: Sequence[Heard]) -> list[None]:
    """What is not known here was sent by another program, or to somebody who is no account any more."""
    for one in events:
        sql.execute(
            "UPDATE delivery_delivery SET read_us = %s WHERE read_us IS NULL AND NOT (send_id = '') AND send_id IN"
            " (SELECT id FROM delivery_send WHERE process_query_key = %s AND NOT (process_query_key = ''))"
            " AND EXISTS (SELECT 1 FROM notify_account a WHERE a.id = account_id AND a.user_id = %s)",
            [one.at_us, one.process_query_key, one.user_id],
        )
    return [None] * len(events)
