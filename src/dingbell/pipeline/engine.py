"""The running parts of a process, wired together: writer, intake, worker, expiry."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from dingbell.channels import apprise
from dingbell.channels.dingtalk.token import Tokens
from dingbell.channels.http import Http
from dingbell.delivery import fallbacks, silence
from dingbell.delivery.budget import APP, PERSON, ROBOT, Limits
from dingbell.delivery.outbox import Outbox
from dingbell.delivery.queue import Patience
from dingbell.pipeline.afterwards import Afterwards
from dingbell.pipeline.clock import Clock
from dingbell.pipeline.directory import Directory
from dingbell.pipeline.fallback import Fallback
from dingbell.pipeline.following_up import FollowUps
from dingbell.pipeline.housekeeping import Housekeeping
from dingbell.pipeline.intake import Intake
from dingbell.pipeline.notices import Notices
from dingbell.pipeline.quota_warnings import QuotaWarnings
from dingbell.pipeline.read_events import ReadEvents
from dingbell.pipeline.releasing import Releases
from dingbell.pipeline.repeating import Repeating
from dingbell.pipeline.retention import Retention
from dingbell.pipeline.self_watch import SelfWatch, Watching
from dingbell.pipeline.sending import Outside
from dingbell.pipeline.system_notices import SystemNotices
from dingbell.pipeline.traffic import Traffic
from dingbell.pipeline.trouble_notices import TroubleNotices
from dingbell.pipeline.worker import Worker
from dingbell.storage.configuration import Configuration
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.times import DAY, HOUR, MINUTE, monotonic_us, now_us
from dingbell.storage.writer import StorageUnavailable, Writer

log = structlog.get_logger(__name__)
_QUOTA_EVERY_S = 10


class Engine:
    """Start and stop it once a process. `delivers` False leaves sending to other processes (--role web)."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        delivers: bool = True,
        wall: Callable[[], int] = now_us,
        monotonic: Callable[[], int] = monotonic_us,
    ) -> None:
        """`wall` and `monotonic` give microseconds, as `Clock` has them."""
        apprise.through(configuration.proxy, configuration.ca_file, configuration.data_dir)
        self.http = Http(
            oapi_url=configuration.dingtalk_oapi_url,
            api_url=configuration.dingtalk_api_url,
            extra_hosts=configuration.webhook_hosts,
            proxy=configuration.proxy or None,
            ca_file=configuration.ca_file or None,
        )
        self.writer = Writer()
        self.outside = outside = Outside(
            self.http,
            Tokens(),
            ZoneInfo(configuration.time_zone),
            configuration.public_url,
            configuration.personal_link_hours,
        )
        limits = Limits(
            replace(ROBOT, calls=configuration.robot_per_minute),
            replace(APP, calls=configuration.app_per_second),
            replace(PERSON, calls=configuration.person_per_minute),
            configuration.reserved_percent,
        )
        patience = Patience(configuration.expire_low_minutes * MINUTE, configuration.expire_hours * HOUR)
        # Of several nodes each has a clock of its own, and none can move what they share.
        is_alone = delivers and connection.vendor == "sqlite"
        self.clock = clock = Clock(wall, monotonic if is_alone else wall)
        traffic = Traffic()
        self.worker = Worker(self.writer, outside, clock, limits, patience, traffic.is_storm) if delivers else None
        wake = self.worker.wake if self.worker else lambda lanes: None
        begin = self.worker.begin if self.worker else set.copy
        self.intake = Intake(self.writer, clock, wake, traffic, begin)
        outbox = Outbox(self.writer, clock, wake, self.intake.delivery_ids)
        self.notices = Notices(outbox)
        self.system_notices = SystemNotices(self.notices, self.writer, lambda lanes: silence.closed(lanes, clock()))
        self.trouble_notices = TroubleNotices(self.writer, clock, wake, self.system_notices, outside.zone)
        self.self_watch = SelfWatch(
            self.writer, clock, self.intake.hearing, self.system_notices,
            Watching(outside.zone, configuration.silent_minutes, configuration.alive_at),
        )  # fmt: skip
        keep_us = configuration.keep_days * DAY
        self.retention = Retention(self.writer, clock, traffic.is_storm, keep_us, outside.zone)
        self._housekeeping = Housekeeping(self.self_watch, self.retention)
        self.quota_warnings = QuotaWarnings(self.writer, clock, self.system_notices)
        self.afterwards = Afterwards(outbox)
        self.releases = Releases(outbox, self.intake.routes)
        self.repeating = Repeating(outbox, self.intake.routes)
        self.fallback = Fallback(outbox)
        self.directory = Directory(self.http, outside.tokens, clock, configuration.app_per_second)
        read_events = None
        if configuration.read_events:
            read_events = ReadEvents(self.writer, clock, self.http, configuration.proxy, configuration.ca_file)
        self.follow_ups = FollowUps(
            self.writer, clock, self.http, outside.tokens, configuration.app_per_second, read_events
        )
        clock.when_set(self.intake.forget_windows)
        clock.when_set(self.self_watch.listen_anew)
        self._stale_us = configuration.stale_hours * HOUR
        self._parts = self._timed()
        self._stopping = threading.Event()
        self._ticks = threading.Thread(target=self._tick, name="ticks", daemon=True)

    def _timed(self) -> list[tuple[int, Callable[[], object]]]:
        """What is to be done every so many seconds."""
        parts: list[tuple[int, Callable[[], object]]] = [
            (1, self.intake.expire),
            (1, self.intake.unshelve),
            (1, self.releases.release),
            (1, self.repeating.repeat),
            (1, self.trouble_notices.tell),
            (_QUOTA_EVERY_S, self.quota_warnings.tell),
            (60, self.intake.note_used_tokens),
        ]
        if self.worker:
            parts.insert(3, (1, self.fallback.look))
        if self._stale_us:
            parts.append((60, self._acknowledge_stale))
        return parts

    def start(self) -> None:
        self.writer.start()
        if self.worker:
            fallbacks.failed.connect(self.fallback.hurry)
            self.worker.start()
            self.follow_ups.start()
        self._ticks.start()
        self._housekeeping.start()
        _running.append(self)

    def stop(self) -> None:
        """End in the order of the flow; what was accepted is on disk already."""
        if self in _running:
            _running.remove(self)
        self._stopping.set()
        self._ticks.join(timeout=10)
        self._housekeeping.stop()
        self.directory.stop()
        self.follow_ups.stop()
        if self.worker:
            self.worker.stop()
            fallbacks.failed.disconnect(self.fallback.hurry)
        self.writer.stop()
        self.http.close()

    def is_alive(self) -> bool:
        """Whether the threads that write and send still run: neither ends before `stop`."""
        return self.writer.is_alive() and (self.worker is None or self.worker.is_alive())

    def _tick(self) -> None:
        """What time brings, not an event. Each part for itself: what stops one must not stop the others."""
        seconds = 0
        while not self._stopping.wait(1.0):
            seconds += 1
            waiting = [part.__qualname__ for every_s, part in self._parts if not seconds % every_s and not _done(part)]
            if waiting:
                log.warning("tick_waits_for_storage", parts=waiting)  # tried again at their next turn
        connection.close()

    def _acknowledge_stale(self) -> None:
        self.intake.acknowledge_stale(self._stale_us)


def _done(part: Callable[[], object]) -> bool:
    """Whether the storage let it be done."""
    try:
        reconnect_after_errors()
        part()
    except (StorageUnavailable, DatabaseError):
        return False
    except Exception:
        log.exception("tick_failed", part=part.__qualname__)
    return True


class NotRunning(Exception):
    """This process has no engine (yet): it is starting, stopping, or a command."""


_running: list[Engine] = []


def running() -> Engine:
    """The engine of this process. Raises NotRunning."""
    if not _running:
        raise NotRunning
    return _running[-1]


def from_settings(*, delivers: bool = True) -> Engine:
    configuration: Configuration = settings.CONFIGURATION
    return Engine(configuration, delivers=delivers)
