"""Connections that wait for their next request, of one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from time import monotonic

from dingbell.channels.connection import IDLE_S, Connection
from dingbell.channels.hosts import Endpoint

MOST_PER_HOST = 128  # as many visits to lanes are under way at once (pipeline/agenda.py)
MOST = 256


class IdleConnections:
    """Used in its loop only. They are closed soon after IDLE_S, and when the loop ends as asyncio.run ends it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._kept: dict[Endpoint, list[Connection]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._ending = self._close_with_the_loop()

    async def begin(self) -> None:
        """What is left of asynchronous generators is ended before a loop is closed: nothing else tells of that."""
        await anext(self._ending)

    def take(self, to: Endpoint) -> Connection | None:
        """The one used last, so that those beyond need grow old."""
        kept = self._kept.get(to)
        now = monotonic()
        while kept:
            connection = kept.pop()
            if connection.is_usable(now):
                return connection
            connection.abort()
        return None

    def give(self, to: Endpoint, connection: Connection) -> None:
        kept = self._kept.setdefault(to, [])
        if self._closed or len(kept) >= MOST_PER_HOST or sum(map(len, self._kept.values())) >= MOST:
            connection.abort()
            return
        kept.append(connection)
        if self._timer is None:
            self._timer = self._loop.call_later(IDLE_S, self._sweep)

    def close(self) -> None:
        """For good: what is given later is closed too."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for kept in self._kept.values():
            for connection in kept:
                connection.abort()
        self._kept = {}

    def _sweep(self) -> None:
        now = monotonic()
        for to, kept in list(self._kept.items()):
            usable = [connection for connection in kept if connection.is_usable(now)]
            for connection in set(kept).difference(usable):
                connection.abort()
            self._kept[to] = usable
            if not usable:
                del self._kept[to]
        self._timer = self._loop.call_later(IDLE_S, self._sweep) if self._kept else None

    async def _close_with_the_loop(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self.close()
            await asyncio.sleep(0)  # in which the sockets are closed
