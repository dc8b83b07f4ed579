"""What one receiver gets next: a message of its own, or a digest of everything that waits. Pure.

What fits the receiver's free slots goes one by one, oldest first. Otherwise the oldest critical ones, three a minute,
go alone and everything else goes together, at once and then ever more rarely while it lasts (digest.next_at).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dingbell.alarms.alarm import EventKind, Priority
from dingbell.delivery import budget, digest
from dingbell.delivery.budget import Call, Limit
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Manner, SendKind
from dingbell.delivery.waiting import Waiting
from dingbell.storage.times import MINUTE

URGENT_A_MINUTE = 3
WAITING_FOR_BUDGET, WAITING_FOR_DIGEST = "waiting_for_budget", "waiting_for_digest"
WAITING_FOR_PERSON, WAITING_FOR_QUOTA = "waiting_for_person", "waiting_for_quota"


@dataclass(frozen=True, slots=True)
class Queue:
    """What is due for one receiver and may go: a group (`account_id` None) or a person.

    `ready` are the oldest, `critical` the oldest critical ones beyond them; `count` is how many there are in all.
    `calls` are the receiver's own of the last minutes, ascending.
    """

    account_id: int | None
    ready: Sequence[Waiting]
    count: int
    calls: Sequence[Call]
    critical: Sequence[Waiting] = ()

    @property
    def known(self) -> list[Waiting]:
        return [*self.ready, *self.critical]


@dataclass(frozen=True, slots=True)
class Terms:
    """`limit` of the receiver; `mode` is how sparing the quota makes us."""

    limit: Limit
    reserved_percent: int
    mode: Mode = Mode.NORMAL


@dataclass(frozen=True, slots=True)
class Alone:
    """Send this delivery's message."""

    delivery: Waiting
    kind: SendKind = SendKind.SINGLE


@dataclass(frozen=True, slots=True)
class Together:
    """Make one digest of what waits; `gathered`: only of what its block wants collected."""

    gathered: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing before `until_us`, for `reason`; None: until something new comes."""

    until_us: int | None
    reason: str = ""


Turn = Alone | Together | Later


def next_turn(queue: Queue, terms: Terms, now_us: int) -> Turn:
    if not queue.ready:
        return Later(None)
    if terms.mode is Mode.CRITICAL:
        return _critical_only(queue, terms, now_us)
    if _contents([one for one in queue.ready if one.asks(Manner.GATHERED)]) > 1:
        free_us = _free_at(queue, terms, now_us)
        return Together(gathered=True) if free_us <= now_us else Later(free_us, _wait_reason(queue))
    if not terms.limit.calls:
        merges = terms.mode is Mode.MERGE and _contents(queue.known) > 1
        return _digest(queue, terms, now_us) if merges else Alone(queue.ready[0])
    if terms.mode is not Mode.MERGE and _fits(queue, terms, now_us):
        return Alone(queue.ready[0])
    return _urgent(queue, terms, now_us) or _digest(queue, terms, now_us)


def _fits(queue: Queue, terms: Terms, now_us: int) -> bool:
    free = budget.slots(queue.calls, terms.limit, terms.reserved_percent, now_us)
    if queue.count > len(queue.known):
        return False  # more than a window could ever take is not even read
    ordinary, favoured = _counted(queue.known)
    return ordinary + favoured <= free.alone and ordinary <= max(0, free.ordinary)


def _counted(waiting: Sequence[Waiting]) -> tuple[int, int]:
    """Messages (ordinary, critical or recovering); deliveries of one content are one message."""
    of_alarm = Counter(one.alarm_id for one in {one.content: one for one in waiting}.values())
    favoured = {one.content for one in waiting if _is_favoured(one, alone=of_alarm[one.alarm_id] == 1)}
    return len({one.content for one in waiting}) - len(favoured), len(favoured)


def _is_favoured(one: Waiting, *, alone: bool) -> bool:
    """Critical, a notice, or the recovery of an alarm whose raising does not wait here: it was told already."""
    return one.priority >= Priority.CRITICAL or (one.kind == EventKind.CLEARED and alone)


def _urgent(queue: Queue, terms: Terms, now_us: int) -> Alone | None:
    """The oldest critical one that may go alone: of an alarm of which nothing else waits, so its order holds."""
    free = budget.slots(queue.calls, terms.limit, terms.reserved_percent, now_us) if terms.limit.calls else None
    gone = sum(call.kind == SendKind.URGENT and call.at_us > now_us - MINUTE for call in queue.calls)
    if free is not None and free.alone < 1:
        return None
    waiting = sorted(queue.known, key=lambda one: one.id)
    events: dict[int, set[int]] = {}
    for one in waiting:
        events.setdefault(one.alarm_id, set()).add(one.event_id)
    for one in waiting:
        if one.notice_id is not None:
            return Alone(one, SendKind.URGENT)
        if gone < URGENT_A_MINUTE and _is_news(one) and len(events[one.alarm_id]) == 1:
            return Alone(one, SendKind.URGENT)
    return None


def _is_news(one: Waiting) -> bool:
    return one.priority >= Priority.CRITICAL and one.kind in (EventKind.RAISED, EventKind.CHANGED)


def _digest(queue: Queue, terms: Terms, now_us: int) -> Turn:
    mergeable = [one for one in queue.known if one.notice_id is None]
    free_us = _free_at(queue, terms, now_us)
    if not mergeable:
        return Later(max(free_us, now_us + 1), _wait_reason(queue))
    digests = [call.at_us for call in queue.calls if call.kind == SendKind.DIGEST]
    due_us = digest.next_at(digests, now_us)
    if terms.mode is Mode.MERGE and digests:
        due_us = max(due_us, digests[-1] + MINUTE)
    if free_us > now_us and free_us >= due_us:
        return Later(free_us, _wait_reason(queue))
    if due_us > now_us:
        return Later(due_us, WAITING_FOR_DIGEST)
    if queue.count == len(queue.known) and _contents(mergeable) == 1:
        return Alone(mergeable[0])  # a digest of one
    return Together()


def _critical_only(queue: Queue, terms: Terms, now_us: int) -> Turn:
    passed: set[int] = set()
    first = None
    for one in sorted(queue.known, key=lambda one: one.id):
        if one.priority >= Priority.CRITICAL and one.alarm_id not in passed:
            first = one
            break
        passed.add(one.alarm_id)
    if first is None:
        return Later(None, WAITING_FOR_QUOTA)
    free_us = _free_at(queue, terms, now_us)
    return Alone(first, SendKind.URGENT) if free_us <= now_us else Later(free_us, _wait_reason(queue))


def _free_at(queue: Queue, terms: Terms, now_us: int) -> int:
    return budget.free_at([call.at_us for call in queue.calls], terms.limit, now_us)


def _wait_reason(queue: Queue) -> str:
    return WAITING_FOR_BUDGET if queue.account_id is None else WAITING_FOR_PERSON


def _contents(waiting: Sequence[Waiting]) -> int:
    return len({one.content for one in waiting})
