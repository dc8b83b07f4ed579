"""The delivery worker (design §3): claim → plan → render → send → finish, lane by lane.

Threads take lanes that have something to do; within a process a lane is served by one thread, among processes by
the holder of its lease, so the messages of a receiver keep their order.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TypeVar

import structlog
from django.db import DatabaseError, connection

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
from dingbell.pipeline.agenda import Agenda
from dingbell.pipeline.calling import Undertaking
from dingbell.pipeline.preparing import Prepared, Preparing
from dingbell.pipeline.receivers import Receivers
from dingbell.pipeline.sending import Outside
from dingbell.storage import sql, versions
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.times import MINUTE, SECOND
from dingbell.storage.versions import Subject
from dingbell.storage.writer import StorageUnavailable, Task, Writer

log = structlog.get_logger(__name__)
I = TypeVar("I")  # noqa: E741 -- what goes in
O = TypeVar("O")  # noqa: E741 -- what comes out

_LOOK_AROUND_S = {"sqlite": 5.0, "postgresql": 0.5}  # for work that nobody told this process of
_AFTER_TROUBLE_US = 5 * SECOND
_WORTH_TELLING_US = 2 * SECOND  # nobody wonders about a shorter wait
_SENDS_A_TURN = 20  # then the thread looks at other lanes
_SENDS_IN_A_STORM = 5  # each waits a little; what came meanwhile may be more urgent
_GIVE_WAY_S = 0.05
_BETWEEN_LOOKS_US = SECOND // 2  # at a lane where much waits
_LONGEST_REST_US = 10 * SECOND
_STOP_S = 11.0  # a call takes 10 s at most

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
_RENEW = Task("renew", leases.renew)
_RELEASE = Task("release", leases.release)
_RELEASE_ALL = Task("release_all", leases.release_all)


@dataclass(frozen=True, slots=True)
class Back:
    """When a lane is looked at next, None for "when woken", and not before `floor_us` even then."""

    at_us: int | None
    floor_us: int = 0


class Worker:
    def __init__(
        self,
        writer: Writer,
        outside: Outside,
        clock: Callable[[], int],
        limits: Limits,
        patience: Patience,
        is_storm: Callable[[int], bool],
        threads: int = 8,
    ) -> None:
        """`clock` gives microseconds; `is_storm` says when to give way."""
        self._writer = writer
        self._outside = outside
        self._clock = clock
        self._limits = limits
        self._patience = patience
        self._is_storm = is_storm
        self._lease = uuid.uuid4().hex
        self._preparing = Preparing(outside, self._lease, clock, self._limit_of)
        self._agenda = Agenda(clock)
        self._receivers = Receivers(-1)
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}", daemon=True) for n in range(threads)]
        self._threads.append(threading.Thread(target=self._look_around, name="worker-look", daemon=True))

    def start(self) -> None:
        """Sends that were begun before a crash are repeated first: they are work like any other."""
        if connection.vendor == "sqlite":
            self._writer.submit(_RELEASE_ALL, None).result()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Calls under way are finished (10 s at most), nothing new is begun."""
        self._stopping.set()
        self._agenda.close()
        deadline = monotonic() + _STOP_S
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - monotonic()))

    def wake(self, lanes: set[str]) -> None:
        """Something new waits in these lanes."""
        self._agenda.add(lanes, self._clock())

    def _look_around(self) -> None:
        pause_s = _LOOK_AROUND_S[connection.vendor]
        while True:
            try:
                reconnect_after_errors()
                self._renew(self._agenda.served())
                self._agenda.add(queue.lanes_with_work(), self._clock(), only_new=True)
            except Exception:
                log.exception("look_around_failed")
            if self._stopping.wait(pause_s):
                connection.close()
                return

    def _work(self) -> None:
        sql.keep_connection()
        while (lane := self._agenda.take()) is not None:
            back = Back(self._clock() + _AFTER_TROUBLE_US)
            try:
                reconnect_after_errors()
                self._give_way()
                back = self._serve(lane)
            except StorageUnavailable:
                log.warning("lane_waits_for_storage", lane=lane)
            except Exception:
                log.exception("lane_failed", lane=lane)
            finally:
                self._agenda.done(lane, back.at_us, back.floor_us)
        connection.close()

    def _give_way(self) -> None:
        """While many alarms come in, every message waits a little before."""
        if self._is_storm(self._clock()):
            self._stopping.wait(_GIVE_WAY_S)

    def _serve(self, lane: str) -> Back:
        """One turn: what one look at the lane allows."""
        now_us = self._clock()
        receivers = self._current_receivers()
        view = queue.view(lane, receivers.credentials(lane), self._limits, self._patience, receivers.version, now_us)
        if view.orphans:
            self._writer.submit(_REPAIR, claim.Repair(lane, self._lease, now_us)).result()
            return Back(now_us + SECOND)
        mode = _mode(view, now_us)
        match plan.next_step(view, self._limits, mode, now_us):
            case Rest(until_us, reason):
                return self._rest(view, until_us, reason, now_us)
            case Expire(stale):
                self._settle(claim.Settle(stale, DeliveryState.EXPIRED, "expired"))
                measures.EXPIRED.inc(len(stale))
                mine = True
            case Divert(deliveries, why):
                self._settle(claim.Settle(deliveries, DeliveryState.FAILED, why))
                mine = True
            case Repeat(send):
                mine = self._repeat(view, send, now_us)
            case Merge() as merge:
                mine = self._merge(view, merge, receivers)
            case Start() as start:
                mine = self._start(view, start, mode)
        if not mine:  # another process has the lane: come back when its lease may have ended
            return Back(min(max(now_us + SECOND, view.lease_until_us), now_us + leases.LEASE_US))
        return Back(self._clock())

    def _rest(self, view: LaneView, until_us: int | None, reason: str, now_us: int) -> Back:
        if reason and (until_us is None or until_us - now_us > _WORTH_TELLING_US):
            self._writer.submit(_PAUSE, claim.Pause(view.key, until_us or now_us + MINUTE, reason))
        self._leave(view.key)
        floor_us = now_us + _BETWEEN_LOOKS_US if view.large else 0
        if until_us is None:
            return Back(None, floor_us)
        return Back(min(until_us, now_us + _LONGEST_REST_US), floor_us)  # what was reset meanwhile is seen by then

    def _start(self, view: LaneView, step: Start, mode: Mode) -> bool:
        """Send from this view, one message after the other, as long as DingTalk takes what it gets.

        False when another process has the lane.
        """
        lane = view.key
        prepared = self._preparing.start(lane, step, self._receivers)
        if not isinstance(prepared, Prepared):
            self._instead(prepared)
            return True
        following: Prepared | None = prepared
        attempt = self._writer.submit(_FREEZE, prepared.freeze).result()
        made = 0
        while following is not None and attempt is not None:
            made += 1
            freeze = following.freeze
            finish = self._call(view, _frozen(freeze), following.deliveries, attempt)
            if finish is None:
                return True
            view = view.after(
                freeze.deliveries, finish.credential, Call(freeze.at_us, freeze.kind.value, freeze.accounts)
            )
            most = _SENDS_IN_A_STORM if self._is_storm(self._clock()) else _SENDS_A_TURN
            goes_on = finish.taken_by_all and made < most
            following = self._following(view, mode) if goes_on else None
            attempt = self._go_on(finish, following.freeze if following else None)
        return following is None

    def _following(self, view: LaneView, mode: Mode) -> Prepared | None:
        """The next send of this view; None where it takes a new look at the lane to go on."""
        self._give_way()
        if self._stopping.is_set():
            return None
        now_us = self._clock()
        step = plan.next_step(view, self._limits, mode, now_us)
        if not isinstance(step, Start):
            return None
        try:
            prepared = self._preparing.start(view.key, step, self._current_receivers())
        except DatabaseError:  # the new look will say it; what the last call brought is not on disk yet
            return None
        return prepared if isinstance(prepared, Prepared) else None

    def _merge(self, view: LaneView, step: Merge, receivers: Receivers) -> bool:
        """Send a digest. What a large one stands for is given its id in several transactions before it is frozen."""
        prepared = self._preparing.merge(view.key, step, receivers)
        if prepared is None:
            return True
        if not isinstance(prepared, Prepared):
            self._instead(prepared)
            return True
        freeze = prepared.freeze
        early = len(freeze.deliveries) - claim.CHUNK
        for start in range(0, max(0, early), claim.CHUNK):
            some = freeze.deliveries[start : min(start + claim.CHUNK, early)]
            tag = claim.Tag(view.key, self._lease, freeze.send_id, some, self._clock())
            if not self._writer.submit(_TAG, tag).result():
                return False
        last = replace(freeze, deliveries=freeze.deliveries[max(0, early) :], at_us=self._clock())
        attempt = self._writer.submit(_FREEZE, last).result()
        if attempt is None:
            return False
        finish = self._call(view, _frozen(freeze), prepared.deliveries, attempt, freeze.deliveries)
        if finish is not None:
            self._go_on(finish, None)
        return True

    def _repeat(self, view: LaneView, send: Frozen, now_us: int) -> bool:
        lane = view.key
        given_up = calling.outcome_unknown(send, lane)
        if given_up is not None:
            self._settle(given_up)
            return True
        again = claim.TryAgain(lane, self._lease, send.id, now_us, send.credential)
        attempt = self._writer.submit(_TRY_AGAIN, again).result()
        if attempt is None:
            return False
        deliveries = [(delivery, account) for delivery, account in queue.items(send.id)]
        waiting = tuple(Waiting(delivery, 0, 0, None, account, 0, 0) for delivery, account in deliveries)
        finish = self._call(view, replace(send, tries=send.tries + 1), waiting, attempt)
        if finish is not None:
            self._go_on(finish, None)
        return True

    def _call(
        self, view: LaneView, send: Frozen, deliveries: Sequence[Waiting], attempt_id: int, ids: tuple[int, ...] = ()
    ) -> claim.Finish | None:
        """Call DingTalk: what it said, to be written down; None where the call was no longer to be made.

        `ids` are all that a digest stands for, where `deliveries` are not.
        """
        now_us = self._clock()
        mine = next((one for one in view.members if one.credential == send.credential), None)
        others = [one for one in view.members if one is not mine and one.open_at <= now_us]
        undertaking = Undertaking(
            view.key, send, ids or tuple(one.id for one in deliveries), attempt_id, has_others=bool(others),
            was_troubled=bool(mine and mine.trouble),
            receipts=any(one.manner & Manner.RECEIPTS for one in deliveries),
        )  # fmt: skip
        # As they stood when the message was made, a moment ago, or later.
        brought = calling.call(undertaking, self._lease, self._receivers, self._outside, self._clock)
        if isinstance(brought, claim.Finish):
            return brought
        self._instead(brought)
        return None

    def _instead(self, one: preparing.Instead) -> None:
        if isinstance(one, claim.Settle):
            self._settle(one)
        elif isinstance(one, claim.Defer):
            self._writer.submit(_DEFER, one).result()
        else:
            self._writer.submit(_MOVE, one).result()
            self.wake({one.lane})

    def _settle(self, one: claim.Settle) -> None:
        self._writer.submit(_SETTLE, one).result()

    def _go_on(self, finish: claim.Finish, following: claim.Freeze | None) -> int | None:
        """Write down what a call brought, and begin the next send with it: its attempt, None if it was not begun."""
        if following is not None:
            try:
                return self._insist(_GO_ON, claim.GoOn(finish, following))
            except StorageUnavailable:
                raise
            except Exception:  # it is the next one that cannot be begun
                log.exception("freeze_failed", lane=finish.lane)
        self._insist(_FINISH, finish)
        if len(finish.deliveries) > claim.CHUNK and not isinstance(finish.decision, Again):
            rest = claim.Conclude(finish.send_id, finish.decision, finish.at_us)
            while self._insist(_CONCLUDE, rest) == claim.CHUNK:
                continue
        return None

    def _insist(self, task: Task[I, O], one: I) -> O:
        """What DingTalk answered is offered again until the disk takes it."""
        while True:
            try:
                return self._writer.submit(task, one).result()
            except StorageUnavailable:
                if self._stopping.wait(1.0):
                    raise

    def _current_receivers(self) -> Receivers:
        """As they stand now. The version is read before anything else, so what is remembered is never older than it."""
        version = versions.current()[Subject.CONFIGURATION]
        if version != self._receivers.version:
            self._receivers = Receivers(version)
        return self._receivers

    def _limit_of(self, credential: str) -> Limit:
        return plan.limit_of(credential, self._limits)

    def _renew(self, lanes: set[str]) -> None:
        if lanes and connection.vendor != "sqlite":
            for lane in lanes:
                self._writer.submit(_RENEW, (lane, self._lease))

    def _leave(self, lane: str) -> None:
        if connection.vendor != "sqlite":  # there nobody else waits for it
            self._writer.submit(_RELEASE, (lane, self._lease))


def _mode(view: LaneView, now_us: int) -> Mode:
    """How sparing the organisation's quota makes us for this lane."""
    first = next((queue.known[0] for queue in view.queues if queue.known), None)
    if first is None:
        return Mode.NORMAL
    return quota.sparing(view.members[0].credential, first.service_id, now_us).mode


def _frozen(one: claim.Freeze) -> Frozen:
    """A send that was just begun, as the lane has it now."""
    return Frozen(
        one.send_id, one.service_id, one.robot_id, one.body, 1, 0, one.at_us, one.created_us, one.credential,
        one.mended, one.kind.value,
    )  # fmt: skip
