"""Deliveries that failed and whose block has other ways: which they are and who was told in their place. No writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from django.dispatch import Signal

from dingbell.delivery.models import Delivery, DeliveryState, Manner
from dingbell.storage import sql

# Deliveries failed, and that is on disk. Sent in the writer's thread: `transaction.on_commit(fallbacks.tell)`.
failed = Signal()
# Word for word the condition of the index `delivery_falls_back`. SQLite guesses that the index of the state were as
# good, which holds every failure there ever was.
_INDEXED = {"sqlite": "INDEXED BY delivery_falls_back", "postgresql": ""}
_UNSEEN = "state = 'failed' AND NOT fell_back AND manner >= 32"
_COLUMNS = (
    "id, event_id, alarm_id, rule_id, block, service_id, robot_id, account_id, reason, kind, priority, manner,"
    " repetition, fallback_of"
)


def tell() -> None:
    """Send `failed`. Whoever listens cannot undo what was committed by failing."""
    failed.send_robust(sender=None)


@dataclass(frozen=True, slots=True)
class Unreached:
    """A delivery that failed."""

    id: int
    event_id: int
    alarm_id: int
    rule_id: int
    block: int
    service_id: int
    robot_id: int | None
    account_id: int | None
    reason: str
    kind: str
    priority: int
    manner: int
    repetition: int
    fallback_of: int | None

    @property
    def falls_back(self) -> bool:
        return bool(self.manner & Manner.FALLBACK)

    @property
    def said(self) -> Said:
        return self.event_id, self.rule_id, self.block, self.repetition

    @property
    def receiver(self) -> Receiver:
        return self.service_id, self.robot_id, self.account_id


Said = tuple[int, int, int, int]  # event, rule, block, repetition: what one block says at one moment
Receiver = tuple[int, int | None, int | None]  # service, robot, account


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a block has told of one thing: `instead` those who stood in for others, each with its delivery."""

    all: frozenset[Receiver]
    instead: dict[Receiver, int]


NOBODY = Told(frozenset(), {})


def unseen(most: int) -> list[Unreached]:
    """The oldest failures nobody has looked at for this, those whose block has no other way included."""
    indexed = _INDEXED[connection.vendor]
    found = sql.rows(f"SELECT {_COLUMNS} FROM delivery_delivery {indexed} WHERE {_UNSEEN} ORDER BY id LIMIT %s", [most])
    return [Unreached(*row) for row in found]


def told(event_ids: Collection[int]) -> dict[Said, Told]:
    """By what was said."""
    chosen = sorted(event_ids)
    everyone: dict[Said, set[Receiver]] = {}
    instead: dict[Said, dict[Receiver, int]] = {}
    for id_, event, rule, block, repetition, service, robot, account, fallback_of in sql.rows(
        "SELECT id, event_id, rule_id, block, repetition, service_id, robot_id, account_id, fallback_of"
        f" FROM delivery_delivery WHERE event_id IN ({sql.marks(chosen)}) ORDER BY id",
        chosen,
    ):
        said, receiver = (event, rule, block, repetition), (service, robot, account)
        everyone.setdefault(said, set()).add(receiver)
        if fallback_of is not None:
            instead.setdefault(said, {})[receiver] = id_
    return {said: Told(frozenset(receivers), instead.get(said, {})) for said, receivers in everyone.items()}


def stand_ins(deliveries: Collection[Delivery]) -> dict[int, Delivery]:
    """By a failed one of these, what went in its place; of several one that was sent, else the newest.

    Of several that failed together one has the stand-in, which stood in for all of them.
    """
    fallen = [one for one in deliveries if one.fell_back and one.manner & Manner.FALLBACK]
    if not fallen:
        return {}
    events = {one.event_id for one in fallen}
    found = list(Delivery.objects.filter(event_id__in=events, fallback_of__isnull=False).order_by("id"))
    found.sort(key=lambda one: one.state == DeliveryState.SENT)  # the last one counts
    own = {one.fallback_of: one for one in found}
    shared = {_said(one): one for one in found if one.id not in {failed.id for failed in fallen}}
    return {
        one.id: instead
        for one in fallen
        if (instead := own.get(one.id) or (None if one.fallback_of else shared.get(_said(one)))) is not None
    }


def failures_before(deliveries: Collection[Delivery]) -> dict[int, Delivery]:
    """By one of these that stands in for another one, that other one."""
    failed = Delivery.objects.in_bulk({one.fallback_of for one in deliveries if one.fallback_of is not None})
    return {one.id: failed[one.fallback_of] for one in deliveries if one.fallback_of in failed}


def _said(one: Delivery) -> Said:
    return one.event_id, one.rule_id, one.block, one.repetition
