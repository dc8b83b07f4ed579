"""The only writer of a delivery's state after the outbox (design §7). Tasks for the one writer.

pending → sending (frozen into a send, under a lease) → sent | failed | back to pending; pending → suppressed | expired.
A delivery whose send goes again later is pending and keeps its `send_id` until then.
Every task takes all its waiting inputs, inside the writer's transaction. What a large digest stands for is changed in
several transactions: `repair` sees to what a crash left in between.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from dingbell.channels.base import Result, Verdict
from dingbell.delivery import fallbacks, leases, outbox, quota, trouble, usual
from dingbell.delivery.budget import Limit
from dingbell.delivery.indexes import OF_SEND
from dingbell.delivery.models import DeliveryState, SendKind, SendState
from dingbell.delivery.orders import (
    Conclude,
    Defer,
    Finish,
    Freeze,
    GoOn,
    Move,
    Pause,
    Repair,
    Settle,
    Tag,
    TryAgain,
)
from dingbell.delivery.retry import Again, Decision, Elsewhere, Failed, Mend, Sent
from dingbell.storage import sql
from dingbell.storage.times import MINUTE

__all__ = [
    "CHUNK",
    "Conclude",
    "Defer",
    "Finish",
    "Freeze",
    "GoOn",
    "Move",
    "Pause",
    "Repair",
    "Settle",
    "Tag",
    "TryAgain",
]
CHUNK = 2_000  # deliveries of a large digest that one transaction changes: whoever reports waits no longer for it
_MOST_MARKS = 900  # values of an IN list
_READ_AFTER_US = 2 * MINUTE  # nobody has read a message sooner


def freeze(wanted: Sequence[Freeze]) -> list[int | None]:
    """The id of each one's first attempt; None where another worker has the lane or took a delivery, or where the
    credential's budget was used from another lane meanwhile.
    """
    mine = leases.take_all([(one.lane, one.lease, one.at_us) for one in wanted])
    return _begin_all([one if ours else None for one, ours in zip(wanted, mine, strict=True)])


def _begin_all(wanted: Sequence[Freeze | None]) -> list[int | None]:
    usually = [one for one in wanted if one is not None and usual.begins(one)]
    begun = {one.send_id: attempt for one, attempt in zip(usually, usual.begin(usually), strict=True)}
    return [None if one is None else begun[one.send_id] if one.send_id in begun else _begin(one) for one in wanted]


def tag(wanted: Sequence[Tag]) -> list[bool]:
    """False where another worker has the lane or took a delivery."""
    return [leases.take(one.lane, one.lease, one.at_us) and _tag(one.send_id, one.deliveries) for one in wanted]


def _begin(one: Freeze) -> int | None:
    credential = one.credential or one.lane
    if one.limit is not None and one.limit.calls and not _fits(credential, one.limit, one.at_us):
        return None
    if one.kind is not SendKind.DIGEST:
        return usual.begin([one])[0]
    if not _tag(one.send_id, one.deliveries, one.remark):
        return None
    usual.insert([one])
    _tell_of_stale(one)
    return _attempt(one.send_id, credential, one.at_us)


def _fits(credential: str, limit: Limit, at_us: int) -> bool:
    """Asked once more where it counts: another lane may use the same robot, on another node at the same moment."""
    if connection.vendor != "sqlite":
        outbox.open_lanes({credential})
        sql.row("SELECT key FROM delivery_lane WHERE key = %s FOR UPDATE", [credential])
    made = sql.value(
        "SELECT COUNT(*) FROM delivery_attempt WHERE lane = %s AND at_us > %s AND at_us < %s AND delivery_id IS NULL",
        [credential, at_us - limit.window_us, at_us + MINUTE],  # as queue.py counts them
    )
    return int(made) < limit.calls


def _tag(send_id: str, deliveries: Sequence[int], remark: str = "") -> bool:
    """Give these to a digest; False where one of them is no longer free.

    They stay pending: with 10,000 alarms for 20 people every index that is not written counts.
    """
    for start in range(0, len(deliveries), _MOST_MARKS):
        some = deliveries[start : start + _MOST_MARKS]
        changed = sql.execute(
            "UPDATE delivery_delivery SET send_id = %s, remark = %s"
            f" WHERE state = 'pending' AND send_id = '' AND id IN ({sql.marks(some)})",
            [send_id, remark, *some],
        )
        if changed != len(some):
            sql.execute(f"UPDATE delivery_delivery SET send_id = '' WHERE {OF_SEND}", [send_id])
            return False
    return True


def _tell_of_stale(one: Freeze) -> None:
    whose = f"account_id IN ({sql.marks(one.accounts)})" if one.accounts else "account_id IS NULL"
    sql.execute(
        f"UPDATE delivery_delivery SET digest = %s WHERE lane = %s AND {whose} AND state = 'expired' AND digest = ''",
        [one.send_id, one.lane, *one.accounts],
    )


def try_again(wanted: Sequence[TryAgain]) -> list[int | None]:
    """The id of each one's new attempt; None where another worker has the lane or settled the send."""
    return [_try_again(one) for one in wanted]


