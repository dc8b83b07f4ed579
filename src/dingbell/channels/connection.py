"""Connections that keep one deadline over everything they do, and say whether a failed request was taken."""

from __future__ import annotations

import http.client
import io
import queue
import socket
import ssl
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, SSLError
from urllib3.response import HTTPResponse

CONNECT_S = 5.0
# Below the shortest common keep-alive time of servers (5 s), so that the peer hardly ever closes an idle
# connection in the moment we write to it: that would look like a message that may have been taken.
IDLE_S = 4.0

# urllib3 knows only a time-out per socket call; the end of the whole request travels to the sockets this way.
ends_at: ContextVar[float] = ContextVar("ends_at")


@dataclass(slots=True)
class Trace:
    """How far a new connection came, and when (monotonic seconds); through a proxy the addresses are the proxy's.

    `certificate` is the other side's, as ssl.SSLSocket.getpeercert() gives it.
    """

    addresses: tuple[str, ...] = ()
    address: str = ""
    certificate: dict[str, Any] | None = None
    resolved_at: float | None = None
    connected_at: float | None = None
    secured_at: float | None = None


# Set for a request that somebody watches.
watching: ContextVar[Trace | None] = ContextVar("watching", default=None)


class NetworkError(Exception):
    """No usable answer. `maybe_taken` is False only if the other side certainly did not take the request.

    `reason` is one of dns_failed, connection_refused, unreachable, connect_timeout, tls_failed, proxy_failed,
    timeout, connection_reset, bad_response, response_too_large, host_not_allowed, http_not_allowed,
    address_invalid. `detail` carries no secret.
    """

    def __init__(self, reason: str, *, maybe_taken: bool, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.maybe_taken = maybe_taken
        self.detail = detail


def left() -> float:
    """Seconds the running request still has; raises TimeoutError when there are none."""
    seconds = ends_at.get() - monotonic()
    if seconds <= 0:
        raise TimeoutError("the request's time is over")
    return seconds


class _DeadlineReader(io.RawIOBase):
    """Reads a socket so that many small pieces cannot add up to more than the deadline."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        # makefile, not recv: http.client closes the socket before the body is read, this reference keeps it.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(left())
        count = self._raw.readinto(buffer)
        # After a proxy's answer the TLS handshake goes on with this socket and its time-out.
        self._sock.settimeout(left())
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineSocket:
    """The one method http.client uses of the socket it gets for a response."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self._sock))


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(_DeadlineSocket(sock), *args, **kwargs)  # type: ignore[arg-type]


class DeadlineConnection(HTTPConnection):
    response_class = _DeadlineResponse
    idle_s = IDLE_S
    _used_at = 0.0

    @property
    def is_connected(self) -> bool:
        """The pool asks before it uses a connection again; an old one counts as gone."""
        return super().is_connected and monotonic() - self._used_at < self.idle_s

    def connect(self) -> None:
        """Raises NetworkError: until this returns no byte of the request has left."""
        try:
            super().connect()
        except NetworkError as error:
            reason = "proxy_failed" if self.proxy else error.reason
            raise NetworkError(reason, maybe_taken=False, detail=error.detail) from None
        except (OSError, ValueError, http.client.HTTPException, HTTPError) as error:
            reason = self._connect_reason(error)
            raise NetworkError(reason, maybe_taken=False, detail=_detail(error)) from None
        if (trace := watching.get()) is not None and hasattr(self.sock, "getpeercert"):
            trace.certificate, trace.secured_at = self.sock.getpeercert(), monotonic()

    def send(self, data: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(left())
        super().send(data)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3's own deviation
        response = super().getresponse()
        self._used_at = monotonic()
        return response

    def _connect_reason(self, error: Exception) -> str:
        tls = isinstance(error, (ssl.SSLError, SSLError))
        if self.proxy and not (tls and self.has_connected_to_proxy):
            return "proxy_failed"
        return "tls_failed" if tls else _reason(error)

    def _new_conn(self) -> socket.socket:
        """Try every address of the host, each for a share of the time: a dead IPv6 route leaves some."""
        try:
            ends = monotonic() + min(CONNECT_S, left())
            trace = watching.get()
            addresses = _resolve(self._dns_host, self.port, ends - monotonic())
            if trace is not None:
                found = (str(address[0]) for *_, address in addresses)
                trace.addresses, trace.resolved_at = tuple(dict.fromkeys(found)), monotonic()
            for position, (family, kind, protocol, _, address) in enumerate(addresses):
                share = (ends - monotonic()) / (len(addresses) - position)
                sock = socket.socket(family, kind, protocol)
                try:
                    for option in self.socket_options or ():
                        sock.setsockopt(*option)
                    sock.settimeout(max(share, 0.01))
                    sock.connect(address)
                    if trace is not None:
                        trace.address, trace.connected_at = str(address[0]), monotonic()
                    sock.settimeout(max(ends - monotonic(), 0.01))
                    return sock
                except OSError:
                    sock.close()
                    if position + 1 == len(addresses):
                        raise
        except OSError as error:
            raise NetworkError(_reason(error), maybe_taken=False, detail=_detail(error)) from None
        raise NetworkError("dns_failed", maybe_taken=False, detail="the name has no address")


class DeadlineTlsConnection(DeadlineConnection, HTTPSConnection):
    pass


class DeadlinePool(HTTPConnectionPool):
    ConnectionCls = DeadlineConnection


class DeadlineTlsPool(HTTPSConnectionPool):
    ConnectionCls = DeadlineTlsConnection


Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


def _resolve(host: str, port: int, seconds: float) -> list[Address]:
    """The host's addresses. Raises NetworkError dns_failed, also when the system's resolver takes too long.

    The resolver cannot be interrupted: it runs in a thread of its own that is left behind when time is up.
    """
    answers: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError("not a host name"))

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise NetworkError("dns_failed", maybe_taken=False, detail=f"{host}: no answer in time") from None
    if isinstance(answer, OSError):
        raise NetworkError("dns_failed", maybe_taken=False, detail=f"{host}: {_detail(answer)}")
    return answer


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "connect_timeout"
    if isinstance(error, ConnectionRefusedError):
        return "connection_refused"
    return "connection_reset" if isinstance(error, ConnectionError) else "unreachable"


def _detail(error: BaseException) -> str:
    """The innermost wording, without what urllib3 wraps round it (which may hold a URL)."""
    while error.args and isinstance(error.args[-1], BaseException):
        error = error.args[-1]
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
