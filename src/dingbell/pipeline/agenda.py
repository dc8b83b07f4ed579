"""What the worker does next: a visit that can go on, else the lane that has been due the longest.

A visit to a lane waits most of its time, for the disk and for DingTalk; as many as are allowed are under way at once.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count
from time import monotonic
from typing import Generic, TypeVar

from dingbell.storage.times import SECOND

V = TypeVar("V")  # a visit
# Nothing is put further ahead: what lies further was put there before the clock was set back, and is due.
_FURTHEST_US = 15 * SECOND


class Agenda(Generic[V]):
    """Thread-safe. Times are microseconds of `clock`; visits rest by the wall clock, in seconds.

    Only as many waiting threads are woken as there is work for: each costs the others the interpreter. One of them
    sees to the next moment; a thread that takes something passes that on.
    """

    def __init__(
        self, clock: Callable[[], int], most: int = 128, is_slow: Callable[[str], bool] = lambda lane: False
    ) -> None:
        """`most` lanes are visited at once, half of them at most slow ones: others always find a place."""
        self._clock = clock
        self._most = most
        self._is_slow = is_slow
        self._condition = threading.Condition()
        self._due: dict[str, int] = {}  # the moment that counts; older heap entries of the lane are void
        self._heap: list[tuple[int, str]] = []
        self._served: dict[str, float] = {}  # since when
        self._woken: dict[str, int] = {}  # asked for while being served
        self._floors: dict[str, int] = {}  # not before, whoever asks
        self._slow_served = 0
        self._waiting_slow: list[tuple[int, str]] = []  # entries that are due and find no place
        self._ready: deque[V] = deque()
        self._resting: list[tuple[float, int, V]] = []
        self._numbers = count()  # visits have no order of their own
        self._closed = False

    def add(self, lanes: Iterable[str], at_us: int, *, only_new: bool = False) -> None:
        """Serve these lanes at `at_us` or earlier, in 15 seconds at the latest. `only_new` leaves those alone that
        stand here already.
        """
        with self._condition:
            for lane in lanes:
                if lane in self._served:
                    if not only_new:
                        self._woken[lane] = min(at_us, self._woken.get(lane, at_us))
                elif not (only_new and lane in self._due) and self._put(lane, at_us):
                    self._condition.notify()

    def begin(self, lane: str) -> bool:
        """Take this lane out of turn. False where it is served, or a moment is set for it: then much may wait there."""
        with self._condition:
            is_idle = lane not in self._served and lane not in self._due and self._floors.get(lane, 0) <= self._clock()
            if self._closed or not is_idle or len(self._served) >= self._most or not self._fits(lane):
                return False
            self._serve(lane)
            return True

    def go_on(self, visit: V) -> None:
        """What it waited for is there."""
        with self._condition:
            self._ready.append(visit)
            self._condition.notify()

    def rest(self, visit: V, seconds: float) -> None:
        """It goes on after that, or at once when the agenda is closed."""
        with self._condition:
            if self._closed:
                self._ready.append(visit)
            else:
                heapq.heappush(self._resting, (monotonic() + seconds, next(self._numbers), visit))
            self._condition.notify()

    def take(self, *, wait: bool = True) -> V | str | None:
        """Wait for a visit that can go on or a lane that is due; None once the agenda is closed and no visit is left,
        or where nothing is there at once and this is not to `wait`.

        What was begun comes first: it holds a connection, a lease and a place.
        """
        with self._condition:
            while not (self._closed and not self._served):
                rested_in_s = self._wake()
                if self._ready:
                    visit = self._ready.popleft()
                    if self._ready or self._due:
                        self._condition.notify()
                    return visit
                due_in_s = None if self._closed or len(self._served) >= self._most else self._due_in_s()
                if due_in_s is not None and due_in_s <= 0:
                    return self._take_lane()
                if not wait:
                    return None
                waits = [wait_s for wait_s in (rested_in_s, due_in_s) if wait_s is not None]
                self._condition.wait(min(waits, default=None))
            self._condition.notify_all()
            return None

    def done(self, lane: str, again_us: int | None, floor_us: int = 0) -> None:
        """The lane was served; come back at `again_us`, or when somebody asks, but not before `floor_us`: to look at a
        long backlog costs more than most that comes is worth.
        """
        with self._condition:
            if self._served.pop(lane, None) is not None and self._is_slow(lane):
                self._slow_served -= 1
                for entry in self._waiting_slow:
                    heapq.heappush(self._heap, entry)
                self._waiting_slow.clear()
            if floor_us:
                self._floors[lane] = floor_us
            woken_us = self._woken.pop(lane, None)
            moments = [moment for moment in (again_us, woken_us) if moment is not None]
            if moments:
                self._put(lane, min(moments))
            self._condition.notify()

    def served(self, longer_than_s: float = 0.0) -> set[str]:
        """The lanes that were taken and not given back, for that long."""
        with self._condition:
            before = monotonic() - longer_than_s
            return {lane for lane, since in self._served.items() if since <= before}

    def next_us(self) -> int | None:
        """When the next lane is due; None when none ever is."""
        with self._condition:
            return min(self._due.values(), default=None)

    def moved(self) -> None:
        """The clock did not go on by itself."""
        with self._condition:
            self._condition.notify_all()

    def close(self) -> None:
        """No lane is taken any more; visits under way go on to their end."""
        with self._condition:
            self._closed = True
            self._ready.extend(visit for _, _, visit in sorted(self._resting))
            self._resting.clear()
            self._condition.notify_all()

    def _wake(self) -> float | None:
        """Those that have rested enough are ready; seconds until the next one is."""
        while self._resting:
            wait_s = self._resting[0][0] - monotonic()
            if wait_s > 0:
                return wait_s
            self._ready.append(heapq.heappop(self._resting)[2])
        return None

    def _due_in_s(self) -> float | None:
        while self._heap:
            at_us, lane = self._heap[0]
            if self._due.get(lane) == at_us:
                wait_us = at_us - self._clock()
                wait_s = wait_us / SECOND if wait_us <= _FURTHEST_US else 0.0
                if wait_s > 0 or self._fits(lane):
                    return wait_s
                self._waiting_slow.append((at_us, lane))
            heapq.heappop(self._heap)
        return None

    def _take_lane(self) -> str:
        _, lane = heapq.heappop(self._heap)
        del self._due[lane]
        self._floors.pop(lane, None)
        self._serve(lane)
        if self._due:
            self._condition.notify()
        return lane

    def _fits(self, lane: str) -> bool:
        """Where there is a place, whether this lane may have it."""
        return not self._is_slow(lane) or self._slow_served < self._most // 2

    def _serve(self, lane: str) -> None:
        self._served[lane] = monotonic()
        self._slow_served += self._is_slow(lane)

    def _put(self, lane: str, at_us: int) -> bool:
        """Whether the lane is due earlier than before."""
        furthest_us = self._clock() + _FURTHEST_US
        floor_us = self._floors.get(lane, 0)
        at_us = min(max(at_us, floor_us if floor_us <= furthest_us else 0), furthest_us)
        if lane in self._due and self._due[lane] <= at_us:
            return False
        self._due[lane] = at_us
        heapq.heappush(self._heap, (at_us, lane))
        return True
