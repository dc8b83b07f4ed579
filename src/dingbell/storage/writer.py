"""The one writer: a thread that puts everything waiting into one transaction (group commit).

A transaction costs one flush to the disk whether it holds one change or a thousand; whoever waits shares it.
Nothing here knows what is written: a task is a function that takes all its waiting inputs at once.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from dingbell.storage import sql
from dingbell.storage.databases import cache_more, reconnect_after_errors

I = TypeVar("I")  # noqa: E741 -- what goes in
O = TypeVar("O")  # noqa: E741 -- what comes out
O_contra = TypeVar("O_contra", contravariant=True)

log = structlog.get_logger(__name__)


class StorageUnavailable(Exception):
    """Nothing was written: the disk is full, the database is locked or away. Try again later."""


class RunAgain(Exception):
    """Raised by a task that wants its transaction undone, and will do something else the next time."""


class Overloaded(StorageUnavailable):
    """More waits to be written than may wait."""


@dataclass(frozen=True)
class Task(Generic[I, O]):
    """A kind of write. `run` gets every waiting input, in order, inside one open transaction, and answers each.

    What must only happen once the data is on disk goes through `transaction.on_commit`.
    """

    name: str
    run: Callable[[Sequence[I]], Sequence[O]]


class Receiver(Protocol[O_contra]):
    """Who gets an answer: a future, or anything with these three of its methods."""

    def done(self) -> bool: ...

    def set_result(self, result: O_contra, /) -> None: ...

    def set_exception(self, exception: BaseException, /) -> None: ...


@dataclass(slots=True)
class _Waiting:
    task: Task[Any, Any]
    payload: Any
    weight: int
    future: Receiver[Any]
    loop: asyncio.AbstractEventLoop | None


class Writer:
    """Start it once a process; `submit` from any thread, `submit_async` from an event loop."""

    def __init__(self, *, batch: int = 2_000, waiting: int = 200_000) -> None:
        """`batch`: weight at which a transaction is closed; `waiting`: weight above which `submit` is refused."""
        self.transaction = 0  # the number of the one under way: tasks of one group share it
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._batch = batch
        self._limit = waiting
        self._weight = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="writer", daemon=True)
        self._closed = False
        self._undoing: list[Callable[[], None]] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end. Later submissions raise StorageUnavailable."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
        self._thread.join(timeout=30)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """The weight of what waits."""
        return self._weight

    def submit(self, task: Task[I, O], payload: I, *, weight: int = 1) -> Future[O]:
        """The answer, once it is on disk. The future raises StorageUnavailable or what the task raised."""
        future: Future[O] = Future()
        self._put(_Waiting(task, payload, weight, future, None))
        return future

    async def submit_async(self, task: Task[I, O], payload: I, *, weight: int = 1) -> O:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[O] = loop.create_future()
        self.submit_for(future, loop, task, payload, weight=weight)
        return await future

    def submit_for(
        self,
        receiver: Receiver[O],
        loop: asyncio.AbstractEventLoop | None,
        task: Task[I, O],
        payload: I,
        *,
        weight: int = 1,
    ) -> None:
        """Give the answer to `receiver` in `loop`, without one in the writer's thread.

        Raises StorageUnavailable when it cannot even wait.
        """
        self._put(_Waiting(task, payload, weight, receiver, loop))

    def if_undone(self, undo: Callable[[], None]) -> None:
        """For tasks: what to take back when their transaction is not committed. Their inputs may be tried again."""
        self._undoing.append(undo)

    def _put(self, waiting: _Waiting) -> None:
        with self._lock:  # nothing may come to stand behind the end that `stop` puts
            if self._closed:
                raise StorageUnavailable
            if self._weight >= self._limit:
                raise Overloaded
            self._weight += waiting.weight
            self._queue.put(waiting)

    def _loop(self) -> None:
        sql.keep_connection()
        cache_more()
        while (first := self._queue.get()) is not None:
            group = [first]
            weight = first.weight
            last = False
            while weight < self._batch:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    last = True
                    break
                group.append(following)
                weight += following.weight
            with self._lock:
                self._weight -= weight
            try:
                self._settle(group, self._write(group))
            except Exception:  # whatever it is, the next senders still need a writer
                log.exception("writer_failed", inputs=len(group))
            if last:
                break
        connection.close()

    def _write(self, group: list[_Waiting], again: int = 3) -> list[Any]:
        """One answer or exception for each of the group."""
        try:
            return self._transact(group)
        except (DatabaseError, InterfaceError) as error:
            if _lost_a_race(error) and again:
                return self._write(group, again - 1)
            # The text of a database error can hold data: its class and SQLite's own words are enough.
            log.warning("write_failed", error=type(error).__name__, text=str(error)[:200], inputs=len(group))
            if not _is_storage_trouble(error) and len(group) > 1:
                return [self._write([one])[0] for one in group]
            return [StorageUnavailable(str(error)) for _ in group]
        except RunAgain:
            return self._write(group, again)
        except Exception as error:
            if len(group) == 1:
                log.exception("write_task_failed", task=group[0].task.name)
                return [error]
            # One bad input must not fail those who came with it.
            return [self._write([one])[0] for one in group]

    def _transact(self, group: list[_Waiting]) -> list[Any]:
        reconnect_after_errors()
        self.transaction += 1
        by_task: dict[int, list[int]] = {}
        for position, waiting in enumerate(group):
            by_task.setdefault(id(waiting.task), []).append(position)
        answers: list[Any] = [None] * len(group)
        self._undoing = []
        try:
            with transaction.atomic():
                for positions in by_task.values():
                    task = group[positions[0]].task
                    results = task.run([group[position].payload for position in positions])
                    for position, result in zip(positions, results, strict=True):
                        answers[position] = result
        except BaseException:
            for undo in self._undoing:
                undo()
            raise
        return answers

    @staticmethod
    def _settle(group: list[_Waiting], answers: list[Any]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Receiver[Any], Any]]] = {}
        for waiting, answer in zip(group, answers, strict=True):
            if waiting.loop is not None:
                by_loop.setdefault(waiting.loop, []).append((waiting.future, answer))
            else:
                _answer([(waiting.future, answer)])
        for loop, pairs in by_loop.items():
            try:
                # One wake-up for all: each costs a system call.
                loop.call_soon_threadsafe(_answer, pairs)
            except RuntimeError:
                log.info("loop_closed", answers=len(pairs))


def _answer(pairs: list[tuple[Receiver[Any], Any]]) -> None:
    for receiver, answer in pairs:
        try:
            if receiver.done():  # the client went away
                continue
            if isinstance(answer, BaseException):
                receiver.set_exception(answer)
            else:
                receiver.set_result(answer)
        except Exception:  # the others still wait for theirs
            log.exception("answer_failed")


def _lost_a_race(error: Exception) -> bool:
    """Deadlock or serialization failure (PostgreSQL): another node went first, the same may well succeed now."""
    return getattr(error.__cause__, "sqlstate", None) in {"40001", "40P01"}


def _is_storage_trouble(error: Exception) -> bool:
    return isinstance(error, OperationalError | InterfaceError)
