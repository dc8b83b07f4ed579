"""From an endpoint to a connection that stands: addresses, TCP, a proxy's tunnel, TLS. Nothing of a request leaves."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

from dingbell.channels.connection import Connection
from dingbell.channels.hosts import Endpoint
from dingbell.channels.network_error import NetworkError, not_connected
from dingbell.channels.proxy import Proxy
from dingbell.channels.resolving import resolve

CONNECT_S = 5.0


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


async def connect(
    to: Endpoint, proxy: Proxy | None, tls: ssl.SSLContext, ends: float, trace: Trace | None = None
) -> Connection:
    """A connection over which requests to `to` can be sent. `ends` is monotonic; CONNECT_S at most are used.

    Raises NetworkError, always with `maybe_taken` False.
    """
    ends = min(ends, monotonic() + CONNECT_S)
    scheme, host, _ = to
    if proxy is None:
        connection = await _open(to, tls, ends, trace)
    else:
        connection = await _through(proxy, to, tls, ends, trace)
        if scheme == "https":
            await _secure(connection, host, tls, ends)
    if trace is not None and scheme == "https":
        trace.certificate, trace.secured_at = connection.transport.get_extra_info("peercert"), monotonic()
    return connection


async def _through(proxy: Proxy, to: Endpoint, tls: ssl.SSLContext, ends: float, trace: Trace | None) -> Connection:
    """A connection to the proxy, and for https on through it to the other side."""
    try:
        connection = await _open(proxy.endpoint, tls, ends, trace)
        if to[0] == "https":
            try:
                answer = await connection.ask(proxy.tunnel_request(to), _left(ends), tunnel=True)
            except BaseException:
                connection.abort()
                raise
            if not connection.keeps or not 200 <= answer.status < 300 or answer.body:
                connection.abort()
                raise NetworkError("proxy_failed", maybe_taken=False, detail=f"HTTP {answer.status}")
    except NetworkError as error:
        raise NetworkError("proxy_failed", maybe_taken=False, detail=error.detail) from None
    return connection


async def _open(to: Endpoint, tls: ssl.SSLContext, ends: float, trace: Trace | None) -> Connection:
    """TCP, and TLS for https."""
    scheme, host, port = to
    sock = await _dial(host.strip("[]"), port, ends, trace)
    loop = asyncio.get_running_loop()
    secure = scheme == "https"
    async with _in_time(ends):
        _, connection = await loop.create_connection(
            lambda: Connection(loop),
            sock=sock,
            ssl=tls if secure else None,
            server_hostname=host.strip("[]") if secure else None,
        )
    return connection


async def _dial(host: str, port: int, ends: float, trace: Trace | None) -> socket.socket:
    """Try every address of the host, each for a share of the time: a dead IPv6 route leaves some."""
    addresses = await resolve(host, port, _left(ends))
    if trace is not None:
        found = (str(address[0]) for *_, address in addresses)
        trace.addresses, trace.resolved_at = tuple(dict.fromkeys(found)), monotonic()
    failure: NetworkError | None = None
    for position, (family, kind, protocol, _, address) in enumerate(addresses):
        share = _left(ends) / (len(addresses) - position)
        try:
            async with _in_time(monotonic() + share):
                sock = await _reach(socket.socket(family, kind, protocol), address)
        except NetworkError as error:
            failure = error
            continue
        if trace is not None:
            trace.address, trace.connected_at = str(address[0]), monotonic()
        return sock
    raise failure or NetworkError("dns_failed", maybe_taken=False)


async def _reach(sock: socket.socket, address: Any) -> socket.socket:
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _secure(connection: Connection, host: str, tls: ssl.SSLContext, ends: float) -> None:
    """TLS with the other side through the tunnel."""
    loop, plain = asyncio.get_running_loop(), connection.transport
    async with _in_time(ends):
        secured = await loop.start_tls(plain, connection, tls, server_hostname=host.strip("[]"))
    if secured is None:  # closed meanwhile
        raise NetworkError("connection_reset", maybe_taken=False)
    connection.carry_on(secured)


@asynccontextmanager
async def _in_time(ends: float) -> AsyncIterator[None]:
    """Raises NetworkError for what fails, and for what is not done in time."""
    try:
        async with asyncio.timeout(_left(ends)):
            yield
    except OSError as error:
        raise not_connected(error) from None


def _left(ends: float) -> float:
    return max(ends - monotonic(), 0.01)
