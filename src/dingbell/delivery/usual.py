"""The usual case of `claim`, many sends a statement: messages of their own that begin, calls that were taken.

A statement costs the writer as much as several of its rows, so how many sends share one decides how many go out.
Part of the one writer of a delivery's state: called by `claim` alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from dingbell.channels.base import Verdict
from dingbell.delivery import quota
from dingbell.delivery.models import SendKind, SendState
from dingbell.delivery.orders import Finish, Freeze
from dingbell.delivery.retry import Sent
from dingbell.storage import sql

_SEND = (
    "INSERT INTO delivery_send (id, lane, state, service_id, robot_id, body, tries, due_us, created_us,"
    " process_query_key, fault, kind, credential, accounts, mended)"
    " VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s, '', %s, %s, %s, %s, %s)"
)
_BEGIN = (
    "UPDATE delivery_delivery SET state = 'sending', reason = '', send_id = v.column2, remark = v.column3"
    " FROM (VALUES {rows}) AS v WHERE delivery_delivery.id = v.column1"
    " AND delivery_delivery.state || '' = 'pending' AND delivery_delivery.send_id = '' RETURNING delivery_delivery.id"
)
_ATTEMPT = (
    "INSERT INTO delivery_attempt (send_id, lane, at_us, code, text, verdict, reason)"
    " VALUES {rows} RETURNING send_id, id"
)
_ANSWERED = (
    "UPDATE delivery_attempt SET http_status = CAST(v.column2 AS integer), code = v.column3, text = v.column4,"
    " verdict = v.column5, reason = v.column6 FROM (VALUES {rows}) AS v WHERE delivery_attempt.id = v.column1"
    " RETURNING delivery_attempt.id"
)
_TAKEN = (
    "UPDATE delivery_send SET state = 'taken', process_query_key = v.column2, read_check_us = CAST(v.column3 AS bigint)"
    " FROM (VALUES {rows}) AS v WHERE delivery_send.id = v.column1 AND delivery_send.state = 'frozen'"
    " RETURNING delivery_send.id"
)
_SENT = (
    "UPDATE delivery_delivery SET state = 'sent', reason = '', sent_us = v.column3 FROM (VALUES {rows}) AS v"
    " WHERE delivery_delivery.id = v.column1 AND delivery_delivery.send_id = v.column2"
    " AND delivery_delivery.state || '' IN ('pending', 'sending') RETURNING delivery_delivery.id"
)
_FREE_AGAIN = "UPDATE delivery_delivery SET state = 'pending', send_id = '' WHERE id = %s AND send_id = %s"


def begins(one: Freeze) -> bool:
    """Whether `begin` can begin it: no digest, and no budget that the writer has to look at once more."""
    return one.kind is not SendKind.DIGEST and not (one.limit is not None and one.limit.calls)


def begin(wanted: Sequence[Freeze]) -> list[int | None]:
    """As claim.freeze, of lanes that are ours."""
    rows = [(delivery, one.send_id, one.remark) for one in wanted for delivery in one.deliveries]
    took = {row[0] for row in sql.run_of_many(_BEGIN, rows)}
    begun = []
    for one in wanted:
        mine = [delivery for delivery in one.deliveries if delivery in took]
        if len(mine) == len(one.deliveries):
            begun.append(one)
        else:  # another worker has the rest
            sql.execute_many(_FREE_AGAIN, [(delivery, one.send_id) for delivery in mine])
    insert(begun)
    attempts = [(one.send_id, one.credential or one.lane, one.at_us, "", "", "", "") for one in begun]
    made: dict[str, int] = dict(sql.run_of_many(_ATTEMPT, attempts))
    return [made.get(one.send_id) for one in wanted]


def insert(begun: Sequence[Freeze]) -> None:
    """The frozen sends themselves."""
    sql.insert_many(_SEND, [_send_row(one) for one in begun])


def _send_row(one: Freeze) -> tuple[Any, ...]:
    return (
        one.send_id, one.lane, SendState.FROZEN.value, one.service_id, one.robot_id, one.body, one.at_us,
        one.created_us, one.fault, one.kind.value, one.credential or one.lane, json.dumps(one.accounts), one.mended,
    )  # fmt: skip


def is_taken(one: Finish) -> bool:
    """Whether `taken` can write it down: everybody got it, and nothing else follows from it."""
    return (
        isinstance(one.decision, Sent) and not one.apart and not one.is_digest and not one.was_troubled
        and not one.hold_until_us and one.result.verdict is Verdict.SENT
    )  # fmt: skip


def taken(finished: Sequence[Finish], read_after_us: int) -> None:
    """What was taken is sent, whoever has the lane now. `read_after_us`: later it is asked who has read it."""
    sql.run_of_many(_ANSWERED, [_answer(one) for one in finished])
    quota.note_taken([(one.credential or one.lane, one.service_id, one.at_us) for one in finished])
    checks = [
        (one.send_id, one.result.process_query_key or "", one.at_us + read_after_us if one.receipts else None)
        for one in finished
    ]
    settled = {row[0] for row in sql.run_of_many(_TAKEN, checks)}
    sql.run_of_many(_SENT, list(_sent(one for one in finished if one.send_id in settled)))


def _answer(one: Finish) -> tuple[Any, ...]:
    result = one.result
    code = (result.code or "")[:100]
    return one.attempt_id, result.http_status, code, result.text, result.verdict.value, result.reason


def _sent(finished: Iterator[Finish]) -> Iterator[tuple[int, str, int]]:
    return ((delivery, one.send_id, one.at_us) for one in finished for delivery in one.deliveries)
