"""The process's one event loop for calls: threads that have none hand their coroutines to it."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

_EXIT_S = 2.0
_lock = threading.Lock()
_network: _Network | None = None


class Outcome(Protocol[T_contra]):
    """Who gets what came of a coroutine, in the network's thread: both must neither block nor raise."""

    def set_result(self, result: T_contra, /) -> None: ...
    def set_exception(self, exception: BaseException, /) -> None: ...


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What came of it, waited for by this thread, which must not be the network's own.

    Raises concurrent.futures.CancelledError when the process ends meanwhile.
    """
    network = _running()
    if threading.current_thread() is network:
        coroutine.close()
        raise RuntimeError("the network's own thread would wait for itself for ever")
    with network.handing_over:
        if network.ended:
            coroutine.close()
            raise CancelledError
        future = asyncio.run_coroutine_threadsafe(coroutine, network.loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # a thread that is interrupted waits no longer, and nobody else does
        raise


def start(coroutine: Coroutine[Any, Any, T], outcome: Outcome[T]) -> None:
    """Begin it in the network's loop, and go on. There is no outcome when the process ends meanwhile."""
    _running().submit(coroutine, outcome)


def _running() -> _Network:
    global _network  # noqa: PLW0603 -- one a process
    if _network is None:
        with _lock:
            if _network is None:
                _network = _Network()
                atexit.register(_network.end)
    return _network


class _Network(threading.Thread):
    """A daemon: a process does not wait for the network in order to end."""

    def __init__(self) -> None:
        super().__init__(name="network", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: deque[tuple[Coroutine[Any, Any, Any], Outcome[Any]]] = deque()
        self._woken = False
        self.handing_over = threading.Lock()
        self.ended = False
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self.start()
        self.loop = self._ready.result()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        self._ready.set_result(asyncio.get_running_loop())
        await self._end.wait()
        with self.handing_over:
            self.ended = True
        await asyncio.sleep(0)  # what was handed over begins, to be cancelled with all the rest

    def submit(self, coroutine: Coroutine[Any, Any, Any], outcome: Outcome[Any]) -> None:
        """To wake a loop is a system call: those who come until it is awake need no other."""
        with self.handing_over:
            if self.ended:
                coroutine.close()
                return
            self._waiting.append((coroutine, outcome))
            if not self._woken:
                self._woken = True
                self.loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        self._woken = False
        while self._waiting:
            task = self.loop.create_task(_follow(*self._waiting.popleft()))
            self._tasks.add(task)  # the loop itself would let it be collected
            task.add_done_callback(self._tasks.discard)

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self._end.set)
        self.join(_EXIT_S)


def _loop() -> asyncio.AbstractEventLoop:
    """libuv's where there is one: a call costs half as much. Windows has asyncio's own."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop()
    return new_event_loop()


async def _follow(coroutine: Coroutine[Any, Any, T], outcome: Outcome[T]) -> None:
    try:
        result = await coroutine
    except asyncio.CancelledError:
        pass  # the process ends
    except BaseException as error:  # noqa: BLE001 -- theirs who get it
        outcome.set_exception(error)
    else:
        outcome.set_result(result)