def _try_again(one: TryAgain) -> int | None:
    if not leases.take(one.lane, one.lease, one.at_us):
        return None
    if not sql.execute("UPDATE delivery_send SET tries = tries + 1 WHERE id = %s AND state = 'frozen'", [one.send_id]):
        return None
    sql.execute(
        f"UPDATE delivery_delivery SET state = 'sending' WHERE {OF_SEND} AND state || '' = 'pending'", [one.send_id]
    )
    return _attempt(one.send_id, one.credential or one.lane, one.at_us)


def finish(finished: Sequence[Finish]) -> list[None]:
    _finish_all(finished)
    return [None] * len(finished)


def go_on(wanted: Sequence[GoOn]) -> list[int | None]:
    """The id of the first attempt of each `freeze`; None where it was not begun, as for `freeze`."""
    mine = _finish_all([one.finish for one in wanted])
    return _begin_all([one.freeze if ours else None for one, ours in zip(wanted, mine, strict=True)])


def _finish_all(finished: Sequence[Finish]) -> list[bool]:
    """Whether the lane of each is still ours."""
    mine = leases.take_all([(one.lane, one.lease, one.at_us) for one in finished])
    usual.taken([one for one in finished if usual.is_taken(one)], _READ_AFTER_US)
    for one, ours in zip(finished, mine, strict=True):
        if not usual.is_taken(one):
            _finish(one, mine=ours)
    return mine


def _finish(one: Finish, *, mine: bool) -> None:
    credential = one.credential or one.lane
    _complete(one.attempt_id, one.result)
    quota.note(credential, one.service_id, one.result, one.at_us)
    _note_trouble(one, credential)
    # A lost lease means that another worker repeats this send: then only a taken message is worth a word.
    if mine or isinstance(one.decision, Sent):
        _apply(one, credential)


def _note_trouble(one: Finish, credential: str) -> None:
    if one.result.verdict is Verdict.REFUSED_CONFIGURATION:
        outbox.open_lanes({credential})
        trouble.note(credential, one.result.reason, one.at_us, one.configuration)
    elif one.was_troubled and one.result.verdict is Verdict.SENT:
        trouble.clear(credential)


