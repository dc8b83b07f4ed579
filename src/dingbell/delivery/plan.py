"""What a lane does next. Pure: what waits goes in, one step comes out.

A lane is the queue of one credential, or of a pool of robots in one group. It serves one receiver, its group, or
many, the people whom an app's robot reaches.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from dingbell.delivery import budget
from dingbell.delivery.budget import Call, Limit, Limits
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Manner, SendKind
from dingbell.delivery.turn import (
    WAITING_FOR_BUDGET,
    WAITING_FOR_QUOTA,
    Alone,
    Later,
    Queue,
    Terms,
    Together,
    Turn,
    next_turn,
)
from dingbell.delivery.waiting import Waiting

__all__ = [
    "ISOLATED_AFTER", "PEOPLE_A_CALL", "Divert", "Expire", "Frozen", "LaneView", "Member", "Merge", "Repeat", "Rest",
    "Start", "Step", "Waiting", "limit_of", "next_step",
]  # fmt: skip

# A message that was tried in vain as often as this no longer holds up the others: it may be the message.
ISOLATED_AFTER = 3
# That several fare like this is no matter of the message: nothing new is begun, it is merged once they go through.
MOST_ISOLATED = 3
PEOPLE_A_CALL = 20  # userIds of one batchSend (dingtalk-api §2.3)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A send that was begun and not settled. `unknowns`: tries whose outcome nobody knows."""

    id: str
    service_id: int
    robot_id: int | None
    body: str
    tries: int
    unknowns: int
    due_us: int
    created_us: int
    credential: str = ""
    mended: str = ""
    kind: str = SendKind.SINGLE.value


@dataclass(frozen=True, slots=True)
class Member:
    """A credential that serves the lane: the lane's own, or one robot of a pool (then `robot_id` is its id).

    Not before `hold_until_us`; in trouble not before `trial_us`, and then one message alone. `calls` ascend.
    """

    credential: str
    robot_id: int | None = None
    hold_until_us: int = 0
    hold_reason: str = ""
    trouble: str = ""
    trial_us: int = 0
    calls: Sequence[Call] = ()

    @property
    def open_at(self) -> int:
        return max(self.hold_until_us, self.trial_us if self.trouble else 0)


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane as the database has it.

    `queues` hold what is due and may go, the receiver that has waited the longest first; `later_us` is when the next
    of the others is due. `stale` waited too long, `frozen` are the sends that were begun, oldest first. `orphans`: some
    deliveries belong to a send that is not one of them. `large`: it was not read whole.
    """

    key: str
    lease: str
    lease_until_us: int
    members: Sequence[Member]
    queues: Sequence[Queue] = ()
    frozen: Sequence[Frozen] = ()
    later_us: int | None = None
    stale: Sequence[int] = ()
    orphans: bool = False
    large: bool = False

    def after(self, deliveries: Collection[int], credential: str, call: Call) -> LaneView:
        """The lane once a call for these deliveries was taken."""
        gone = frozenset(deliveries)
        members = [
            replace(one, calls=[*one.calls, call], trouble="") if one.credential == credential else one
            for one in self.members
        ]
        return replace(self, members=members, queues=[_without(queue, gone, call) for queue in self.queues])


def _without(queue: Queue, gone: frozenset[int], call: Call) -> Queue:
    mine = queue.account_id is None or queue.account_id in call.accounts
    if not mine:
        return queue
    ready = [one for one in queue.ready if one.id not in gone]
    critical = [one for one in queue.critical if one.id not in gone]
    left = queue.count - (len(queue.known) - len(ready) - len(critical))
    return Queue(queue.account_id, ready, left, [*queue.calls, call], critical)


@dataclass(frozen=True, slots=True)
class Start:
    """Make one message of these deliveries: all of one content, for one group or at most 20 people."""

    deliveries: tuple[Waiting, ...]
    member: Member
    kind: SendKind = SendKind.SINGLE


@dataclass(frozen=True, slots=True)
class Merge:
    """Make one digest of all that waits for the lane's group, or for the first of `accounts`; the others are for whom
    a digest is due, too: who waits for the same gets the same call. `gathered`: only what its block wants collected.
    """

    member: Member
    accounts: tuple[int, ...] = ()
    gathered: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    send: Frozen


@dataclass(frozen=True, slots=True)
class Expire:
    """These have waited too long."""

    deliveries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Divert:
    """These cannot go here for `reason` and their blocks know another way."""

    deliveries: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do before `until_us`; None: until something new comes. `reason` is given when we choose to wait."""

    until_us: int | None
    reason: str = ""


Step = Start | Merge | Repeat | Expire | Divert | Rest


