"""已读 as DingTalk tells it by itself: a Stream connection for each app that some block wants receipts of.

Costs no API calls (it counts in the other pool), needs the extra `stream` and the event subscribed in DingTalk's
developer console. Nothing depends on it: what it does not bring is asked for a little later (pipeline.receipts).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from functools import partial

import structlog
from django.db import DatabaseError, connection

from dingbell.channels.dingtalk.stream import Listener, MessageRead, StreamMissing
from dingbell.channels.dingtalk.token import App
from dingbell.channels.http import Http
from dingbell.delivery import receipts
from dingbell.delivery.receipts import Heard
from dingbell.notify import routing
from dingbell.notify.models import Block, Service
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.secrets import SecretUnreadable, decrypt
from dingbell.storage.writer import StorageUnavailable, Task, Writer

log = structlog.get_logger(__name__)
_LOOK_AROUND_S = 5.0
_LOCK = 0x64_62_72_65  # one process listens for all: nobody documents how DingTalk divides events among connections
_HEAR = Task("read_events", receipts.hear)


class ReadEvents:
    def __init__(
        self, writer: Writer, clock: Callable[[], int], http: Http, proxy: str = "", ca_file: str = ""
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._http = http
        self._proxy, self._ca_file = proxy, ca_file
        self._open: set[str] = set()  # keys of the apps whose connection stands
        self._tasks: dict[App, asyncio.Task[None]] = {}
        self._stopping = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Thread(target=self._loop.run_forever, name="read-events", daemon=True)
        # Its database connection holds the lock of who listens, so it is one thread from beginning to end.
        self._looking = threading.Thread(target=self._look_around, name="read-events-look", daemon=True)

    def start(self) -> None:
        self._listening.start()
        self._looking.start()

    def stop(self) -> None:
        """Once, after `start`."""
        self._stopping.set()
        self._looking.join(timeout=10)
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._listening.join(timeout=10)
        self._loop.close()

    def hears(self, credential: str) -> bool:
        """Whether readers of what this app sends are told of by themselves, as far as we know."""
        return credential in self._open

    def _look_around(self) -> None:
        while True:
            try:
                asyncio.run_coroutine_threadsafe(self._follow(self._wanted()), self._loop).result()
            except Exception:
                log.exception("read_events_failed")
            if self._stopping.wait(_LOOK_AROUND_S):
                connection.close()
                return

    def _wanted(self) -> Mapping[App, str]:
        """The apps to listen to, with their keys; none while another process listens."""
        try:
            reconnect_after_errors()
            return _apps() if _mine() else {}
        except DatabaseError:
            return {}

    async def _follow(self, wanted: Mapping[App, str]) -> None:
        """Open and end connections."""
        for app in [app for app in self._tasks if app not in wanted]:
            self._tasks.pop(app).cancel()
            self._open.discard(routing.account_lane(app.client_id))
        for app in wanted.keys() - self._tasks.keys():
            tell = partial(self._tell, wanted[app])
            try:
                listener = Listener(self._http, app, self._hear, tell, proxy=self._proxy, ca_file=self._ca_file)
            except StreamMissing:
                log.warning("read_events_need_the_extra_stream")
                self._stopping.set()
                return
            self._tasks[app] = asyncio.create_task(listener.run())

    async def _hang_up(self) -> None:
        ended = list(self._tasks.values())
        await self._follow({})
        await asyncio.gather(*ended, return_exceptions=True)

    def _tell(self, key: str, reason: str) -> None:
        if reason:
            self._open.discard(key)
            log.warning("stream_closed", app=key[:10], reason=reason)
        else:
            self._open.add(key)
            log.info("stream_open", app=key[:10])

    def _hear(self, event: MessageRead) -> None:
        now_us = self._clock()
        at_us = min(now_us, event.at_ms * 1000) if event.at_ms else now_us
        try:
            self._writer.submit(_HEAR, Heard(event.process_query_key, event.user_id, at_us))
        except StorageUnavailable:
            log.warning("read_event_not_kept")  # asked for later


def _apps() -> dict[App, str]:
    """Apps of services whose people some enabled rule wants receipts of."""
    asking = Block.objects.filter(rule__enabled=True, timing__receipts=True).values("service_id")
    found = {}
    for service in Service.objects.filter(enabled=True, send_to_accounts=True, id__in=asking):
        try:
            secret = decrypt(service.client_secret)
        except SecretUnreadable:
            continue
        if service.client_id and secret:
            found[App(service.client_id, secret)] = routing.account_lane(service.client_id)
    return found


def _mine() -> bool:
    """Whether this process is the one that listens. The lock is the database connection's own and ends with it."""
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])  # true again and again for who has it
        return bool(cursor.fetchone()[0])
