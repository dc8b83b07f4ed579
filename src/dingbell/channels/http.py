"""The one way out to the network: one deadline a request, no redirect, no repetition, only allowed hosts."""

from __future__ import annotations

import http.client
import logging
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any, cast
from urllib.parse import unquote

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, SSLError
from urllib3.exceptions import TimeoutError as UrllibTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Url

from dingbell.channels.connection import CONNECT_S, DeadlinePool, DeadlineTlsPool, NetworkError, ends_at
from dingbell.channels.hosts import Hosts, address, split
from dingbell.channels.redaction import redact

__all__ = ["Hosts", "Http", "NetworkError", "Reply", "redact"]

MAX_ANSWER_BYTES = 256 * 1024
KEPT_HEADERS = ("date", "content-type", "retry-after")
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
URLLIB3_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read to its end. `headers` holds KEPT_HEADERS only, in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_s: float

    def clock_skew_s(self, started: datetime) -> float | None:
        """Seconds by which the local clock runs ahead of the server's Date header; None without a usable one.

        `started` is the local time (aware) at which the request began. Date is exact to one second.
        """
        try:
            date = parsedate_to_datetime(self.headers["date"])
        except (KeyError, ValueError):
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        return round((started + timedelta(seconds=self.elapsed_s) - date).total_seconds(), 1)


class Http:
    """Thread-safe; one per process.

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
        connections_per_host: int = 32,
    ) -> None:
        self.hosts = Hosts(oapi_url, api_url, tuple(extra_hosts))
        self._deadline_s = total_deadline_s
        options: dict[str, Any] = {
            "maxsize": connections_per_host,
            "num_pools": 32,
            "ssl_context": _tls(ca_file),
        }
        self._direct = _with_deadline(urllib3.PoolManager(**options))
        self._out = _with_deadline(_proxied(proxy, options)) if proxy else self._direct
        for name in URLLIB3_LOGGERS:
            logging.getLogger(f"urllib3.{name}").addFilter(_without_secrets)

    def post_json(self, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """`body` is JSON in UTF-8. Raises NetworkError."""
        return self.request("POST", url, body, headers)

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """One exchange within the total deadline, whatever its status. Raises NetworkError."""
        refusal = self.hosts.refusal(url)
        parts = address(url)
        if refusal or parts is None:
            raise NetworkError(refusal or "address_invalid", maybe_taken=False)
        started = monotonic()
        token = ends_at.set(started + self._deadline_s)
        try:
            way, target = self._way(parts, url)
            response = way.urlopen(
                method,
                target,
                body=body,
                headers=_headers(body, headers),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=CONNECT_S, read=self._deadline_s),
            )
            content = _read(response)
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            # `from None`: the library's own exceptions carry the URL.
            raise NetworkError(_reason(error), maybe_taken=True, detail=_wording(error)) from None
        finally:
            ends_at.reset(token)
        kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        return Reply(response.status, kept, content, monotonic() - started)

    def proxied(self, parts: Url) -> bool:
        """Whether a request there goes through the proxy."""
        return self._out is not self._direct and parts.host not in LOOPBACK

    def _way(self, parts: Url, url: str) -> tuple[urllib3.PoolManager | DeadlinePool, str]:
        """Who makes the request, and what of the URL they are given: a pool parses less of it than its manager."""
        if self.proxied(parts):
            return self._out, url
        pool = self._direct.connection_from_host(parts.host, parts.port, parts.scheme)
        path, query = parts.path or "/", url.partition("#")[0].partition("?")[2]
        return cast(DeadlinePool, pool), f"{path}?{query}" if query else path

    def close(self) -> None:
        """Close idle connections; the object stays usable."""
        self._direct.clear()
        self._out.clear()


def _read(response: BaseHTTPResponse) -> bytes:
    """The whole body; gives the connection back. Raises what urllib3 raises, or NetworkError if too large."""
    content = bytearray()
    # Until nothing comes: only the read after the last byte tells a complete body from a broken one.
    while piece := response.read(64 * 1024):
        content += piece
        if len(content) > MAX_ANSWER_BYTES:
            response.close()
            raise NetworkError("response_too_large", maybe_taken=True, detail=f"HTTP {response.status}")
    response.release_conn()
    return bytes(content)


def _headers(body: bytes | None, extra: Mapping[str, str] | None) -> dict[str, str]:
    headers = {"User-Agent": "DingBell", "Accept": "application/json", "Accept-Encoding": "identity"}
    if body is not None:
        headers["Content-Type"] = "application/json; charset=utf-8"
    return {**headers, **(extra or {})}


def _tls(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise ValueError(f"the CA file {ca_file} cannot be used: {error.strerror or error}") from None
    return context


def _proxied(proxy: str, options: dict[str, Any]) -> urllib3.ProxyManager:
    scheme, _, rest = proxy.strip().rpartition("://")
    credentials, _, address = rest.rpartition("@")
    url = f"{scheme or 'http'}://{address}"
    if split(url) is None:
        raise ValueError("the proxy is not an http(s) address")
    headers = urllib3.make_headers(proxy_basic_auth=unquote(credentials)) if credentials else None
    return urllib3.ProxyManager(url, proxy_headers=headers, **options)


def _with_deadline(manager: urllib3.PoolManager) -> urllib3.PoolManager:
    manager.pool_classes_by_scheme = {"http": DeadlinePool, "https": DeadlineTlsPool}
    return manager


def _reason(error: Exception) -> str:
    cause = error.args[-1] if isinstance(error, ProtocolError) and error.args else error
    if isinstance(error, (UrllibTimeoutError, TimeoutError)) or isinstance(cause, TimeoutError):
        return "timeout"
    if isinstance(cause, (OSError, SSLError, http.client.IncompleteRead)):
        return "connection_reset"
    return "bad_response"


def _wording(error: Exception) -> str:
    return redact(str(error.args[-1] if error.args else type(error).__name__))[:200]


def _without_secrets(record: logging.LogRecord) -> bool:
    """urllib3 logs the path with its query at DEBUG."""
    record.msg, record.args = redact(record.getMessage()), None
    return True