def _apply(one: Finish, credential: str) -> None:
    if one.hold_until_us:
        if credential != one.lane:
            outbox.open_lanes({credential})
        _hold(credential, one.hold_until_us, one.result.reason)
    if isinstance(one.decision, Again):
        sql.execute("UPDATE delivery_send SET due_us = %s WHERE id = %s", [one.decision.due_us, one.send_id])
        sql.execute(
            f"UPDATE delivery_delivery SET state = 'pending', reason = %s WHERE {OF_SEND} AND state || '' = 'sending'",
            [one.decision.reason, one.send_id],
        )
        return
    taken = isinstance(one.decision, Sent)
    settled = sql.execute(
        "UPDATE delivery_send SET state = %s, process_query_key = %s, read_check_us = %s"
        " WHERE id = %s AND state = 'frozen'",
        [SendState.TAKEN.value if taken else SendState.DISSOLVED.value, one.result.process_query_key or "",
         one.at_us + _READ_AFTER_US if taken and one.receipts else None, one.send_id],
    )  # fmt: skip
    if not settled:
        return
    if one.is_digest and not taken:
        _keep_refused_digest(one.send_id)
    for delivery, (result, decision) in one.apart.items():
        _complete(_attempt(one.send_id, credential, one.at_us, delivery), result)
        _conclude(one.send_id, decision, one.at_us, [delivery], is_digest=one.is_digest)
    _conclude(one.send_id, one.decision, one.at_us, is_digest=one.is_digest)


def _keep_refused_digest(send_id: str) -> None:
    """At once for all of them, before the first is let go; what was stale is told by the next one."""
    _keep(f"{OF_SEND} AND state || '' IN ('pending', 'sending')", [send_id])
    sql.execute("UPDATE delivery_delivery SET digest = '' WHERE digest = %s AND state = 'expired'", [send_id])


def _keep(which: str, values: Sequence[object]) -> None:
    """Deliveries that will name this send no more: its attempts stay part of their history."""
    sql.execute(
        f"INSERT INTO delivery_senditem (send_id, delivery_id) SELECT send_id, id FROM delivery_delivery WHERE {which}",
        values,
    )


def conclude(wanted: Sequence[Conclude]) -> list[int]:
    """How many each changed: fewer than CHUNK when that was all."""
    return [_conclude(one.send_id, one.decision, one.at_us, is_digest=True) for one in wanted]


def _conclude(send_id: str, decision: Decision, at_us: int, only: Sequence[int] = (), *, is_digest: bool) -> int:
    """Write the decision to the send's deliveries that are not settled, to CHUNK of them at a time."""
    values: list[int | str]
    them: list[int | str]
    match decision:
        case Sent():
            change, values = "state = 'sent', reason = '', sent_us = %s", [at_us]
            if is_digest:
                change, values = f"{change}, digest = %s", [at_us, send_id]
        case Failed(reason):
            change, values = "state = 'failed', reason = %s", [reason]
            transaction.on_commit(fallbacks.tell)
        case Again(due_us, reason):
            change, values = "state = 'pending', send_id = '', due_us = %s, reason = %s", [due_us, reason]
        case Mend(how, reason):
            change = "state = 'pending', send_id = '', remark = %s, reason = %s"
            values = [how, reason]
        case Elsewhere(reason):
            change, values = "state = 'pending', send_id = '', reason = %s", [reason]
    whose = f"{OF_SEND} AND state || '' IN ('pending', 'sending')"
    if only:
        which, them = f"{whose} AND id IN ({sql.marks(only)})", [send_id, *only]
    else:
        which, them = f"id IN (SELECT id FROM delivery_delivery WHERE {whose} LIMIT %s)", [send_id, CHUNK]
    if isinstance(decision, Again | Mend | Elsewhere) and not is_digest:
        _keep(which, them)
    return sql.execute(f"UPDATE delivery_delivery SET {change} WHERE {which}", [*values, *them])


def settle(wanted: Sequence[Settle]) -> list[None]:
    """Only what is not settled yet changes, and what nobody else has begun."""
    if any(one.state is DeliveryState.FAILED for one in wanted):
        transaction.on_commit(fallbacks.tell)
    for one in wanted:
        for start in range(0, len(one.deliveries), _MOST_MARKS):
            some = one.deliveries[start : start + _MOST_MARKS]
            sql.execute(
                "UPDATE delivery_delivery SET state = %s, reason = %s"
                f" WHERE state IN ('pending', 'sending') AND send_id = %s AND id IN ({sql.marks(some)})",
                [one.state.value, one.reason, one.send_id, *some],
            )
        if one.send_id:
            sql.execute("UPDATE delivery_send SET state = 'dissolved' WHERE id = %s", [one.send_id])
    return [None] * len(wanted)


