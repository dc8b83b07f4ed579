"""Which lane a worker thread takes next: the one that has been due the longest and that no other thread serves."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable


class Agenda:
    """Thread-safe. Times are microseconds of `clock`.

    Only as many waiting threads are woken as there is work for: each costs the others the interpreter. One of them
    sees to the next moment; a thread that takes a lane passes that on.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._condition = threading.Condition()
        self._due: dict[str, int] = {}  # the moment that counts; older heap entries of the lane are void
        self._heap: list[tuple[int, str]] = []
        self._served: set[str] = set()
        self._woken: dict[str, int] = {}  # asked for while being served
        self._floors: dict[str, int] = {}  # not before, whoever asks
        self._closed = False

    def add(self, lanes: Iterable[str], at_us: int, *, only_new: bool = False) -> None:
        """Serve these lanes at `at_us` or earlier. `only_new` leaves those alone that stand here already."""
        with self._condition:
            for lane in lanes:
                if lane in self._served:
                    if not only_new:
                        self._woken[lane] = min(at_us, self._woken.get(lane, at_us))
                elif not (only_new and lane in self._due) and self._put(lane, at_us):
                    self._condition.notify()

    def take(self) -> str | None:
        """Wait for a lane that is due; None once the agenda is closed."""
        with self._condition:
            while not self._closed:
                wait_s = None
                while self._heap:
                    at_us, lane = self._heap[0]
                    if self._due.get(lane) != at_us:
                        heapq.heappop(self._heap)
                        continue
                    wait_s = (at_us - self._clock()) / 1e6
                    break
                if wait_s is not None and wait_s <= 0:
                    _, lane = heapq.heappop(self._heap)
                    del self._due[lane]
                    self._floors.pop(lane, None)
                    self._served.add(lane)
                    if self._due:
                        self._condition.notify()
                    return lane
                self._condition.wait(wait_s)
            return None

    def done(self, lane: str, again_us: int | None, floor_us: int = 0) -> None:
        """The lane was served; come back at `again_us`, or when somebody asks, but not before `floor_us`: to look at a
        long backlog costs more than most that comes is worth. The thread takes its next lane then.
        """
        with self._condition:
            self._served.discard(lane)
            if floor_us:
                self._floors[lane] = floor_us
            woken_us = self._woken.pop(lane, None)
            moments = [moment for moment in (again_us, woken_us) if moment is not None]
            if moments:
                self._put(lane, min(moments))

    def served(self) -> set[str]:
        """The lanes that threads have taken and not given back."""
        with self._condition:
            return set(self._served)

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def _put(self, lane: str, at_us: int) -> bool:
        """Whether the lane is due earlier than before."""
        at_us = max(at_us, self._floors.get(lane, 0))
        if lane in self._due and self._due[lane] <= at_us:
            return False
        self._due[lane] = at_us
        heapq.heappush(self._heap, (at_us, lane))
        return True