def next_step(view: LaneView, limits: Limits, mode: Mode, now_us: int) -> Step:
    if view.stale:
        return Expire(tuple(view.stale))
    member = _member(view, limits, now_us)
    again = _repeat(view, limits, now_us)
    if again is not None:
        return again
    if not any(queue.ready for queue in view.queues):
        return Rest(_earliest(view.later_us, *(send.due_us for send in view.frozen)))
    if sum(send.tries >= ISOLATED_AFTER for send in view.frozen) >= MOST_ISOLATED:
        return Rest(_earliest(view.later_us, *(send.due_us for send in view.frozen)))
    way_out = _divert(view, mode, now_us)
    if way_out is not None:
        return way_out
    if mode is Mode.STOPPED:
        return Rest(None, WAITING_FOR_QUOTA)
    if member is None:
        reason = WAITING_FOR_BUDGET if any(one.open_at <= now_us for one in view.members) else ""
        return Rest(min(_free_at(one, limits, now_us) for one in view.members), reason)
    if member.trouble:  # a webhook has no harmless probe: the next real message is it, alone
        first = min((queue.ready[0] for queue in view.queues if queue.ready), key=lambda one: one.id)
        return Start(_together(first, view, {first.account_id: Alone(first)}), member)
    return _by_receiver(view, member, limits, mode, now_us)


def _by_receiver(view: LaneView, member: Member, limits: Limits, mode: Mode, now_us: int) -> Step:
    """The turn of the receiver that has waited the longest and may get something now."""
    terms = Terms(_receiver_limit(view, limits, now_us), limits.reserved_percent, mode)
    turns = {queue.account_id: next_turn(queue, terms, now_us) for queue in view.queues}
    for queue in view.queues:
        turn = turns[queue.account_id]
        if isinstance(turn, Alone):
            return Start(_together(turn.delivery, view, turns), member, turn.kind)
        if isinstance(turn, Together):
            due = [account for account, other in turns.items() if other == turn and account is not None]
            first = [] if queue.account_id is None else [queue.account_id]
            accounts = [*first, *(account for account in due if account != queue.account_id)]
            return Merge(member, tuple(accounts[:PEOPLE_A_CALL]), turn.gathered)
    waits = [turn for turn in turns.values() if isinstance(turn, Later)]
    until_us = _earliest(view.later_us, *(turn.until_us for turn in waits))
    return Rest(until_us, next((turn.reason for turn in waits if turn.reason), ""))


def _repeat(view: LaneView, limits: Limits, now_us: int) -> Repeat | None:
    """What was begun goes before anything new, as soon as its credential is open."""
    by_credential = {one.credential: one for one in view.members}
    for send in view.frozen:
        member = by_credential.get(send.credential or view.key)
        # A robot that left the pool meanwhile keeps what it began; nothing is known against it.
        if send.due_us <= now_us and (member is None or _free_at(member, limits, now_us) <= now_us):
            return Repeat(send)
    return None


def _divert(view: LaneView, mode: Mode, now_us: int) -> Divert | None:
    reason = WAITING_FOR_QUOTA if mode is Mode.STOPPED else ""
    if all(one.trouble and one.trial_us > now_us for one in view.members):
        reason = next((one.trouble for one in view.members), "")
    if not reason:
        return None
    known = [one for queue in view.queues for one in queue.known if one.asks(Manner.FALLBACK)]
    return Divert(tuple(one.id for one in known), reason) if known else None


def _member(view: LaneView, limits: Limits, now_us: int) -> Member | None:
    """The credential to use: of those that are open and have a free slot, the one that rested longest."""
    free = [one for one in view.members if _free_at(one, limits, now_us) <= now_us]
    # One in trouble is tried only when it is its turn, and then before the others: nobody else would find out.
    troubled = next((one for one in free if one.trouble), None)
    return troubled or min(free, key=_last_used, default=None)


def _last_used(member: Member) -> tuple[int, int]:
    return (member.calls[-1].at_us, len(member.calls)) if member.calls else (0, 0)


def _free_at(member: Member, limits: Limits, now_us: int) -> int:
    calls = [call.at_us for call in member.calls]
    return max(member.open_at, budget.free_at(calls, limit_of(member.credential, limits), now_us))


def limit_of(credential: str, limits: Limits) -> Limit:
    """Of the credential itself, whoever its messages go to."""
    if credential.startswith("r:"):
        return limits.robot
    return limits.app if credential.startswith("a:") else Limit(0, 1)


def _receiver_limit(view: LaneView, limits: Limits, now_us: int) -> Limit:
    """A group takes what its open robots take together."""
    if view.key.startswith("a:"):
        return limits.person
    if view.key.startswith("x:"):
        return Limit(0, 1)
    return limits.robot.times(sum(one.open_at <= now_us for one in view.members) or 1)


def _together(first: Waiting, view: LaneView, turns: Mapping[int | None, Turn]) -> tuple[Waiting, ...]:
    """`first` and all that the same call can serve: people whose turn it is to get the same.

    Two rules that tell the same receiver of the same event make one message, which stands for both deliveries.
    """
    pool = view.key.startswith("p:")  # all its robots speak in one group
    chosen: list[Waiting] = []
    people: set[int] = set()
    for queue in view.queues:
        turn = turns.get(queue.account_id)
        if not isinstance(turn, Alone) or not turn.delivery.says_the_same(first):
            continue
        alike = [one for one in queue.known if one.says_the_same(first)]
        mine = [one for one in alike if pool or one.robot_id == first.robot_id]
        if queue.account_id is not None and mine:
            if len(people) == PEOPLE_A_CALL:
                continue
            people.add(queue.account_id)
        chosen += mine
    return tuple(chosen)


def _earliest(*moments: int | None) -> int | None:
    return min((moment for moment in moments if moment is not None), default=None)
