"""What is taken back out of people's chats: the only writer of `recalled_us`. Tasks for the one writer.

A call's message leaves the chats of all its people at once, so what is asked for, tried and answered is a send. What
was asked for stands on disk until DingTalk has answered: a restart asks again, which does no harm.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from dingbell.alarms import store
from dingbell.alarms.models import AlarmRow, Event
from dingbell.channels.base import Result, Verdict
from dingbell.delivery import quota, receipts
from dingbell.delivery.indexes import OF_SEND
from dingbell.delivery.models import Delivery, DeliveryState, Manner, Recall, Send, SendKind
from dingbell.delivery.receipts import KNOWN_FOR_US
from dingbell.storage import sql
from dingbell.storage.times import SECOND

LOOKED_AT = 900
AT_ONCE = 20
_ANSWERED_WITHIN_US = 30 * SECOND  # a node that died in between: another one asks
_RECALL = Manner.RECALL.value
# Word for word the condition of the index `delivery_to_recall`, which SQLite would not choose by itself.
_TO_RECALL = f"(manner & {_RECALL}) = {_RECALL} AND state = 'sent'"
_INDEX = " INDEXED BY delivery_to_recall"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a look through what is to be recalled has come to."""

    alarm_id: int = 0
    delivery_id: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """`over` are deliveries whose alarm is over, `late` those that DingTalk takes back no more. `following` None: the
    look is through."""

    over: list[int]
    late: list[int]
    following: Place | None


def look(after: Place, now_us: int) -> Found:
    """At the next 900 that are to be recalled when their alarm clears. No writes."""
    index = _INDEX if connection.vendor == "sqlite" else ""
    rows = sql.rows(
        f"SELECT alarm_id, id, sent_us FROM delivery_delivery{index} WHERE {_TO_RECALL}"
        " AND (alarm_id, id) > (%s, %s) ORDER BY alarm_id, id LIMIT %s",
        [after.alarm_id, after.delivery_id, LOOKED_AT],
    )
    active = set(AlarmRow.objects.filter(id__in={row[0] for row in rows}, active=True).values_list("id", flat=True))
    late = [delivery for _, delivery, sent_us in rows if (sent_us or 0) <= now_us - KNOWN_FOR_US]
    over = [delivery for alarm, delivery, _ in rows if alarm not in active]
    following = Place(rows[-1][0], rows[-1][1]) if len(rows) == LOOKED_AT else None
    return Found(over, late, following)


@dataclass(frozen=True, slots=True)
class Settle:
    """Deliveries whose block wants them taken back: their alarm is over, or they are too old."""

    over: tuple[int, ...]
    late: tuple[int, ...]
    at_us: int


def settle(wanted: Sequence[Settle]) -> list[int]:
    """Ask for the recall of what says that an alarm is active which is over: how many sends.

    None of the deliveries is looked at again. A digest stays, and so does a message that somebody gets by another
    block, which does not want it taken back.
    """
    return [_settle(one) for one in wanted]


def _settle(one: Settle) -> int:
    recallable = Delivery.objects.filter(id__in=set(one.over) - set(one.late)).values_list("send_id", "state")
    sends = {send_id for send_id, state in recallable if send_id and state == DeliveryState.SENT}
    asked = [send_id for send_id in sorted(sends) if _announced(send_id)]
    ask(asked, "", one.at_us)
    done = sorted({*one.over, *one.late})
    for start in range(0, len(done), LOOKED_AT):
        chunk = done[start : start + LOOKED_AT]
        sql.execute(
            f"UPDATE delivery_delivery SET manner = manner - {_RECALL}"
            f" WHERE (manner & {_RECALL}) = {_RECALL} AND id IN ({sql.marks(chunk)})",
            chunk,
        )
    return len(asked)


def _announced(send_id: str) -> bool:
    """Whether this send only said that an alarm is active, to people who want it taken back."""
    send = Send.objects.filter(id=send_id, robot_id=None, recalled_us=None).exclude(kind=SendKind.DIGEST).first()
    if send is None or not send.process_query_key:
        return False
    of_send = sql.rows(f"SELECT manner, event_id, state FROM delivery_delivery WHERE {OF_SEND}", [send_id])
    told = [(manner, event) for manner, event, state in of_send if state == DeliveryState.SENT]
    if any(not manner & Manner.RECALL for manner, _ in told):
        return False
    events = Event.objects.filter(id__in={event for _, event in told}).values_list("snapshot", flat=True)
    return all(store.restore(snapshot).active for snapshot in events)


