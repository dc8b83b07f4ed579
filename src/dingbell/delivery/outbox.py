"""Putting deliveries into the outbox, in the transaction of what owes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from dingbell.alarms.alarm import Priority, Transition
from dingbell.delivery.fallbacks import Unreached
from dingbell.delivery.models import Delivery, DeliveryState, Manner
from dingbell.notify.routing import Target
from dingbell.storage import sql
from dingbell.storage.numbering import Numbering
from dingbell.storage.writer import Writer

_INSERT = (
    "INSERT INTO delivery_delivery (id, event_id, alarm_id, rule_id, block, service_id, robot_id, account_id,"
    " receiver_name, lane, state, reason, due_us, created_us, sent_us, send_id,"
    " message_id, personal, silence_id, resend_of, kind, priority, manner)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, NULL, '', %s, %s, %s, %s, %s, %s, %s)"
)
_INSERT_REPETITION = _INSERT.replace("manner)", "manner, repetition)").removesuffix(")") + ", %s)"
_INSERT_FALLBACK = _INSERT.replace("manner)", "manner, repetition, fallback_of)").removesuffix(")") + ", %s, %s)"
_PENDING, _SUPPRESSED = DeliveryState.PENDING.value, DeliveryState.SUPPRESSED.value
# What a person sends once more goes now, whatever happened, and its failure is seen by that person.
_BEFORE_IT_GOES = (
    Manner.FALLBACK | Manner.GATHERED | Manner.UNLESS_CLEARED | Manner.UNLESS_ACKED | Manner.UNLESS_SHELVED
    | Manner.IF_TOLD
)  # fmt: skip
# A notice is somebody's question to DingTalk: it goes alone, before what can wait.
_OF_A_NOTICE = Priority.CRITICAL


@dataclass(frozen=True, slots=True)
class Outbox:
    """One for a process: whatever owes deliveries later than the event itself owes them through it.

    `clock` gives microseconds, `wake` is told after the commit which lanes got something to send, and `delivery_ids`
    numbers the deliveries of the whole process, those of the intake too.
    """

    writer: Writer
    clock: Callable[[], int]
    wake: Callable[[set[str]], None]
    delivery_ids: Numbering

    def owed_in(self, lanes: set[str]) -> None:
        """Deliveries were inserted there, in this transaction: the worker hears of it once they are on disk."""
        if lanes:
            open_lanes(lanes)
            transaction.on_commit(lambda: self.wake(lanes))


def delivery_row(
    delivery_id: int, event_id: int, happened: Transition, target: Target, now_us: int, resend_of: int | None = None,
    *, again: bool = False, received_us: int | None = None,
) -> tuple[Any, ...]:  # fmt: skip
    """`happened` is the event to tell of; `resend_of` is the delivery of the same event that it repeats.

    It is owed since `received_us`, the receipt of the event: what that waited to be written counts. `again`: it tells
    of it once more because nobody acted.
    """
    state, reason, due_us, manner = _PENDING, "", now_us, target.manner
    if target.suppressed:
        state, reason = _SUPPRESSED, target.suppressed
    elif target.timing is not None:
        owed = target.timing.owed(happened.kind, manner, now_us, target.opens_us, again=again)
        reason, due_us, manner = owed.reason, owed.due_us, owed.manner
    return (
        delivery_id, event_id, happened.alarm.id, target.rule_id, target.block, target.service_id, target.robot_id,
        target.account_id, target.name, target.lane, state, reason, due_us, received_us or now_us,
        target.message_id, target.personal, target.silence_id, resend_of, happened.kind.value,
        int(happened.alarm.priority), manner,
    )  # fmt: skip


def insert(rows: Sequence[tuple[Any, ...]]) -> None:
    sql.insert_many(_INSERT, rows)


def insert_repetitions(rows: Sequence[tuple[Any, ...]]) -> None:
    """Each a `delivery_row` of what is told `again`, and the how manieth time that is."""
    sql.insert_many(_INSERT_REPETITION, rows)


def fallback_row(delivery_id: int, failed: Unreached, target: Target, manner: int, now_us: int) -> tuple[Any, ...]:
    """What `failed` was to tell, owed to `target` in its place."""
    return (
        delivery_id, failed.event_id, failed.alarm_id, failed.rule_id, failed.block, target.service_id, target.robot_id,
        target.account_id, target.name, target.lane, DeliveryState.PENDING.value, "", now_us, now_us,
        target.message_id, target.personal, None, None, failed.kind, failed.priority, manner, failed.repetition,
        failed.id,
    )  # fmt: skip


def insert_fallbacks(rows: Sequence[tuple[Any, ...]]) -> None:
    """Each a `fallback_row`."""
    sql.insert_many(_INSERT_FALLBACK, rows)


def mark_fell_back(ids: Sequence[int]) -> None:
    """Note that the other ways of these failures were seen to."""
    if ids:
        sql.execute(f"UPDATE delivery_delivery SET fell_back = true WHERE id IN ({sql.marks(ids)})", ids)


def insert_notice(delivery_id: int, notice_id: int, target: Target, now_us: int) -> None:
    """Owe a notice: a message of no event."""
    Delivery.objects.create(
        id=delivery_id, event_id=0, alarm_id=0, rule_id=0, block=0, service_id=target.service_id,
        robot_id=target.robot_id, account_id=target.account_id, receiver_name=target.name, lane=target.lane,
        state=DeliveryState.PENDING, reason="", due_us=now_us, created_us=now_us, send_id="", notice_id=notice_id,
        priority=_OF_A_NOTICE,
    )  # fmt: skip


def insert_again(delivery_id: int, old: Delivery, name: str, lane: str, now_us: int) -> None:
    """Owe once more what `old` was to tell, to the same receiver as it is called and reached now."""
    Delivery.objects.create(
        id=delivery_id, event_id=old.event_id, alarm_id=old.alarm_id, rule_id=old.rule_id, block=old.block,
        service_id=old.service_id, robot_id=old.robot_id, account_id=old.account_id, receiver_name=name, lane=lane,
        state=DeliveryState.PENDING, reason="", due_us=now_us, created_us=now_us, send_id="",
        message_id=old.message_id, personal=old.personal, notice_id=old.notice_id, resend_of=old.id,
        kind=old.kind, priority=old.priority, manner=old.manner & ~_BEFORE_IT_GOES, repetition=old.repetition,
    )  # fmt: skip


def mark(ids: Collection[int], *, handled: bool = False, hidden: bool = False) -> None:
    """Note that a person saw to these deliveries, or took them off the lists. What became of them stays."""
    changed = Delivery.objects.filter(id__in=ids)
    if hidden:
        changed.update(hidden=True)
    if handled:
        changed.update(handled=True)


def open_lanes(keys: Collection[str]) -> None:
    """Lanes that may be new: a worker finds work by them."""
    sql.execute_many(
        "INSERT INTO delivery_lane (key, lease, lease_until_us, hold_until_us, hold_reason)"
        " VALUES (%s, '', 0, 0, '') ON CONFLICT (key) DO NOTHING",
        [(key,) for key in sorted(keys)],
    )
