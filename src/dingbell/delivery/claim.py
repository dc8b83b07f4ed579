"""The only writer of a delivery's state after the outbox (design §7). Tasks for the one writer.

pending → sending (frozen into a send, under a lease) → sent | failed | back to pending; pending → suppressed.
A delivery whose send goes again later is pending and keeps its `send_id` until then.
Every task takes all its waiting inputs, inside the writer's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from dingbell.channels.base import Result
from dingbell.delivery import outbox
from dingbell.delivery.models import DeliveryState, SendState
from dingbell.delivery.retry import Again, Decision, Failed, Sent
from dingbell.storage import sql
from dingbell.storage.times import SECOND

LEASE_US = 15 * SECOND
_DATABASE_NOW = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"  # PostgreSQL


@dataclass(frozen=True, slots=True)
class Freeze:
    """Begin a send: from here on it is repeated byte for byte. `deliveries` are all still pending.

    `created_us` is when the oldest of them was owed: the send is given up by its age. `remark` and `fault` say what
    people should know of its words.
    """

    lane: str
    lease: str
    send_id: str
    service_id: int
    robot_id: int | None
    body: str
    deliveries: tuple[int, ...]
    created_us: int
    at_us: int
    remark: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Note that a frozen send is tried once more, before it is."""

    lane: str
    lease: str
    send_id: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Finish:
    """What the call brought, for the whole send and for those receivers whose own result differs."""

    lane: str
    lease: str
    send_id: str
    attempt_id: int
    result: Result
    decision: Decision
    deliveries: tuple[int, ...]
    at_us: int
    apart: dict[int, tuple[Result, Decision]] = field(default_factory=dict)

    @property
    def taken_by_all(self) -> bool:
        return isinstance(self.decision, Sent) and not self.apart


@dataclass(frozen=True, slots=True)
class Settle:
    """End deliveries without a call: their receiver is gone, their message cannot be made."""

    deliveries: tuple[int, ...]
    state: DeliveryState
    reason: str
    send_id: str = ""


def freeze(wanted: Sequence[Freeze]) -> list[int | None]:
    """The id of each one's first attempt; None where another worker has the lane or took a delivery."""
    return [_begin(one) if _lease(one.lane, one.lease, one.at_us) else None for one in wanted]


def _begin(one: Freeze) -> int | None:
    chosen = f"id IN ({sql.marks(one.deliveries)})"
    free = f"SELECT COUNT(*) FROM delivery_delivery WHERE state = 'pending' AND send_id = '' AND {chosen}"
    if sql.value(free, one.deliveries) != len(one.deliveries):
        return None
    sql.execute(
        "INSERT INTO delivery_send (id, lane, state, service_id, robot_id, body, tries, due_us, created_us,"
        " process_query_key, fault) VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s, '', %s)",
        [one.send_id, one.lane, SendState.FROZEN.value, one.service_id, one.robot_id, one.body, one.at_us,
         one.created_us, one.fault],
    )  # fmt: skip
    sql.execute_many(
        "INSERT INTO delivery_senditem (send_id, delivery_id) VALUES (%s, %s)",
        [(one.send_id, delivery) for delivery in one.deliveries],
    )
    sql.execute(
        f"UPDATE delivery_delivery SET state = 'sending', reason = '', send_id = %s, remark = %s WHERE {chosen}",
        [one.send_id, one.remark, *one.deliveries],
    )
    return _attempt(one.send_id, one.lane, one.at_us)


def try_again(wanted: Sequence[TryAgain]) -> list[int | None]:
    """The id of each one's new attempt; None where another worker has the lane or settled the send."""
    return [_try_again(one) for one in wanted]


