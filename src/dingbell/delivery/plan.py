"""What a lane does next. Pure: what waits goes in, one step comes out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from dingbell.delivery import budget
from dingbell.delivery.budget import Limit

WAITING_FOR_BUDGET = "waiting_for_budget"
PEOPLE_A_CALL = 20  # userIds of one batchSend (dingtalk-api §2.3)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pending delivery; the columns of delivery.models.Delivery.

    `remark` is `sanitised` or `shortened` where its message was refused as it was.
    """

    id: int
    event_id: int
    service_id: int
    robot_id: int | None
    account_id: int | None
    due_us: int
    created_us: int
    message_id: int | None = None
    personal: bool = False
    notice_id: int | None = None
    alarm_id: int = 0
    kind: str = ""
    priority: int = 2
    manner: int = 0
    remark: str = ""
    reason: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """What one message can say: deliveries that differ in it never share a call, nor does a link of one's own."""
        own = self.account_id if self.personal else None
        return self.event_id, self.notice_id, self.service_id, self.message_id, own


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


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane as the database has it."""

    key: str
    hold_until_us: int
    lease: str
    lease_until_us: int
    frozen: Frozen | None
    waiting: Sequence[Waiting]
    calls_us: Sequence[int]

    def after(self, deliveries: Collection[int], call_us: int) -> LaneView:
        """The lane once a call for these deliveries, begun at `call_us`, was taken."""
        waiting = [delivery for delivery in self.waiting if delivery.id not in deliveries]
        return replace(self, waiting=waiting, calls_us=[*self.calls_us, call_us])


@dataclass(frozen=True, slots=True)
class Start:
    """Make one message of these deliveries: all of one content, for one robot or at most 20 people."""

    deliveries: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    send: Frozen


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do before `until_us`; None: until something new comes. `reason` is given when the budget is it."""

    until_us: int | None
    reason: str = ""


Step = Start | Repeat | Rest


def next_step(view: LaneView, limit: Limit, now_us: int) -> Step:
    """Oldest first: what was begun goes before anything new, so the order of an alarm's messages holds."""
    if view.frozen is None and not view.waiting:
        return Rest(None)
    free_at = budget.free_at(view.calls_us, limit, now_us)
    open_at = max(view.hold_until_us, free_at)
    reason = WAITING_FOR_BUDGET if free_at > max(now_us, view.hold_until_us) else ""
    if view.frozen is not None:
        due_us = max(open_at, view.frozen.due_us)
        return Repeat(view.frozen) if due_us <= now_us else Rest(due_us, reason)
    ready = _first_in_line(view.waiting, now_us)
    if not ready:
        # What is due already waits behind an earlier message to the same receiver.
        return Rest(max(open_at, min(delivery.due_us for delivery in view.waiting if delivery.due_us > now_us)))
    return Start(_together(ready)) if open_at <= now_us else Rest(open_at, reason)


def _first_in_line(waiting: Sequence[Waiting], now_us: int) -> list[Waiting]:
    """What is due and has no earlier delivery to the same receiver waiting before it."""
    blocked: set[tuple[int | None, int | None]] = set()
    ready = []
    for delivery in waiting:
        receiver = delivery.robot_id, delivery.account_id
        if delivery.due_us > now_us:
            blocked.add(receiver)
        elif receiver not in blocked:
            ready.append(delivery)
    return ready


def _together(ready: Sequence[Waiting]) -> tuple[Waiting, ...]:
    """The first one and all that the same call can serve.

    Two rules that tell the same receiver of the same event make one message, which stands for both deliveries.
    """
    first = ready[0]
    seen: set[tuple[int | None, int | None]] = set()
    people: set[int] = set()
    chosen: list[Waiting] = []
    for delivery in ready:
        receiver = delivery.robot_id, delivery.account_id
        if delivery.content != first.content or delivery.robot_id != first.robot_id:
            seen.add(receiver)
            continue
        if receiver in seen:  # something older of this receiver goes first
            continue
        if delivery.account_id is not None:
            if delivery.account_id not in people and len(people) == PEOPLE_A_CALL:
                continue
            people.add(delivery.account_id)
        chosen.append(delivery)
    return tuple(chosen)
