"""One visit to a lane: claim → plan → render → freeze → call → finish (design §3).

A visit is a generator. It reads what it needs, decides, and yields what others have to do for it, a write, a call or
a pause, to go on with the outcome. So a single thread keeps hundreds of visits going while DingTalk answers, and what
Django reads is read where no event loop runs.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Generic, TypeVar

import structlog
from django.db import DatabaseError, Error, connection, transaction

from dingbell.channels.base import Result
from dingbell.delivery import claim, leases, plan, queue, quota
from dingbell.delivery.budget import Call, Limit, Limits
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.plan import Divert, Expire, Frozen, LaneView, Merge, Repeat, Rest, Start
from dingbell.delivery.queue import Patience
from dingbell.delivery.retry import Again
from dingbell.delivery.waiting import Waiting
from dingbell.notify.manner import Manner
from dingbell.pipeline import calling, measures, preparing
from dingbell.pipeline.calling import Undertaking
from dingbell.pipeline.clock import Clock
from dingbell.pipeline.preparing import Prepared, Preparing
from dingbell.pipeline.receivers import Receivers
from dingbell.pipeline.sending import Outside
from dingbell.pipeline.traffic import Pace
from dingbell.storage import versions
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.times import MINUTE, SECOND
from dingbell.storage.versions import Subject
from dingbell.storage.writer import StorageUnavailable, Task

log = structlog.get_logger(__name__)
I = TypeVar("I")  # noqa: E741 -- what goes in
O = TypeVar("O")  # noqa: E741 -- what comes out
T = TypeVar("T")

_WORTH_TELLING_US = 2 * SECOND  # nobody wonders about a shorter wait
_SENDS_A_VISIT = 20  # then the lane is looked at anew
_SENDS_IN_A_STORM = 5  # each waits a little; what came meanwhile may be more urgent
# Of what a visit saw when it began, a message may go by receivers this old; a later change is for what comes later.
_FRESH_S = 0.05
_BETWEEN_LOOKS_US = SECOND // 2  # at a lane where much waits
_LONGEST_REST_US = 10 * SECOND

_FREEZE = Task("freeze", claim.freeze)
_TRY_AGAIN = Task("try_again", claim.try_again)
_FINISH = Task("finish", claim.finish)
_GO_ON = Task("go_on", claim.go_on)
_SETTLE = Task("settle", claim.settle)
_MOVE = Task("move", claim.move)
_TAG = Task("tag", claim.tag)
_CONCLUDE = Task("conclude", claim.conclude)
_DEFER = Task("defer", claim.defer)
_PAUSE = Task("pause", claim.pause)
_REPAIR = Task("repair", claim.repair)
_RELEASE = Task("release", leases.release)


@dataclass(frozen=True, slots=True)
class Write(Generic[I, O]):
    """Have the one writer do this; the outcome is its answer, or StorageUnavailable."""

    task: Task[I, O]
    payload: I


@dataclass(frozen=True, slots=True)
class Exchange:
    """Have DingTalk called; the outcome is what it answered."""

    call: Coroutine[Any, Any, Result]


@dataclass(frozen=True, slots=True)
class Pause:
    """Go on in `seconds`, or when the worker stops."""

    seconds: float


Need = Write[Any, Any] | Exchange | Pause
Steps = Generator[Need, Any, T]


@dataclass(frozen=True, slots=True)
class Back:
    """When a lane is visited next, None for "when woken", and not before `floor_us` even then."""

    at_us: int | None
    floor_us: int = 0


class Visits:
    """Thread-safe: one visit to a lane at a time."""

    def __init__(
        self,
        lease: str,
        outside: Outside,
        clock: Clock,
        limits: Limits,
        patience: Patience,
        is_storm: Callable[[int], bool],
        wake: Callable[[set[str]], None],
    ) -> None:
        """`is_storm` says when to give way; `wake` is told of lanes that got something."""
        self._lease = lease
        self._outside = outside
        self._clock = clock
        self._limits = limits
        self._patience = patience
        self._is_storm = is_storm
        self._wake = wake
        self._pace = Pace()
        self._preparing = Preparing(outside, lease, clock, self._limit_of)
        self._receivers = Receivers(-1)
        self._receivers_at = 0.0
        self._stopping = False

    def stop(self) -> None:
        """Visits end with the call that is under way."""
        self._stopping = True

    def visit(self, lane: str) -> Steps[Back]:
        """What one look at the lane allows. Raises StorageUnavailable."""
        yield from self._give_way()
        if self._stopping:
            return Back(None)
        now_us = self._clock()
        receivers = self._current_receivers()
        view = queue.view(lane, receivers.credentials(lane), self._limits, self._patience, receivers.version, now_us)
        if view.orphans:
            yield Write(_REPAIR, claim.Repair(lane, self._lease, now_us))
            return Back(now_us + SECOND)
        mode = _mode(view, now_us)
        mine = True
        match plan.next_step(view, self._limits, mode, now_us):
            case Rest(until_us, reason):
                return (yield from self._rest(view, until_us, reason, now_us))
            case Expire(stale):
                yield Write(_SETTLE, claim.Settle(stale, DeliveryState.EXPIRED, "expired"))
                measures.EXPIRED.inc(len(stale))
            case Divert(deliveries, why):
                yield Write(_SETTLE, claim.Settle(deliveries, DeliveryState.FAILED, why))
            case Repeat(send):
                mine = yield from self._repeat(view, send, now_us)
            case Merge() as merge:
                mine = yield from self._merge(view, merge, receivers)
            case Start() as start:
                mine = yield from self._start(view, start, mode)
        if not mine:  # another process has the lane: come back when its lease may have ended; or it was taken from us
            until_us = 0 if view.lease in ("", self._lease) else view.lease_until_us
            return Back(min(max(now_us + SECOND, until_us), now_us + leases.LEASE_US))
        now_us = self._clock()
        return Back(now_us, self._floor_us(view, now_us) if self._is_storm(now_us) else 0)

    def _give_way(self) -> Steps[None]:
        """While many alarms come in, messages leave one after the other."""
        if self._is_storm(self._clock()):
            yield Pause(self._pace.wait_s(monotonic()))

    def _rest(self, view: LaneView, until_us: int | None, reason: str, now_us: int) -> Steps[Back]:
        if reason and (until_us is None or until_us - now_us > _WORTH_TELLING_US):
            yield Write(_PAUSE, claim.Pause(view.key, until_us or now_us + MINUTE, reason))
        if connection.vendor != "sqlite":  # there nobody else waits for it
            yield Write(_RELEASE, (view.key, self._lease))
        floor_us = self._floor_us(view, now_us)
        if until_us is None:
            return Back(None, floor_us)
        return Back(min(until_us, now_us + _LONGEST_REST_US), floor_us)  # what was reset meanwhile is seen by then

    @staticmethod
    def _floor_us(view: LaneView, now_us: int) -> int:
        return now_us + _BETWEEN_LOOKS_US if view.large else 0

    def _start(self, view: LaneView, step: Start, mode: Mode) -> Steps[bool]:
        """Send from this view, one message after the other, as long as DingTalk takes what it gets.

        False when another process has the lane.
        """
        set_by_us = self._clock.set_by_us
        prepared = self._preparing.start(view.key, step, self._receivers)
        if not isinstance(prepared, Prepared):
            yield from self._instead(prepared)
            return True
        following: Prepared | None = prepared
        attempt = yield from _write(_FREEZE, prepared.freeze)
        made = 0
        while following is not None and attempt is not None:
            made += 1
            freeze = following.freeze
            finish = yield from self._call(view, _frozen(freeze), following.deliveries, attempt)
            if finish is None:
                return True
            view = view.after(
                freeze.deliveries, finish.credential, Call(freeze.at_us, freeze.kind.value, freeze.accounts)
            )
            most = _SENDS_IN_A_STORM if self._is_storm(self._clock()) else _SENDS_A_VISIT
            following = None
            if finish.taken_by_all and made < most:
                yield from self._give_way()
                if self._clock.set_by_us == set_by_us:  # else the calls of this view are another clock's
                    following = self._following(view, mode)
            attempt = yield from self._go_on(finish, following.freeze if following else None)
        return following is None

    def _following(self, view: LaneView, mode: Mode) -> Prepared | None:
        """The next send of this view; None where it takes a new look at the lane to go on."""
        if self._stopping:
            return None
        step = plan.next_step(view, self._limits, mode, self._clock())
        if not isinstance(step, Start):
            return None
        try:
            if monotonic() - self._receivers_at > _FRESH_S:
                self._current_receivers()
            prepared = self._preparing.start(view.key, step, self._receivers)
        except DatabaseError:  # the new look will say it; what the last call brought is not on disk yet
            return None
        except Exception:  # as above
            log.exception("following_failed", lane=view.key)
            return None
        return prepared if isinstance(prepared, Prepared) else None

    def _merge(self, view: LaneView, step: Merge, receivers: Receivers) -> Steps[bool]:
        """Send a digest. What a large one stands for is given its id in several transactions before it is frozen."""
        prepared = self._preparing.merge(view.key, step, receivers)
        if prepared is None:
            return True
        if not isinstance(prepared, Prepared):
            yield from self._instead(prepared)
            return True
        freeze = prepared.freeze
        early = len(freeze.deliveries) - claim.CHUNK
        for start in range(0, max(0, early), claim.CHUNK):
            some = freeze.deliveries[start : min(start + claim.CHUNK, early)]
            tag = claim.Tag(view.key, self._lease, freeze.send_id, some, self._clock())
            if not (yield from _write(_TAG, tag)):
                return False
        last = replace(freeze, deliveries=freeze.deliveries[max(0, early) :], at_us=self._clock())
        attempt = yield from _write(_FREEZE, last)
        if attempt is None:
            return False
        finish = yield from self._call(view, _frozen(freeze), prepared.deliveries, attempt, freeze.deliveries)
        if finish is not None:
            yield from self._go_on(finish, None)
        return True

    def _repeat(self, view: LaneView, send: Frozen, now_us: int) -> Steps[bool]:
        lane = view.key
        given_up = calling.outcome_unknown(send, lane)
        if given_up is not None:
            yield Write(_SETTLE, given_up)
            return True
        deliveries = queue.items(send.id)  # before the try is written: one without a call counts as unknown
        again = claim.TryAgain(lane, self._lease, send.id, now_us, send.credential)
        attempt = yield from _write(_TRY_AGAIN, again)
        if attempt is None:
            return False
        finish = yield from self._call(view, replace(send, tries=send.tries + 1), deliveries, attempt)
        if finish is not None:
            yield from self._go_on(finish, None)
        return True

    def _call(
        self, view: LaneView, send: Frozen, deliveries: Sequence[Waiting], attempt_id: int, ids: tuple[int, ...] = ()
    ) -> Steps[claim.Finish | None]:
        """Call DingTalk: what it said, to be written down; None where the call was no longer to be made.

        `ids` are all that a digest stands for, where `deliveries` are not.
        """
        now_us, set_by_us = self._clock(), self._clock.set_by_us
        mine = next((one for one in view.members if one.credential == send.credential), None)
        others = [one for one in view.members if one is not mine and one.open_at <= now_us]
        under = Undertaking(
            view.key, send, ids or tuple(one.id for one in deliveries), attempt_id, has_others=bool(others),
            was_troubled=bool(mine and mine.trouble),
            receipts=any(one.asks(Manner.RECEIPTS) for one in deliveries),
        )  # fmt: skip
        receivers = self._receivers  # as they stood when the message was made, a moment ago, or later
        called = calling.call(under, receivers, self._outside, self._clock)
        if isinstance(called, claim.Settle | claim.Move):
            yield from self._instead(called)
            return None
        try:
            result = called if isinstance(called, Result) else (yield from _exchange(called))
        except Exception:  # nobody knows how far it came
            log.exception("send_failed", send=send.id)
            result = calling.FAILED_INSIDE
        moved_us = self._clock.set_by_us - set_by_us
        if moved_us:
            under = replace(under, send=replace(send, created_us=send.created_us + moved_us))
        return (yield from self._finish(under, result, receivers))

    def _finish(self, under: Undertaking, result: Result, receivers: Receivers) -> Steps[claim.Finish]:
        """What follows from the answer. What DingTalk took must not be sent again because this could not be read."""
        while True:
            try:
                return calling.finish(under, result, self._lease, receivers, self._clock())
            except Error as error:
                log.warning("finish_waits_for_storage", send=under.send.id, error=type(error).__name__)
                reconnect_after_errors()
                yield Pause(1.0)
                if self._stopping:
                    raise

    def _instead(self, one: preparing.Instead) -> Steps[None]:
        if isinstance(one, claim.Settle):
            yield Write(_SETTLE, one)
        elif isinstance(one, claim.Defer):
            yield Write(_DEFER, one)
        else:
            yield Write(_MOVE, one)
            transaction.on_commit(lambda: self._wake({one.lane}))  # at once, but where a visit begins with the event

    def _go_on(self, finish: claim.Finish, following: claim.Freeze | None) -> Steps[int | None]:
        """Write down what a call brought, and begin the next send with it: its attempt, None if it was not begun."""
        if following is not None:
            try:
                return (yield from self._insist(_GO_ON, claim.GoOn(finish, following)))
            except StorageUnavailable:
                raise
            except Exception:  # it is the next one that cannot be begun
                log.exception("freeze_failed", lane=finish.lane)
        yield from self._insist(_FINISH, finish)
        if len(finish.deliveries) > claim.CHUNK and not isinstance(finish.decision, Again):
            rest = claim.Conclude(finish.send_id, finish.decision, finish.at_us)
            while (yield from self._insist(_CONCLUDE, rest)) == claim.CHUNK:
                continue
        return None

    def _insist(self, task: Task[I, O], one: I) -> Steps[O]:
        """What DingTalk answered is offered again until the disk takes it."""
        while True:
            try:
                return (yield from _write(task, one))
            except StorageUnavailable:
                yield Pause(1.0)
                if self._stopping:
                    raise

    def _current_receivers(self) -> Receivers:
        """As they stand now. The version is read before anything else, so what is remembered is never older than it."""
        self._receivers_at = monotonic()
        version = versions.of(Subject.CONFIGURATION)
        if version != self._receivers.version:
            self._receivers = Receivers(version)
        return self._receivers

    def _limit_of(self, credential: str) -> Limit:
        return plan.limit_of(credential, self._limits)


def _write(task: Task[I, O], one: I) -> Steps[O]:
    answer: O = yield Write(task, one)
    return answer


def _exchange(call: Coroutine[Any, Any, Result]) -> Steps[Result]:
    result: Result = yield Exchange(call)
    return result


def _mode(view: LaneView, now_us: int) -> Mode:
    """How sparing the organisation's quota makes us for this lane."""
    first = next((queue.known[0] for queue in view.queues if queue.known), None)
    if first is None:
        return Mode.NORMAL
    return quota.mode(view.members[0].credential, first.service_id, now_us)


def _frozen(one: claim.Freeze) -> Frozen:
    """A send that was just begun, as the lane has it now."""
    return Frozen(
        one.send_id, one.service_id, one.robot_id, one.body, 1, 0, one.at_us, one.created_us, one.credential,
        one.mended, one.kind.value,
    )  # fmt: skip