def _try_again(one: TryAgain) -> int | None:
    if not _lease(one.lane, one.lease, one.at_us):
        return None
    if not sql.execute("UPDATE delivery_send SET tries = tries + 1 WHERE id = %s AND state = 'frozen'", [one.send_id]):
        return None
    sql.execute(
        "UPDATE delivery_delivery SET state = 'sending' WHERE send_id = %s AND state = 'pending'", [one.send_id]
    )
    return _attempt(one.send_id, one.lane, one.at_us)


def finish(finished: Sequence[Finish]) -> list[None]:
    for one in finished:
        _finish(one)
    return [None] * len(finished)


@dataclass(frozen=True, slots=True)
class GoOn:
    """What a call brought and the next send of the lane in one transaction, so that a lane pays for one a message."""

    finish: Finish
    freeze: Freeze


def go_on(wanted: Sequence[GoOn]) -> list[int | None]:
    """The id of the first attempt of each `freeze`; None where it was not begun, as for `freeze`."""
    return [_begin(one.freeze) if _finish(one.finish) else None for one in wanted]


def _finish(one: Finish) -> bool:
    """Whether the lane is still ours."""
    _complete(one.attempt_id, one.result)
    mine = _lease(one.lane, one.lease, one.at_us)
    # A lost lease means that another worker repeats this send: then only a taken message is worth a word.
    if mine or isinstance(one.decision, Sent):
        _apply(one)
    return mine


def _apply(one: Finish) -> None:
    if isinstance(one.decision, Again):
        sql.execute("UPDATE delivery_send SET due_us = %s WHERE id = %s", [one.decision.due_us, one.send_id])
        sql.execute(
            "UPDATE delivery_delivery SET state = 'pending', reason = %s WHERE send_id = %s AND state = 'sending'",
            [one.decision.reason, one.send_id],
        )
        _hold(one.lane, one.decision.due_us, one.decision.reason)
        return
    state = SendState.TAKEN if isinstance(one.decision, Sent) else SendState.DISSOLVED
    settled = sql.execute(
        "UPDATE delivery_send SET state = %s, process_query_key = %s WHERE id = %s AND state = 'frozen'",
        [state.value, one.result.process_query_key or "", one.send_id],
    )
    if not settled:
        return
    rest = [delivery for delivery in one.deliveries if delivery not in one.apart]
    _conclude(rest, one.decision, one.send_id, one.at_us)
    for delivery, (result, decision) in one.apart.items():
        _complete(_attempt(one.send_id, one.lane, one.at_us, delivery), result)
        _conclude([delivery], decision, one.send_id, one.at_us)


def settle(wanted: Sequence[Settle]) -> list[None]:
    """Only what is not settled yet changes, and what nobody else has begun."""
    for one in wanted:
        sql.execute(
            "UPDATE delivery_delivery SET state = %s, reason = %s"
            f" WHERE state IN ('pending', 'sending') AND send_id = %s AND id IN ({sql.marks(one.deliveries)})",
            [one.state.value, one.reason, one.send_id, *one.deliveries],
        )
        if one.send_id:
            sql.execute("UPDATE delivery_send SET state = 'dissolved' WHERE id = %s", [one.send_id])
    return [None] * len(wanted)


@dataclass(frozen=True, slots=True)
class Move:
    """The robot's webhook was replaced: what it still owes goes to the new one's lane."""

    deliveries: tuple[int, ...]
    lane: str
    dissolve: str = ""


