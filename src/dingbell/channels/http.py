"""The one way out to the network: one deadline a request, no redirect, no repetition, only allowed hosts."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from time import monotonic

from dingbell.channels import network
from dingbell.channels.connecting import Trace, connect
from dingbell.channels.connection import MAX_ANSWER_BYTES
from dingbell.channels.hosts import PORTS, Endpoint, Hosts, Url, endpoint, is_doubtful, split
from dingbell.channels.idle import IdleConnections
from dingbell.channels.network_error import NetworkError
from dingbell.channels.proxy import Proxy
from dingbell.channels.redaction import redact

__all__ = ["MAX_ANSWER_BYTES", "Hosts", "Http", "NetworkError", "Reply", "Trace", "redact"]

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read to its end. `headers` holds Date, Content-Type and Retry-After only, in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float

    def clock_skew_s(self, started: datetime) -> float | None:
        """Seconds by which the local clock runs ahead of the server's Date header; None without a usable one.

        `started` is the local time (aware) at which the request began. Date is exact to one second.
        """
        try:
            date = _date(self.headers["date"])
            if date.tzinfo is None:
                date = date.replace(tzinfo=UTC)
            began_there = date - timedelta(seconds=self.elapsed_s)
        except (KeyError, ValueError, OverflowError):
            return None
        return round((started - began_there).total_seconds(), 1)


_date = lru_cache(16)(parsedate_to_datetime)  # the same to all who ask within a second


@dataclass(frozen=True, slots=True)
class _Route:
    """What is the same for all requests to an address, whatever its query. `target` stands in the request line."""

    to: Endpoint
    proxy: Proxy | None
    target: str
    headers: str


class Http:
    """For any number of event loops and threads at once; one per process.

    `proxy` is a URL that may carry `user:password@`; `ca_file` adds to the system's certificates. Requests to
    loopback never use the proxy: there it would be the proxy's own machine.
    Raises ValueError for a base URL, proxy or CA file that cannot be used.
    """

    def __init__(
        self,
        *,
        oapi_url: str = "https://oapi.dingtalk.com",
        api_url: str = "https://api.dingtalk.com",
        extra_hosts: Iterable[str] = (),
        proxy: str | None = None,
        ca_file: str | None = None,
        total_deadline_s: float = 10.0,
    ) -> None:
        self.hosts = Hosts(oapi_url, api_url, tuple(extra_hosts))
        self._deadline_s = total_deadline_s
        self._tls = _tls(ca_file)
        self._proxy = Proxy.parse(proxy) if proxy else None
        self._route = lru_cache(1024)(self._find_route)
        self._lock = threading.Lock()
        self._idle: dict[asyncio.AbstractEventLoop, IdleConnections] = {}

    def post_json(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """`request` with JSON in UTF-8."""
        return self.request("POST", url, body, headers)

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        trace: Trace | None = None,
    ) -> Reply:
        """`exchange` for a thread without an event loop."""
        return network.run(self.exchange(method, url, body, headers, trace))

    async def exchange(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        trace: Trace | None = None,
    ) -> Reply:
        """One exchange within the total deadline, whatever its status. Raises NetworkError.

        `body` is JSON in UTF-8. With `trace` it goes over a new connection, and how far that came is noted there.
        """
        started = monotonic()
        route, query = self._routed(url)
        request = _request(method, route, query, body, headers)
        idle = self._idle.get(asyncio.get_running_loop()) or await self._keep_idle()
        connection = idle.take(route.to) if trace is None else None
        if connection is None:
            connection = await connect(route.to, route.proxy, self._tls, started + self._deadline_s, trace)
        try:
            left = started + self._deadline_s - monotonic()
            if left <= 0:
                raise NetworkError("connect_timeout", maybe_taken=False)
            answer = await connection.ask(request, left)
        except BaseException:
            connection.abort()
            raise
        if connection.keeps:
            idle.give(route.to, connection)
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s %s %s", method, redact(url), answer.status)
        return Reply(*answer, monotonic() - started)

    def proxied(self, parts: Url) -> bool:
        """Whether a request there goes through the proxy."""
        return self._proxy is not None and parts.host not in LOOPBACK

    def close(self) -> None:
        """Close idle connections, from any thread; the object stays usable."""
        with self._lock:
            before, self._idle = self._idle, {}
        for loop, idle in before.items():
            with suppress(RuntimeError):  # a loop that has ended has closed its own
                loop.call_soon_threadsafe(idle.close)

    async def _keep_idle(self) -> IdleConnections:
        loop = asyncio.get_running_loop()
        idle = IdleConnections(loop)
        await idle.begin()
        with self._lock:
            self._idle = {known: kept for known, kept in self._idle.items() if not known.is_closed()}
            return self._idle.setdefault(loop, idle)

    def _routed(self, url: str) -> tuple[_Route, str]:
        """The way there, and the query with its mark: the robots' tokens are in no cache."""
        if is_doubtful(url):
            raise NetworkError("address_invalid", maybe_taken=False)
        address, _, query = url.partition("#")[0].partition("?")
        return self._route(address), f"?{query}" if query else ""

    def _find_route(self, address: str) -> _Route:
        """What is checked and what is called come from the same parts."""
        parts = split(address)
        refusal = self.hosts.refusal(address)
        if refusal or parts is None:
            raise NetworkError(refusal or "address_invalid", maybe_taken=False)
        to = scheme, host, port = endpoint(parts)
        there = host if port == PORTS[scheme] else f"{host}:{port}"
        path = parts.path or "/"
        headers = f"Host: {there}\r\nUser-Agent: DingBell\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
        if not self.proxied(parts) or self._proxy is None:
            return _Route(to, None, path, headers)
        if scheme == "https":
            return _Route(to, self._proxy, path, headers)
        return _Route(to, self._proxy, f"http://{there}{path}", headers + self._proxy.authorization)


def _request(method: str, route: _Route, query: str, body: bytes | None, extra: Mapping[str, str] | None) -> bytes:
    head = f"{method} {route.target}{query} HTTP/1.1\r\n{route.headers}"
    for name, value in (extra or {}).items():
        if not value.isprintable():
            raise ValueError(f"the header {name} holds a line break")
        head += f"{name}: {value}\r\n"
    if body is None:
        return f"{head}\r\n".encode("latin-1")
    length = f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return f"{head}{length}".encode("latin-1") + body


def _tls(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ValueError(f"the CA file {ca_file} cannot be used: {error.strerror or error}") from None
    return context
