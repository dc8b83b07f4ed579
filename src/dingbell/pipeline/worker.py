"""The delivery worker: many visits to lanes at once, each waiting for the disk or for DingTalk most of its time.

Within a process a lane has one visit, among processes it belongs to the holder of its lease, so the messages of a
receiver keep their order.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from time import monotonic
from typing import Any

import structlog
from django.db import connection, transaction

from dingbell.channels import network
from dingbell.delivery import clock_steps, leases, queue
from dingbell.delivery.budget import Limits
from dingbell.delivery.clock_steps import Calls
from dingbell.delivery.queue import Patience
from dingbell.pipeline.agenda import Agenda
from dingbell.pipeline.clock import Clock
from dingbell.pipeline.sending import Outside
from dingbell.pipeline.visiting import Back, Exchange, Need, Pause, Steps, Visits, Write
from dingbell.storage import sql
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.times import SECOND
from dingbell.storage.writer import RunAgain, StorageUnavailable, Task, Writer

log = structlog.get_logger(__name__)

_LOOK_AROUND_S = {"sqlite": 5.0, "postgresql": 0.5}  # for work that nobody told this process of
# What is read over a network is waited for: a few threads do so side by side.
_THREADS = {"sqlite": 1, "postgresql": 4}
_NEEDS_AT_ONCE = 32  # then nobody waits any longer for the others
_RENEW_AFTER_S = leases.LEASE_US / SECOND / 3
_BEGUN_AT_ONCE = 2  # lanes: each is a millisecond that the sender of the event waits
# Where it took longer, or failed: a template of somebody's own may cost a second, and everybody waits for the writer.
_LONG_S, _NOT_BEGUN_FOR_S = 0.05, 60.0
_AFTER_TROUBLE_US = 5 * SECOND
_STOP_S = 11.0  # a call takes 10 s at most

_RENEW = Task("renew", leases.renew)
_MOVE_CALLS = Task("move_calls", clock_steps.move_calls)
_RELEASE_ALL = Task("release_all", leases.release_all)


class _Visit:
    """A visit with what it waited for: the writer and the network give it its outcome, as they would a future."""

    def __init__(self, lane: str, steps: Steps[Back], ready: Callable[[_Visit], None]) -> None:
        self.lane = lane
        self._steps = steps
        self._ready = ready
        self._outcome: Any = None
        self._error: BaseException | None = None

    def go_on(self) -> Need:
        """What it needs next. Raises StopIteration with its Back at the end, and whatever failed."""
        outcome, error, self._outcome, self._error = self._outcome, self._error, None, None
        return self._steps.throw(error) if error is not None else self._steps.send(outcome)

    def tell(self, outcome: Any) -> None:
        """What it waited for, given by the thread that takes it on."""
        self._outcome = outcome

    def done(self) -> bool:
        return False

    def set_result(self, result: Any, /) -> None:
        self.tell(result)
        self._ready(self)

    def set_exception(self, exception: BaseException, /) -> None:
        self._error = exception
        self._ready(self)


class Worker:
    def __init__(
        self,
        writer: Writer,
        outside: Outside,
        clock: Clock,
        limits: Limits,
        patience: Patience,
        is_storm: Callable[[int], bool],
    ) -> None:
        """`is_storm` says when to give way."""
        self._writer = writer
        self._clock = clock
        self._lease = uuid.uuid4().hex
        self._visits = Visits(self._lease, outside, clock, limits, patience, is_storm, self.wake)
        self._agenda: Agenda[_Visit] = Agenda(clock, is_slow=_is_slow)
        self._has_looked = False  # until then a lane where much waits may be unknown
        self._not_begun_until: dict[str, float] = {}
        self._stopping = threading.Event()
        # What is decided by the clock as it is goes to the writer before that can be set.
        self._deciding: AbstractContextManager[Any]
        self._deciding = threading.Lock() if connection.vendor == "sqlite" else nullcontext()
        self._begun: Task[None, None] = Task("begin", self._note_beginning)
        self._clock_set: Task[int, Calls | None] = Task("clock_set", self._move)
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Sends that were begun before a crash are repeated first: they are work like any other."""
        if connection.vendor == "sqlite":
            self._writer.submit(_RELEASE_ALL, None).result()
            self._writer.submit(self._begun, None).result()
        names = [f"worker-{n}" for n in range(_THREADS[connection.vendor])]
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for name in names]
        self._threads.append(threading.Thread(target=self._look_around, name="worker-look", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Calls under way are finished (10 s at most), nothing new is begun."""
        self._stopping.set()
        self._visits.stop()
        self._agenda.close()
        deadline = monotonic() + _STOP_S
        for thread in self._threads:
            thread.join(timeout=max(0.0, deadline - monotonic()))

    def is_alive(self) -> bool:
        """Whether every thread it was started with still runs."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def wake(self, lanes: set[str]) -> None:
        """Something new waits in these lanes."""
        self._agenda.add(lanes, self._clock())

    def follow_clock(self) -> None:
        """Where the computer's clock was set, go by it from now on, and take along what waits.

        Raises StorageUnavailable.
        """
        with self._deciding:
            by_us = self._clock.lag_us()
            if not by_us:
                return
            calls = self._writer.submit(self._clock_set, by_us).result()
        log.warning("clock_set", seconds=round(by_us / SECOND, 1))
        self._agenda.moved()
        while calls is not None:
            calls = self._writer.submit(_MOVE_CALLS, calls).result()

    def begin(self, lanes: set[str]) -> set[str]:
        """Inside the transaction that owes something to these lanes: begin the visits there, so that the send is frozen
        by the same commit. The lanes where it could not come back, to be woken (docs/decisions/0030).
        """
        if connection.vendor != "sqlite" or len(lanes) > _BEGUN_AT_ONCE or not self._has_looked:
            return lanes  # several processes would wait for each other's lanes
        now = monotonic()
        return {lane for lane in lanes if now < self._not_begun_until.get(lane, 0.0) or not self._begin(lane)}

    def _begin(self, lane: str) -> bool:
        if not self._agenda.begin(lane):
            return False
        visit = self._visit(lane)
        started = monotonic()
        self._writer.if_undone(lambda: self._agenda.done(lane, self._clock()))
        try:
            need = _written(visit)
        except Exception as error:  # the event itself must be written: it is visited in the ordinary way then
            log.exception("begin_failed", lane=lane)
            self._not_begun_until[lane] = started + _NOT_BEGUN_FOR_S
            raise RunAgain from error
        if isinstance(need, Exchange):
            self._writer.if_undone(need.call.close)
        if monotonic() - started > _LONG_S:
            self._not_begun_until[lane] = started + _NOT_BEGUN_FOR_S
        transaction.on_commit(lambda: self._carry_on(visit, need))
        return True

    def _carry_on(self, visit: _Visit, need: Need | Back) -> None:
        if isinstance(need, Back):
            self._agenda.done(visit.lane, need.at_us, need.floor_us)
        else:
            self._arrange(visit, need)

    def _look_around(self) -> None:
        pause_s = _LOOK_AROUND_S[connection.vendor]
        while True:
            try:
                reconnect_after_errors()
                self.follow_clock()
                self._renew()
                self._agenda.add(queue.lanes_with_work(), self._clock(), only_new=True)
                self._has_looked = True
            except Exception:
                log.exception("look_around_failed")
            if self._stopping.wait(pause_s):
                connection.close()
                return

    def _work(self) -> None:
        sql.keep_connection()
        while (first := self._agenda.take()) is not None:
            with self._deciding:
                self._round(first)
        connection.close()

    def _round(self, first: _Visit | str) -> None:
        """What the visits of one round need is asked for together: writes in one group share their statements."""
        needs: list[tuple[_Visit, Need]] = []
        next_one: _Visit | str | None = first
        while next_one is not None:
            if isinstance(next_one, str):
                reconnect_after_errors()
                next_one = self._visit(next_one)
            need = self._go_on(next_one)
            if need is not None:
                needs.append((next_one, need))
            next_one = self._agenda.take(wait=False) if len(needs) < _NEEDS_AT_ONCE else None
        for visit, need in needs:
            self._arrange(visit, need)

    def _visit(self, lane: str) -> _Visit:
        return _Visit(lane, self._visits.visit(lane), self._agenda.go_on)

    def _go_on(self, visit: _Visit) -> Need | None:
        """What it needs next; None where it came to its end."""
        back = Back(self._clock() + _AFTER_TROUBLE_US)
        try:
            return visit.go_on()
        except StopIteration as end:
            back = end.value
        except StorageUnavailable:
            log.warning("lane_waits_for_storage", lane=visit.lane)
        except Exception:
            log.exception("lane_failed", lane=visit.lane)
        self._agenda.done(visit.lane, back.at_us, back.floor_us)
        return None

    def _arrange(self, visit: _Visit, need: Need) -> None:
        match need:
            case Write(task, payload):
                try:
                    self._writer.submit_for(visit, None, task, payload)
                except StorageUnavailable as error:
                    visit.set_exception(error)
            case Exchange(call):
                try:
                    network.start(call, visit)
                except Exception as error:  # noqa: BLE001 -- the visit has it; here an event may be being committed
                    call.close()
                    visit.set_exception(error)
            case Pause(seconds):
                self._agenda.rest(visit, seconds)

    def _note_beginning(self, wanted: Sequence[None]) -> list[None]:
        clock_steps.begin(self._clock())
        return [None] * len(wanted)

    def _move(self, steps: Sequence[int]) -> list[Calls | None]:
        """In the writer's thread: what comes after it in this transaction goes by the new clock."""
        left = []
        for by_us in steps:
            left.append(clock_steps.move(by_us, self._clock()))
            self._clock.step(by_us)
            self._writer.if_undone(partial(self._clock.step, -by_us))
        return left

    def _renew(self) -> None:
        """A call may take longer than a lease. On SQLite nobody else waits for one."""
        if connection.vendor != "sqlite":
            for lane in self._agenda.served(_RENEW_AFTER_S):
                self._writer.submit(_RENEW, (lane, self._lease))


def _is_slow(lane: str) -> bool:
    """Whether what Apprise reaches stands behind it: it may hang, and each call takes a thread."""
    return lane.startswith("x:")


def _written(visit: _Visit) -> Need | Back:
    """Go on with it until it needs anything but a write: those are done here, in this thread's transaction."""
    try:
        need = visit.go_on()
        while isinstance(need, Write):
            visit.tell(need.task.run([need.payload])[0])
            need = visit.go_on()
    except StopIteration as end:
        back: Back = end.value
        return back
    return need