def defer(wanted: Sequence[Defer]) -> list[None]:
    for one in wanted:
        sql.execute(
            "UPDATE delivery_delivery SET due_us = %s, reason = %s"
            f" WHERE state = 'pending' AND send_id = '' AND id IN ({sql.marks(one.deliveries)})",
            [one.due_us, one.reason, *one.deliveries],
        )
    return [None] * len(wanted)


def move(wanted: Sequence[Move]) -> list[None]:
    outbox.open_lanes({one.lane for one in wanted})
    for one in wanted:
        for start in range(0, len(one.deliveries), _MOST_MARKS):
            some = one.deliveries[start : start + _MOST_MARKS]
            which = f"state IN ('pending', 'sending') AND send_id = %s AND id IN ({sql.marks(some)})"
            if one.dissolve:
                _keep(which, [one.dissolve, *some])
            sql.execute(
                f"UPDATE delivery_delivery SET lane = %s, state = 'pending', send_id = '' WHERE {which}",
                [one.lane, one.dissolve, *some],
            )
        if one.dissolve:
            sql.execute("UPDATE delivery_send SET state = 'dissolved' WHERE id = %s", [one.dissolve])
    return [None] * len(wanted)


def pause(wanted: Sequence[Pause]) -> list[None]:
    for one in wanted:
        sql.execute(
            "UPDATE delivery_lane SET rest_until_us = %s, rest_reason = %s WHERE key = %s",
            [one.until_us, one.reason, one.lane],
        )
    return [None] * len(wanted)


def _hold(lane: str, until_us: int, reason: str) -> None:
    sql.execute(
        "UPDATE delivery_lane SET hold_until_us = %s, hold_reason = %s WHERE key = %s AND hold_until_us < %s",
        [until_us, reason, lane, until_us],
    )


def repair(wanted: Sequence[Repair]) -> list[None]:
    """Deliveries of a digest that was taken are sent; those of a send that never was, or was dissolved, wait again."""
    for one in wanted:
        if not leases.take(one.lane, one.lease, one.at_us):
            continue
        begun = "lane = %s AND state IN ('pending', 'sending') AND send_id <> ''"
        sql.execute(
            "UPDATE delivery_delivery SET state = 'sent', reason = '', sent_us = %s, digest = COALESCE("
            f"(SELECT s.id FROM delivery_send s WHERE s.id = send_id AND s.kind = 'digest'), '') WHERE {begun}"
            " AND EXISTS (SELECT 1 FROM delivery_send s WHERE s.id = send_id AND s.state = 'taken')",
            [one.at_us, one.lane],
        )
        sql.execute(
            f"UPDATE delivery_delivery SET state = 'pending', send_id = '' WHERE {begun}"
            " AND NOT EXISTS (SELECT 1 FROM delivery_send s WHERE s.id = send_id AND s.state = 'frozen')",
            [one.lane],
        )
    return [None] * len(wanted)


def _attempt(send_id: str, credential: str, at_us: int, delivery_id: int | None = None) -> int:
    made = sql.value(
        "INSERT INTO delivery_attempt (send_id, lane, delivery_id, at_us, code, text, verdict, reason)"
        " VALUES (%s, %s, %s, %s, '', '', '', '') RETURNING id",
        [send_id, credential, delivery_id, at_us],
    )
    return int(made)


def _complete(attempt_id: int, result: Result) -> None:
    sql.execute(
        "UPDATE delivery_attempt SET http_status = %s, code = %s, text = %s, verdict = %s, reason = %s WHERE id = %s",
        [result.http_status, (result.code or "")[:100], result.text, result.verdict.value, result.reason, attempt_id],
    )