def move(wanted: Sequence[Move]) -> list[None]:
    outbox.open_lanes({one.lane for one in wanted})
    for one in wanted:
        sql.execute(
            "UPDATE delivery_delivery SET lane = %s, state = 'pending', send_id = ''"
            f" WHERE state IN ('pending', 'sending') AND send_id = %s AND id IN ({sql.marks(one.deliveries)})",
            [one.lane, one.dissolve, *one.deliveries],
        )
        if one.dissolve:
            sql.execute("UPDATE delivery_send SET state = 'dissolved' WHERE id = %s", [one.dissolve])
    return [None] * len(wanted)


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing of the lane goes before `until_us`; `reason` is what its waiting deliveries give for that."""

    lane: str
    until_us: int
    reason: str


def hold(wanted: Sequence[Hold]) -> list[None]:
    for one in wanted:
        _hold(one.lane, one.until_us, one.reason)
    return [None] * len(wanted)


def _hold(lane: str, until_us: int, reason: str) -> None:
    sql.execute(
        "UPDATE delivery_lane SET hold_until_us = %s, hold_reason = %s WHERE key = %s AND hold_until_us < %s",
        [until_us, reason, lane, until_us],
    )


def renew(wanted: Sequence[tuple[str, str]]) -> list[None]:
    """Keep (lane, lease) pairs alive while their call is under way: it may take longer than a lease."""
    for lane, lease in wanted:
        sql.execute(
            f"UPDATE delivery_lane SET lease_until_us = {_DATABASE_NOW} + %s WHERE key = %s AND lease = %s",
            [LEASE_US, lane, lease],
        )
    return [None] * len(wanted)


def release(wanted: Sequence[tuple[str, str]]) -> list[None]:
    """Give up (lane, lease) pairs, so that another worker need not wait them out."""
    sql.execute_many("UPDATE delivery_lane SET lease = '', lease_until_us = 0 WHERE key = %s AND lease = %s", wanted)
    return [None] * len(wanted)


def release_all(wanted: Sequence[None]) -> list[None]:
    """Every lease is void: on SQLite no other process can hold one when this one starts."""
    sql.execute("UPDATE delivery_lane SET lease = '', lease_until_us = 0 WHERE lease <> ''")
    return [None] * len(wanted)


def _lease(lane: str, lease: str, now_us: int) -> bool:
    """Take or renew the lane's lease, by database time where several machines share it: their clocks differ."""
    now, moment = _DATABASE_NOW, list[int]()
    if connection.vendor == "sqlite":
        now, moment = "%s", [now_us]
    taken = sql.execute(
        "INSERT INTO delivery_lane (key, lease, lease_until_us, hold_until_us, hold_reason)"
        f" VALUES (%s, %s, {now} + %s, 0, '')"
        " ON CONFLICT (key) DO UPDATE SET lease = excluded.lease, lease_until_us = excluded.lease_until_us"
        f" WHERE delivery_lane.lease IN ('', excluded.lease) OR delivery_lane.lease_until_us < {now}",
        [lane, lease, *moment, LEASE_US, *moment],
    )
    return bool(taken)


def _attempt(send_id: str, lane: str, at_us: int, delivery_id: int | None = None) -> int:
    made = sql.value(
        "INSERT INTO delivery_attempt (send_id, lane, delivery_id, at_us, code, text, verdict, reason)"
        " VALUES (%s, %s, %s, %s, '', '', '', '') RETURNING id",
        [send_id, lane, delivery_id, at_us],
    )
    return int(made)


def _complete(attempt_id: int, result: Result) -> None:
    sql.execute(
        "UPDATE delivery_attempt SET http_status = %s, code = %s, text = %s, verdict = %s, reason = %s WHERE id = %s",
        [result.http_status, (result.code or "")[:100], result.text, result.verdict.value, result.reason, attempt_id],
    )


def _conclude(deliveries: Sequence[int], decision: Decision, send_id: str, at_us: int) -> None:
    if not deliveries:
        return
    values: list[int | str]
    match decision:
        case Sent():
            change, values = "state = 'sent', reason = '', sent_us = %s", [at_us]
        case Failed(reason):
            change, values = "state = 'failed', reason = %s", [reason]
        case Again(due_us, reason):
            change, values = "state = 'pending', send_id = '', due_us = %s, reason = %s", [due_us, reason]
    sql.execute(
        f"UPDATE delivery_delivery SET {change}"
        f" WHERE send_id = %s AND state IN ('pending', 'sending') AND id IN ({sql.marks(deliveries)})",
        [*values, send_id, *deliveries],
    )
