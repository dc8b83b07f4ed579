"""Checking the accounts of a service against DingTalk's directory, behind everybody's back and at the app's pace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, connection
from msgspec import Struct

from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk import contacts
from dingbell.channels.dingtalk.contacts import Contact, ContactsError
from dingbell.channels.dingtalk.token import App, Tokens
from dingbell.channels.http import Http
from dingbell.notify.services import account_changes, directory
from dingbell.notify.services.directory import MobilesAnswer
from dingbell.notify.services.documents import AccountInput
from dingbell.storage.databases import reconnect_after_errors
from dingbell.storage.times import HOUR, from_us, iso, now_us

log = structlog.get_logger(__name__)
_AT_ONCE = 20
_TRIES = 5
_LONGEST_WAIT_S = 60.0
_USUAL_PACE = 18


class DirectoryCheckAnswer(Struct, kw_only=True):
    """`state` is never, running, done or stopped; stopped names the `reason`. `checked` of `total`, `gone` left."""

    state: str
    total: int
    checked: int
    gone: int
    started_at: str | None
    ended_at: str | None
    reason: str


@dataclass
class _Check:
    service_id: int
    since_us: int
    started_us: int
    ended_us: int | None = None
    refusal: Result | None = None
    is_through: bool = False


class Busy(Exception):
    """Another service is being checked."""


class Directory:
    """One check at a time. What was checked within the last hour is not asked again: a stopped check goes on."""

    def __init__(self, http: Http, tokens: Tokens, clock: Callable[[], int], per_second: int) -> None:
        self._http, self._tokens, self._clock = http, tokens, clock
        self._interval_s = 1 / (per_second or _USUAL_PACE)
        self._lock = threading.Lock()
        self._checks: dict[int, _Check] = {}
        self._running: _Check | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread:
            self._thread.join(timeout=12)

    def by_mobile(self, app: App, mobile: str) -> Contact:
        """Raises ContactsError."""
        return contacts.by_mobile(self._http, self._tokens, app, mobile, from_us(self._clock()))

    def begin(self, service_id: int) -> DirectoryCheckAnswer:
        """Begin, or go on; while it runs already, only tell. Raises Missing, Invalid, Busy."""
        app = directory.app_of(service_id)
        with self._lock:
            if self._running and self._running.service_id != service_id:
                raise Busy
            if not self._running:
                now = self._clock()
                since = now - HOUR if directory.unchecked(service_id, now - HOUR, 1) else now
                self._running = self._checks[service_id] = check = _Check(service_id, since, now)
                self._thread = threading.Thread(target=self._run, args=(check, app), name="directory", daemon=True)
                self._thread.start()
        return self.state(service_id)

    def state(self, service_id: int) -> DirectoryCheckAnswer:
        check = self._checks.get(service_id)
        total, checked, gone = directory.progress(service_id, check.since_us if check else 0)
        if check is None:
            state, reason = "never", ""
        else:
            state = "running" if check.ended_us is None else "done" if check.is_through else "stopped"
            reason = directory.why(check.refusal, contacts.MEMBER_PERMISSION) if check.refusal else ""
        return DirectoryCheckAnswer(
            state=state, total=total, checked=checked, gone=gone, reason=reason,
            started_at=iso(check.started_us) if check else None, ended_at=iso(check.ended_us) if check else None,
        )  # fmt: skip

    def _run(self, check: _Check, app: App) -> None:
        try:
            while not self._stopping.is_set():
                reconnect_after_errors()
                people = directory.unchecked(check.service_id, check.since_us, _AT_ONCE)
                if not people:
                    check.is_through = True
                    return
                self._ask_all(app, people)
        except ContactsError as refusal:
            check.refusal = refusal.result
        except DatabaseError:
            log.warning("directory_check_stopped_by_storage", service=check.service_id)
        finally:
            connection.close()
            with self._lock:
                check.ended_us = self._clock()
                self._running = None

    def _ask_all(self, app: App, people: list[tuple[int, str]]) -> None:
        found: dict[int, str] = {}
        try:
            for account_id, user_id in people:
                if self._stopping.wait(self._interval_s):
                    break
                found[account_id] = self._ask(app, user_id)
        finally:
            directory.note(found, self._clock())

    def _ask(self, app: App, user_id: str) -> str:
        """What the directory says of one person. Raises ContactsError when it cannot be asked at all."""
        for attempt in range(1, _TRIES + 1):
            refusal = None
            try:
                contacts.person(self._http, self._tokens, app, user_id, from_us(self._clock()))
            except ContactsError as error:
                refusal = error.result
            said = directory.presence(refusal)
            if said is not None or refusal is None:
                return said or ""
            passing = refusal.verdict in (Verdict.RETRY, Verdict.UNKNOWN)
            if not passing or attempt == _TRIES or self._stopping.wait(min(refusal.wait_s or 1.0, _LONGEST_WAIT_S)):
                raise ContactsError(refusal)
        raise AssertionError("unreachable")


def by_mobile(source: Directory, service_id: int, mobiles: Sequence[str], *, dry_run: bool) -> MobilesAnswer:
    """Who has these numbers; unless it is a dry run they are accounts from now on. Raises Missing, Invalid."""
    app = directory.app_of(service_id)
    answer = directory.look_up(service_id, mobiles, lambda mobile: source.by_mobile(app, mobile))
    if not dry_run:
        people = [AccountInput(user_id=one.user_id, name=one.name, mobile=one.mobile) for one in answer.found]
        answer.added = account_changes.add_found(service_id, people, now_us())
        answer.dry_run = False
    return answer
