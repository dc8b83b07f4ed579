"""Access tokens of apps, fetched once and shared by all (dingtalk-api §2.2)."""

from __future__ import annotations

import asyncio
import re
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime

from dingbell.channels import network
from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk.errors import answer_fields, classify_api, network_result, own_result
from dingbell.channels.dingtalk.fitting import as_json
from dingbell.channels.http import Http, NetworkError

DEFAULT_LIFETIME_S = 7200
LONGEST_LIFETIME_S = 24 * 3600
EARLY_S = 600.0
_PRINTABLE = re.compile(r"[!-~]{1,4096}")


@dataclass(frozen=True, slots=True)
class App:
    client_id: str
    client_secret: str = field(repr=False)


class TokenError(Exception):
    """No token to be had. `result` says why; nothing was sent, so its verdict is never UNKNOWN."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


@dataclass(frozen=True, slots=True)
class _Token:
    """Times are epoch seconds of the caller's clock."""

    value: str = field(repr=False)
    refresh_at: float
    expires_at: float


class Tokens:
    """One token per app, for all threads and event loops: one fetch at a time for an app, whose outcome all share.

    A changed secret is another app, so a token got with the old one is never used again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[App, _Token] = {}
        self._fetches: dict[App, Future[_Token | Result]] = {}

    async def get(self, http: Http, app: App, now: datetime) -> str:
        """A token that is valid at `now` (aware). Raises TokenError."""
        with self._lock:
            known = self._tokens.get(app)
            if known and now.timestamp() < known.refresh_at:
                return known.value
            fetch = self._fetches.get(app)
            if fetch is None:
                fetch = self._fetches[app] = Future()
                fetch.set_running_or_notify_cancel()  # so that one who waits no longer ends it for nobody
                # In nobody's own task: whoever came first may go like the others.
                network.start(self._fetched(http, app, now), fetch)
        outcome = await asyncio.wrap_future(fetch)
        if isinstance(outcome, _Token):
            return outcome.value
        # Refreshing early leaves time for a bad minute of DingTalk's.
        passing = outcome.verdict is not Verdict.REFUSED_CONFIGURATION
        if known and passing and now.timestamp() < known.expires_at:
            return known.value
        raise TokenError(outcome)

    def forget(self, app: App, value: str) -> None:
        """Drop a token that DingTalk refused, unless somebody has put a new one in its place."""
        with self._lock:
            known = self._tokens.get(app)
            if known and known.value == value:
                del self._tokens[app]

    async def _fetched(self, http: Http, app: App, now: datetime) -> _Token | Result:
        outcome: _Token | Result | None = None
        try:
            outcome = await _fetch(http, app, now)
        finally:
            with self._lock:
                del self._fetches[app]
                if isinstance(outcome, _Token):
                    self._tokens[app] = outcome
        return outcome


async def _fetch(http: Http, app: App, now: datetime) -> _Token | Result:
    body = as_json({"appKey": app.client_id, "appSecret": app.client_secret}).encode("utf-8", "replace")
    try:
        reply = await http.exchange("POST", f"{http.hosts.api_url}/v1.0/oauth2/accessToken", body)
    except NetworkError as error:
        return _nothing_sent(network_result(error))
    fields = answer_fields(reply.body) or {}
    value = fields.get("accesstoken")
    if reply.status == 200 and isinstance(value, str) and _PRINTABLE.fullmatch(value):
        lifetime = _lifetime_s(fields.get("expirein"))
        start = now.timestamp()
        # A short-lived token must not be fetched anew for every call: the token call is rate-limited itself.
        return _Token(value, start + lifetime - min(EARLY_S, lifetime / 2), start + lifetime)
    result = classify_api(reply.status, reply.body, (app.client_secret,))
    if reply.status == 200 and result.reason in ("ok", "answer_unreadable"):
        result = own_result("token_unreadable", http_status=reply.status)
    return _nothing_sent(replace(result, clock_skew_s=reply.clock_skew_s(now)))


def _nothing_sent(result: Result) -> Result:
    return replace(result, verdict=Verdict.RETRY) if result.verdict is Verdict.UNKNOWN else result


def _lifetime_s(expire_in: object) -> int:
    """The server's own lifetime; 7200 if it is missing, no number or not positive."""
    try:
        seconds = int(str(expire_in))
    except ValueError:
        return DEFAULT_LIFETIME_S
    return min(seconds, LONGEST_LIFETIME_S) if seconds > 0 else DEFAULT_LIFETIME_S
