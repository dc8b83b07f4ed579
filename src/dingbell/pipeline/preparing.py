"""From a step of the plan to a send that can be frozen: what still holds is asked, the words are made."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog
from django.db import DatabaseError

from dingbell.channels.dingtalk.mending import UNCALLED, WAYS
from dingbell.delivery import claim, queue
from dingbell.delivery.budget import Limit
from dingbell.delivery.models import DeliveryState, SendKind
from dingbell.delivery.plan import Member, Merge, Start
from dingbell.delivery.waiting import Waiting
from dingbell.pipeline import meanwhile, merging, sending
from dingbell.pipeline.receivers import Receivers
from dingbell.pipeline.sending import Body, Outside
from dingbell.storage.times import SECOND

log = structlog.get_logger(__name__)
_TRIES = 3  # of a message that cannot be made
_AFTER_A_FAULT_US = (5 * SECOND, 30 * SECOND)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A send to be frozen, and everything that it stands for."""

    freeze: claim.Freeze
    deliveries: tuple[Waiting, ...]


# What is to be written instead of beginning a send: then the lane is looked at anew.
Instead = claim.Settle | claim.Move | claim.Defer


@dataclass(frozen=True, slots=True)
class _Parts:
    lane: str
    member: Member
    deliveries: tuple[Waiting, ...]
    kind: SendKind


class Preparing:
    """Thread-safe: a lane is prepared by one thread at a time."""

    def __init__(self, outside: Outside, lease: str, clock: Callable[[], int], limit: Callable[[str], Limit]) -> None:
        """`limit` is what a credential's calls are counted against."""
        self._outside = outside
        self._lease = lease
        self._clock = clock
        self._limit = limit
        self._faults: dict[int, int] = {}  # how often a message could not be made
        self._unmergeable: set[str] = set()  # lanes whose digest could not be made: their messages go one by one

    def start(self, lane: str, step: Start, receivers: Receivers) -> Prepared | Instead:
        withheld = meanwhile.withheld(step.deliveries)
        if withheld:
            return _settled(withheld)
        parts = _Parts(lane, step.member, _as_served(step.deliveries, step.member), step.kind)
        return self._freeze(parts, lambda send_id: sending.body_for(
            parts.deliveries, lane, send_id, receivers, self._outside
        ))  # fmt: skip

    def merge(self, lane: str, step: Merge, receivers: Receivers) -> Prepared | Instead | None:
        """A digest of what waits now; None when nothing does any more."""
        now_us = self._clock()
        first = queue.due(lane, next(iter(step.accounts), None), step.gathered, now_us)
        withheld = meanwhile.withheld(first)
        if withheld:
            return _settled(withheld)
        mine = [one for one in first if _shares(one, first[0], lane)]
        if not mine:
            return None
        alike = queue.waiting_for_the_same(lane, step.accounts[1:], mine, now_us) if len(mine) == len(first) else {}
        if lane in self._unmergeable:
            self._unmergeable.discard(lane)
            alone = Start(tuple(one for one in mine if one.says_the_same(mine[0])), step.member)
            return self.start(lane, alone, receivers)
        # Of the others one delivery each says whom the digest is for: there may be 10,000 of each.
        others = [replace(mine[0], id=ids[0], account_id=account) for account, ids in alike.items()]
        deliveries = _as_served([*mine, *others], step.member)
        stale = queue.stale_count(lane, step.accounts[:1])
        prepared = self._freeze(
            _Parts(lane, step.member, deliveries, SendKind.DIGEST),
            lambda send_id: merging.digest_for(deliveries, stale, lane, send_id, receivers, self._outside),
        )
        if isinstance(prepared, claim.Defer):  # nothing is lost to a digest
            self._unmergeable.add(lane)
            return None
        if isinstance(prepared, claim.Settle | claim.Move):  # a person who is gone, or all of them
            named = set(prepared.deliveries)
            more = tuple(id_ for ids in alike.values() if ids[0] in named for id_ in ids[1:])
            return replace(prepared, deliveries=prepared.deliveries + more)
        ids = tuple(id_ for ids in alike.values() for id_ in ids)
        freeze = replace(prepared.freeze, deliveries=tuple(one.id for one in mine) + ids)
        return Prepared(freeze, deliveries)

    def _freeze(self, parts: _Parts, body_of: Callable[[str], Body | claim.Settle | claim.Move]) -> Prepared | Instead:
        send_id = uuid.uuid4().hex
        ids = tuple(one.id for one in parts.deliveries)
        try:
            body = body_of(send_id)
        except DatabaseError:  # nothing is wrong with the message: it is made again in a while
            raise
        except Exception:  # a message that cannot be made must not hold up the others
            log.exception("rendering_failed", deliveries=ids[:20])
            return self._unmade(ids)
        if not isinstance(body, Body):
            return body
        for delivery in ids if self._faults else ():
            self._faults.pop(delivery, None)
        first, member = parts.deliveries[0], parts.member
        people = dict.fromkeys(one.account_id for one in parts.deliveries if one.account_id is not None)
        freeze = claim.Freeze(
            parts.lane, self._lease, send_id, first.service_id, first.robot_id, body.text, ids,
            min(one.since_us for one in parts.deliveries), self._clock(), body.remark, body.fault,
            kind=parts.kind, credential=member.credential, limit=self._limit(member.credential),
            accounts=tuple(people), mended=_mended(body, first),
        )  # fmt: skip
        return Prepared(freeze, parts.deliveries)

    def _unmade(self, ids: Sequence[int]) -> claim.Settle | claim.Defer:
        """Tried again twice, then given up."""
        for delivery in ids:
            self._faults[delivery] = self._faults.get(delivery, 0) + 1
        tries = max(self._faults[delivery] for delivery in ids)
        if tries >= _TRIES:
            for delivery in ids:
                self._faults.pop(delivery, None)
            return claim.Settle(tuple(ids), DeliveryState.FAILED, "rendering_failed")
        due_us = self._clock() + _AFTER_A_FAULT_US[tries - 1]
        return claim.Defer(tuple(ids), due_us, "rendering_failed")


def _mended(body: Body, first: Waiting) -> str:
    """What was done to the words as a whole. Of a digest that names some news for the first time that is nothing."""
    if body.remark in WAYS:
        return body.remark
    return first.way if first.way == UNCALLED else ""


def _settled(withheld: dict[int, str]) -> claim.Settle:
    """Those that one reason keeps back; the others at the next look."""
    reason = next(iter(withheld.values()))
    ids = tuple(delivery for delivery, why in withheld.items() if why == reason)
    return claim.Settle(ids, DeliveryState.SUPPRESSED, reason)


def _shares(one: Waiting, first: Waiting, lane: str) -> bool:
    """Whether both can stand in one message: the same robot as its service has it, words of the same kind."""
    same_robot = lane.startswith("p:") or one.robot_id == first.robot_id
    return same_robot and one.service_id == first.service_id


def _as_served(deliveries: Sequence[Waiting], member: Member) -> tuple[Waiting, ...]:
    """Robots of a pool stand in for each other."""
    if member.robot_id is None:
        return tuple(deliveries)
    return tuple(replace(one, robot_id=member.robot_id) for one in deliveries)