def ask(send_ids: Collection[str], asked_by: str, at_us: int) -> None:
    """Have these taken back. One that is asked for already stays as it is; one that was refused is tried again."""
    sql.execute_many(
        "INSERT INTO delivery_recall (send_id, asked_us, asked_by, due_us, tries, code, text, reason)"
        " VALUES (%s, %s, %s, %s, 0, '', '', '') ON CONFLICT (send_id) DO UPDATE SET asked_us = excluded.asked_us,"
        " asked_by = excluded.asked_by, due_us = excluded.due_us, tries = 0 WHERE delivery_recall.due_us IS NULL",
        [(send_id, at_us, asked_by, at_us) for send_id in send_ids],
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """A recall to carry out: of what, and the how manieth try it is."""

    send: receipts.Asked
    by_hand: bool
    tries: int


def any_due(now_us: int) -> bool:
    return sql.row("SELECT 1 FROM delivery_recall WHERE due_us <= %s LIMIT 1", [now_us]) is not None


def take_due(moments: Sequence[int]) -> list[list[Taken]]:
    """Those that are due longest, for one who asks DingTalk now; nobody else gets them within 30 seconds."""
    return [_take_due(moment) for moment in moments]


def _take_due(now_us: int) -> list[Taken]:
    skip = "" if connection.vendor == "sqlite" else " FOR UPDATE SKIP LOCKED"
    rows = sql.rows(
        "UPDATE delivery_recall SET due_us = %s, tries = tries + 1 WHERE send_id IN (SELECT send_id"
        f" FROM delivery_recall WHERE due_us <= %s ORDER BY due_us LIMIT %s{skip}) RETURNING send_id, asked_by, tries",
        [now_us + _ANSWERED_WITHIN_US, now_us, AT_ONCE],
    )
    found = [(receipts.asked_of(send_id), send_id, asked_by, tries) for send_id, asked_by, tries in rows]
    gone = [send_id for send, send_id, _, _ in found if send is None]
    sql.execute_many("DELETE FROM delivery_recall WHERE send_id = %s", [(send_id,) for send_id in gone])
    return [Taken(send, asked_by != "", tries) for send, _, asked_by, tries in found if send is not None]


@dataclass(frozen=True, slots=True)
class Answered:
    """What DingTalk said of one send; `due_us` is when it is asked again, None when that is over."""

    send_id: str
    result: Result
    due_us: int | None
    at_us: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call and what it brought for each of its sends. `result` None: no call was made."""

    service_id: int
    credential: str
    result: Result | None
    answers: tuple[Answered, ...]
    at_us: int


def finish(calls: Sequence[Call]) -> list[None]:
    for call in calls:
        if call.result is not None:
            quota.note(call.credential, call.service_id, call.result, call.at_us)
        for one in call.answers:
            _note(one)
    return [None] * len(calls)


def _note(one: Answered) -> None:
    worked = one.result.verdict is Verdict.SENT
    Recall.objects.filter(send_id=one.send_id).update(
        due_us=one.due_us, answered_us=one.at_us, http_status=one.result.http_status, code=one.result.code or "",
        text=one.result.text, reason="" if worked else one.result.reason,
    )  # fmt: skip
    if worked:
        _gone(one.send_id, one.at_us)


def found_gone(wanted: Sequence[tuple[str, int]]) -> list[None]:
    """Sends that DingTalk says were taken back, and when that was learned."""
    for send_id, at_us in wanted:
        _gone(send_id, at_us)
    return [None] * len(wanted)


def _gone(send_id: str, at_us: int) -> None:
    """Nobody's chat shows it any more."""
    sql.execute("UPDATE delivery_send SET recalled_us = %s WHERE id = %s AND recalled_us IS NULL", [at_us, send_id])
    sql.execute(
        "UPDATE delivery_delivery SET recalled_us = %s"
        f" WHERE {OF_SEND} AND state || '' = 'sent' AND account_id IS NOT NULL AND recalled_us IS NULL",
        [at_us, send_id],
    )
    receipts.stop([send_id])
