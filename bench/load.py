"""The load generator: connections that each send their next request when the last was answered.

One thread over epoll and ready-made bytes: about 15 µs a request, so a Python server is never waiting for it.
Each connection owns its alarms: no event can overtake its forerunner. It raises all of them, then clears all of them,
over and over; or it raises others every time, of the same names but for their number.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import plant
from bench.processes import BenchFailed

_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Side:
    """Where and how one product takes events; `encode` gives the body for (alarm number, active) pairs."""

    port: int
    path: str
    headers: str
    encode: Callable[[Sequence[tuple[int, bool]]], bytes]

    def request(self, events: Sequence[tuple[int, bool]]) -> bytes:
        body = self.encode(events)
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
            f"{self.headers}Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def dingbell(port: int, path: str, headers: str) -> Side:
    def encode(events: Sequence[tuple[int, bool]]) -> bytes:
        told = [plant.event(number, active=active) for number, active in events]
        return plant.encoded(told[0] if len(told) == 1 else told)

    return Side(port, path, headers, encode)


def alertmanager(port: int, path: str) -> Side:
    def encode(events: Sequence[tuple[int, bool]]) -> bytes:
        return plant.encoded([plant.alert(number, active=active) for number, active in events])

    return Side(port, path, "", encode)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was answered within `seconds`, and the CPU time that the server and we ourselves spent on it."""

    events: int
    seconds: float
    server_cpu_s: float
    own_cpu_s: float

    @property
    def a_second(self) -> float:
        return self.events / self.seconds


class Connection:
    """A socket, the requests it repeats for ever, and the one under way."""

    def __init__(self, port: int, requests: Sequence[bytes], *, fresh: bool = False) -> None:
        """`fresh`: each time round the alarms are others than before."""
        self._requests = requests
        self._fresh = fresh
        self._next = 0
        self._round = 0
        self._unsent = memoryview(b"")
        self._answer = b""
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def ask(self) -> None:
        request = self._requests[self._next]
        if self._fresh:
            request = request.replace(plant.FIRST, plant.others(self._round))
        self._unsent = memoryview(request)
        self._next = (self._next + 1) % len(self._requests)
        self._round += not self._next
        self._answer = b""
        self.write()

    def write(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[self.socket.send(self._unsent) :]
        except BlockingIOError:
            pass

    @property
    def is_writing(self) -> bool:
        return bool(self._unsent)

    def answered(self) -> bool:
        """Whether the answer is complete now. Raises BenchFailed unless it says that all was taken."""
        piece = self.socket.recv(65536)
        if not piece:
            raise BenchFailed(f"没有收下：连接断开 {self._answer[:300].decode(errors='replace')}")
        self._answer += piece
        return is_whole(self._answer)


def is_whole(answer: bytes) -> bool:
    """Whether all of an answer is there. Raises BenchFailed unless it says that all was taken."""
    head, end, body = answer.partition(b"\r\n\r\n")
    if end and not head.startswith((b"HTTP/1.1 202", b"HTTP/1.1 200")):
        raise BenchFailed(f"没有收下：{answer[:300].decode(errors='replace')}")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return bool(end) and len(body) >= int(length or 0)


class Load:
    """`with Load(side, connections=64, events=1, keys=5000):`; `sent` counts all events that were answered.

    `fresh`: every event raises an alarm that was never seen.
    """

    def __init__(self, side: Side, *, connections: int, events: int, keys: int, fresh: bool = False) -> None:
        self._events = events
        self.sent = 0
        self._connections = [
            Connection(side.port, _requests(side, range(first, keys, connections), events, fresh=fresh), fresh=fresh)
            for first in range(connections)
        ]

    def __enter__(self) -> Load:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.socket.close()

    def run(self, connections: int, warm_s: float, seconds: float, server_cpu_s: Callable[[], float]) -> Measured:
        """Drive the first `connections` of them; what is under way at the end is waited for."""
        started, stop = 0.0, time.monotonic() + warm_s
        before, cpu, own = 0, 0.0, 0.0
        poll = select.epoll()
        measured: Measured | None = None
        under_way: dict[int, Connection] = {}
        for connection in self._connections[:connections]:
            under_way[connection.socket.fileno()] = connection
            connection.ask()
            poll.register(connection.socket, _interest(connection))
        last = time.monotonic()
        while under_way:
            ready = poll.poll(1.0)
            now = time.monotonic()
            if now >= stop and measured is None:
                if not started:
                    started, stop, before, cpu, own = now, now + seconds, self.sent, server_cpu_s(), time.process_time()
                else:
                    measured = Measured(
                        self.sent - before, now - started, server_cpu_s() - cpu, time.process_time() - own
                    )
            for fd, events in ready:
                last = now
                connection = under_way[fd]
                if events & select.EPOLLOUT:
                    connection.write()
                    if not connection.is_writing:
                        poll.modify(fd, select.EPOLLIN)
                if events & ~select.EPOLLOUT and connection.answered():
                    self.sent += self._events
                    if measured is not None:
                        poll.unregister(fd)
                        del under_way[fd]
                        continue
                    connection.ask()
                    if connection.is_writing:
                        poll.modify(fd, select.EPOLLIN | select.EPOLLOUT)
            if now - last > _PATIENCE_S:
                raise BenchFailed(f"{_PATIENCE_S:.0f} 秒没有回答")
        poll.close()
        assert measured is not None
        return measured


def _interest(connection: Connection) -> int:
    return select.EPOLLIN | (select.EPOLLOUT if connection.is_writing else 0)


def _requests(side: Side, numbers: Sequence[int], events: int, *, fresh: bool) -> list[bytes]:
    """All alarms raised, then all cleared unless others are raised instead, `events` a request."""
    parts = [numbers[first : first + events] for first in range(0, len(numbers), events)]
    states = (True,) if fresh else (True, False)
    return [side.request([(number, active) for number in part]) for active in states for part in parts]
