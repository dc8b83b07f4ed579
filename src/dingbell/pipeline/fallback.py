"""When a receiver cannot be reached: the block's other ways (备用通道), one after the other (decision 0023).

Each failed delivery is seen to once, as soon as its failure is written. The next step of its block that can be used is
owed as new deliveries, which say what they stand for; when those fail in turn, the step after that. It ends with the
list. What one step tells is told once, however many of the block's receivers failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec
import structlog
from django.db import connection, transaction

from dingbell.alarms.models import Event
from dingbell.delivery import fallbacks, outbox
from dingbell.delivery.fallbacks import NOBODY, Receiver, Told, Unreached
from dingbell.delivery.models import Manner
from dingbell.delivery.outbox import Outbox
from dingbell.notify import routing
from dingbell.notify.models import Block, Service
from dingbell.notify.routing import Target
from dingbell.notify.rules.documents import FallbackDocument
from dingbell.pipeline import measures
from dingbell.storage.writer import StorageUnavailable, Task

log = structlog.get_logger(__name__)
_MOST = 200  # failures a transaction
_TURNS = 10
# Words that cannot be made cannot be made for anybody.
_OF_THE_MESSAGE = frozenset({"rendering_failed", "event_missing"})
# What else the block asked for still holds; what it waited for is over.
_KEPT = Manner.UNLESS_CLEARED | Manner.UNLESS_ACKED | Manner.UNLESS_SHELVED | Manner.IF_TOLD


@dataclass(frozen=True, slots=True)
class Way:
    """A step of a block as it is now: whom it names, and of these whom it reaches."""

    service_id: int
    named: frozenset[Receiver] | None
    open: Sequence[Target]

    def names(self, receiver: Receiver) -> bool:
        """`named` None is everyone of the service."""
        return receiver in self.named if self.named is not None else receiver[0] == self.service_id


def following(failed: Unreached, ways: Sequence[Way], told: Told) -> list[Target]:
    """Who is told in place of a receiver that was not reached. Pure.

    Of the steps after the receiver's own the first that reaches somebody new. Nobody where somebody of that step is
    told already in place of another one: if that fails too, it goes on from there.
    """
    own = next((place for place, way in enumerate(ways) if way.names(failed.receiver)), -1)
    for way in ways[own + 1 if failed.fallback_of is not None else 0 :]:
        if any(way.names(receiver) for receiver in told.instead if receiver != failed.receiver):
            return []
        new = [target for target in way.open if receiver_of(target) not in told.all]
        if new:
            return new
    return []


def receiver_of(target: Target) -> Receiver:
    return target.service_id, target.robot_id, target.account_id


class Fallback:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._fallen: Task[None, bool] = Task("fall_back", self._fall_back)

    def hurry(self, **_: object) -> None:
        """Deliveries failed just now (fallbacks.failed): see to them next. What this misses, `look` finds."""
        with suppress(StorageUnavailable):
            self._outbox.writer.submit(self._fallen, None)

    def look(self) -> None:
        """See to what failed and was not seen to. Costs one read when there is nothing. Raises StorageUnavailable."""
        for _ in range(_TURNS):
            if not fallbacks.unseen(1) or not self._outbox.writer.submit(self._fallen, None).result():
                return

    # --- inside the transaction -------------------------------------------------------------------------

    def _fall_back(self, asked: Sequence[None]) -> list[bool]:
        """Whether there may be more."""
        failures = fallbacks.unseen(_MOST)
        events = {one.event_id for one in failures}
        if connection.vendor != "sqlite":  # two nodes: one of them sees to an event at a time
            list(Event.objects.select_for_update().filter(id__in=events).order_by("id").values_list("id", flat=True))
            failures = fallbacks.unseen(_MOST)
            failures = [one for one in failures if one.event_id in events]
        concerned = [one for one in failures if one.falls_back and one.reason not in _OF_THE_MESSAGE]
        told = fallbacks.told({one.event_id for one in concerned}) if concerned else {}
        ways = _Ways()
        now_us = self._outbox.clock()
        rows, lanes = [], set[str]()
        for one in concerned:
            known = told.get(one.said, NOBODY)
            targets = following(one, ways.of(one), known)
            ids = list(self._outbox.delivery_ids.take(len(targets)))
            rows += [
                outbox.fallback_row(id_, one, target, _manner(one, target), now_us)
                for id_, target in zip(ids, targets, strict=True)
            ]
            lanes |= {target.lane for target in targets}
            told[one.said] = _with(known, targets, ids)
        outbox.insert_fallbacks(rows)
        outbox.mark_fell_back([one.id for one in failures])
        self._outbox.owed_in(lanes)
        if rows:
            transaction.on_commit(lambda: measures.FALLBACKS.inc(len(rows)))
            log.info("fell_back", failed=len(concerned), owed=len(rows))
        return [len(failures) == _MOST] * len(asked)


def _with(told: Told, targets: Sequence[Target], ids: Sequence[int]) -> Told:
    new = {receiver_of(target): id_ for target, id_ in zip(targets, ids, strict=True)}
    return Told(told.all | new.keys(), told.instead | new) if new else told


def _manner(failed: Unreached, target: Target) -> int:
    """A stand-in may fail in turn."""
    return int((Manner(failed.manner) & _KEPT) | Manner(target.manner) | Manner.FALLBACK)


class _Ways:
    """The steps of blocks as they are now, each read once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], list[Way]] = {}
        self._services: dict[int, Service | None] = {}

    def of(self, failed: Unreached) -> Sequence[Way]:
        key = failed.rule_id, failed.block
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, rule_id: int, number: int) -> list[Way]:
        block = Block.objects.filter(rule_id=rule_id)[number : number + 1].first()
        if block is None:
            return []
        steps = msgspec.convert(block.fallback, list[FallbackDocument])
        return [way for step in steps if (way := self._way(block, number, step)) is not None]

    def _way(self, block: Block, number: int, step: FallbackDocument) -> Way | None:
        service_id = step.service or 0
        if service_id not in self._services:
            self._services[service_id] = Service.objects.filter(id=service_id).first()
        service = self._services[service_id]
        if service is None:
            return None
        targets = [one for one in routing.instead(block, number, service, step.receivers) if not one.suppressed]
        named = None if step.receivers is None else frozenset(_named(service.id, step.receivers))
        return Way(service.id, named, targets)


def _named(service_id: int, receivers: Sequence[Mapping[str, int]]) -> list[Receiver]:
    return [(service_id, one.get("robot"), one.get("account")) for one in receivers]
