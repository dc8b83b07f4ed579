"""A thread of its own for what must go on whatever else fails: the system's watch over itself, and removing what is
too old.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from django.db import DatabaseError, connection

from dingbell.pipeline.retention import Retention
from dingbell.pipeline.self_watch import SelfWatch
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.writer import StorageUnavailable

log = structlog.get_logger(__name__)
_LOOK_EVERY_S = 60


class Housekeeping:
    def __init__(self, self_watch: SelfWatch, retention: Retention) -> None:
        self._self_watch, self._retention = self_watch, retention
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        seconds = 0
        while not self._stopping.wait(1.0):
            seconds += 1
            self._do(self._retention.step)
            if seconds % _LOOK_EVERY_S == 0:
                for work in (*self._self_watch.parts, self._retention.sweep):
                    self._do(work)
        connection.close()

    @staticmethod
    def _do(work: Callable[[], object]) -> None:
        try:
            reconnect_after_errors()
            work()
        except (StorageUnavailable, DatabaseError):
            log.warning("housekeeping_waits_for_storage", work=work.__name__)  # tried again in its time
        except Exception:
            log.exception("housekeeping_failed", work=work.__name__)
