"""What is done about account messages after they went out, in a thread of its own: recalls and receipts."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection

from dingbell.channels.dingtalk.token import Tokens
from dingbell.channels.http import Http
from dingbell.pipeline.read_events import ReadEvents
from dingbell.pipeline.recalls import Recalls
from dingbell.pipeline.receipts import Receipts
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.writer import StorageUnavailable, Writer

log = structlog.get_logger(__name__)
_USUAL_PACE = 18
_PAUSE_S = 1.0


class _Stopped(Exception):
    """The process ends: what was about to be asked stays due."""


class FollowUps:
    """`recalls` and `receipts` can be used without its thread: then another process does what is due."""

    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], int],
        http: Http,
        tokens: Tokens,
        per_second: int,
        read_events: ReadEvents | None = None,
    ) -> None:
        """`per_second`: calls an app may make, for each kind of call (dingtalk-api §2.9); 0 is no limit of ours."""
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._interval_s = 1 / (per_second or _USUAL_PACE)
        self.recalls = Recalls(writer, clock, http, tokens, self._pause, self._awake.set)
        self._read_events = read_events
        hears = read_events.hears if read_events else lambda credential: False
        self.receipts = Receipts(writer, clock, http, tokens, self._pause, hears)
        self._thread = threading.Thread(target=self._run, name="following-up", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if self._read_events:
            self._read_events.start()

    def stop(self) -> None:
        """A call under way is finished (10 s at most); what is left is done after the next start."""
        self._stopping.set()
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=12)
            if self._read_events:
                self._read_events.stop()

    def _pause(self) -> None:
        if self._stopping.wait(self._interval_s):
            raise _Stopped

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                reconnect_after_errors()
                self.recalls.look()
                if self.recalls.carry_out() | self.receipts.check():
                    continue
            except _Stopped:
                break
            except (StorageUnavailable, DatabaseError):
                log.warning("following_up_waits_for_storage")  # tried again in a second
            except Exception:
                log.exception("following_up_failed")
            self._awake.wait(_PAUSE_S)
        connection.close()
