"""The delivery worker (design §3): claim → plan → render → send → finish, lane by lane.

Threads take lanes that have something to do; within a process a lane is served by one thread, among processes by
the holder of its lease, so the messages of a receiver keep their order.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import TypeVar

import structlog
from django.db import DatabaseError, connection

from dingbell.channels.base import Result, Verdict
from dingbell.delivery import claim, plan, queue, retry
from dingbell.delivery.budget import Limit
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.plan import Frozen, LaneView, Repeat, Rest, Start, Waiting
from dingbell.delivery.retry import Decision
from dingbell.pipeline import measures, sending
from dingbell.pipeline.agenda import Agenda
from dingbell.pipeline.receivers import Moved, Receivers, Undeliverable
from dingbell.pipeline.sending import Outside
from dingbell.storage import sql, versions
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.times import SECOND, from_us
from dingbell.storage.versions import Subject
from dingbell.storage.writer import StorageUnavailable, Task, Writer

log = structlog.get_logger(__name__)
I = TypeVar("I")  # noqa: E741 -- what goes in
O = TypeVar("O")  # noqa: E741 -- what comes out

_LOOK_AROUND_S = {"sqlite": 5.0, "postgresql": 0.5}  # for work that nobody told this process of
_AFTER_TROUBLE_US = 5 * SECOND
_WORTH_TELLING_US = 2 * SECOND  # nobody wonders about a shorter wait
_SENDS_A_TURN = 20  # then the thread looks at other lanes
_GIVE_WAY_S = 0.05
_STOP_S = 11.0  # a call takes 10 s at most

_FREEZE = Task("freeze", claim.freeze)
_TRY_AGAIN = Task("try_again", claim.try_again)
_FINISH = Task("finish", claim.finish)
_GO_ON = Task("go_on", claim.go_on)
_SETTLE = Task("settle", claim.settle)
_MOVE = Task("move", claim.move)
_HOLD = Task("hold", claim.hold)
_RENEW = Task("renew", claim.renew)
_RELEASE = Task("release", claim.release)
_RELEASE_ALL = Task("release_all", claim.release_all)


class Worker:
    def __init__(
        self,
        writer: Writer,
        outside: Outside,
        clock: Callable[[], int],
        limits: Callable[[str], Limit],
        is_storm: Callable[[int], bool],
        threads: int = 8,
    ) -> None:
        """`clock` gives microseconds; `limits` the budget of a lane by its key; `is_storm` when to give way."""
        self._writer = writer
        self._outside = outside
        self._clock = clock
        self._limits = limits
        self._is_storm = is_storm
        self._lease = uuid.uuid4().hex
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
            again_us: int | None = self._clock() + _AFTER_TROUBLE_US
            try:
                reconnect_after_errors()
                self._give_way()
                again_us = self._serve(lane)
            except StorageUnavailable:
                log.warning("lane_waits_for_storage", lane=lane)
            except Exception:
                log.exception("lane_failed", lane=lane)
            finally:
                self._agenda.done(lane, again_us)
        connection.close()

    def _give_way(self) -> None:
        """While many alarms come in, every turn is one message and waits a little before."""
        if self._is_storm(self._clock()):
            self._stopping.wait(_GIVE_WAY_S)

    def _serve(self, lane: str) -> int | None:
        """One turn: what one look at the lane allows; the moment to come back at, None for "when woken"."""
        limit = self._limits(lane)
        now_us = self._clock()
        view = queue.view(lane, limit, now_us)
        match plan.next_step(view, limit, now_us):
            case Rest(until_us, reason):
                if reason and until_us is not None and until_us - now_us > _WORTH_TELLING_US:
                    self._writer.submit(_HOLD, claim.Hold(lane, until_us, reason))
                self._leave(lane)
                return until_us
            case Repeat(send):
                mine = self._repeat(lane, send, now_us)
            case Start(deliveries):
                mine = self._start(lane, limit, view, deliveries)
        if not mine:  # another process has the lane: come back when its lease may have ended
            return min(max(now_us + SECOND, view.lease_until_us), now_us + claim.LEASE_US)
        return self._clock()

    def _start(self, lane: str, limit: Limit, view: LaneView, deliveries: Sequence[Waiting]) -> bool:
        """Send from this view, one message after the other, as long as DingTalk takes what it gets.

        False when another process has the lane.
        """
        prepared = self._prepare(lane, deliveries)
        if isinstance(prepared, claim.Settle):
            self._writer.submit(_SETTLE, prepared).result()
            return True
        if isinstance(prepared, claim.Move):
            self._move(prepared)
            return True
        freeze: claim.Freeze | None = prepared
        attempt = self._writer.submit(_FREEZE, prepared).result()
        made = 0
        while freeze is not None and attempt is not None:
            made += 1
            finish = self._call(lane, _frozen(freeze), freeze.deliveries, attempt)
            if finish is None:
                return True
            view = view.after(freeze.deliveries, freeze.at_us)
            goes_on = finish.taken_by_all and made < _SENDS_A_TURN
            freeze = self._following(lane, limit, view) if goes_on else None
            attempt = self._go_on(finish, freeze)
        return freeze is None

    def _following(self, lane: str, limit: Limit, view: LaneView) -> claim.Freeze | None:
        """The next send of this view; None where it takes a new look at the lane to go on."""
        now_us = self._clock()
        if self._stopping.is_set() or self._is_storm(now_us):
            return None
        step = plan.next_step(view, limit, now_us)
        if not isinstance(step, Start):
            return None
        try:
            prepared = self._prepare(lane, step.deliveries)
        except DatabaseError:  # the new look will say it; what the last call brought is not on disk yet
            return None
        return prepared if isinstance(prepared, claim.Freeze) else None

    def _prepare(self, lane: str, deliveries: Sequence[Waiting]) -> claim.Freeze | claim.Settle | claim.Move:
        send_id = uuid.uuid4().hex
        ids = tuple(delivery.id for delivery in deliveries)
        try:
            body = sending.body_for(deliveries, lane, send_id, self._current_receivers(), self._outside)
        except DatabaseError:  # nothing is wrong with the message: it is made again in a while
            raise
        except Exception:  # a message that cannot be made must not hold up the others
            log.exception("rendering_failed", deliveries=ids)
            return claim.Settle(ids, DeliveryState.FAILED, "rendering_failed")
        if not isinstance(body, sending.Body):
            return body
        first = deliveries[0]
        return claim.Freeze(
            lane, self._lease, send_id, first.service_id, first.robot_id, body.text, ids, first.created_us,
            self._clock(), body.remark, body.fault,
        )  # fmt: skip

    def _repeat(self, lane: str, send: Frozen, now_us: int) -> bool:
        if send.robot_id is None and send.unknowns >= retry.UNKNOWN_ALLOWED:
            ids = tuple(delivery for delivery, _ in queue.items(send.id))
            settle = claim.Settle(ids, DeliveryState.FAILED, "outcome_unknown", send.id)
            self._writer.submit(_SETTLE, settle).result()
            return True
        attempt = self._writer.submit(_TRY_AGAIN, claim.TryAgain(lane, self._lease, send.id, now_us)).result()
        if attempt is None:
            return False
        ids = tuple(delivery for delivery, _ in queue.items(send.id))
        finish = self._call(lane, replace(send, tries=send.tries + 1), ids, attempt)
        if finish is not None:
            self._go_on(finish, None)
        return True

    def _call(self, lane: str, send: Frozen, ids: tuple[int, ...], attempt_id: int) -> claim.Finish | None:
        """Call DingTalk: what it said, to be written down; None where the call was no longer to be made."""
        now = from_us(self._clock())
        try:
            result = sending.call(send, lane, self._current_receivers(), self._outside, now)
        except Moved as moved:
            self._move(claim.Move(ids, moved.lane, dissolve=send.id))
            return None
        except Undeliverable as no:
            self._writer.submit(_SETTLE, claim.Settle(ids, no.state, no.reason, send.id)).result()
            return None
        except DatabaseError as error:  # the configuration could not be read: no call was made
            log.warning("configuration_unreadable", send=send.id, error=type(error).__name__)
            result = Result(Verdict.RETRY, "internal_error")
        except Exception:  # nobody knows how far it came
            log.exception("send_failed", send=send.id)
            result = Result(Verdict.UNKNOWN, "internal_error")
        at_us = self._clock()
        measures.call_ended("account" if send.robot_id is None else "robot", result, (at_us - send.created_us) / SECOND)
        decision = self._decide(send, result, at_us)
        tell = log.debug if result.verdict is Verdict.SENT else log.info
        tell(
            "sent" if result.verdict is Verdict.SENT else "not_sent",
            lane=lane[:10], send=send.id, deliveries=len(ids), tries=send.tries, verdict=result.verdict.value,
            reason=result.reason, http_status=result.http_status, code=result.code, request_id=result.request_id,
        )  # fmt: skip
        return claim.Finish(
            lane, self._lease, send.id, attempt_id, result, decision, ids, at_us,
            apart=self._apart(send, result, at_us) if result.recipients else {},
        )  # fmt: skip

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

    def _decide(self, send: Frozen, result: Result, now_us: int) -> Decision:
        unknowns = send.unknowns + (result.verdict is Verdict.UNKNOWN)
        return retry.decide(
            result, idempotent=send.robot_id is not None, tries=send.tries, unknowns=unknowns,
            created_us=send.created_us, now_us=now_us,
        )  # fmt: skip

    def _apart(self, send: Frozen, result: Result, now_us: int) -> dict[int, tuple[Result, Decision]]:
        """The deliveries whose receiver fared differently from the call as a whole."""
        items = queue.items(send.id)
        names = self._current_receivers().user_ids({account for _, account in items if account})
        apart = {}
        for delivery, account in items:
            own = result.recipients.get(names.get(account, "")) if account else None
            if own is not None:
                apart[delivery] = (own, self._decide(send, own, now_us))
        return apart

    def _move(self, move: claim.Move) -> None:
        self._writer.submit(_MOVE, move).result()
        self.wake({move.lane})

    def _renew(self, lanes: set[str]) -> None:
        if lanes and connection.vendor != "sqlite":
            for lane in lanes:
                self._writer.submit(_RENEW, (lane, self._lease))

    def _leave(self, lane: str) -> None:
        if connection.vendor != "sqlite":  # there nobody else waits for it
            self._writer.submit(_RELEASE, (lane, self._lease))


def _frozen(one: claim.Freeze) -> Frozen:
    """A send that was just begun, as the lane has it now."""
    return Frozen(one.send_id, one.service_id, one.robot_id, one.body, 1, 0, one.at_us, one.created_us)
