"""From a host name to its addresses. The system's resolver cannot be interrupted, so it never holds anybody else up."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from time import monotonic
from typing import Any

from dingbell.channels.network_error import NetworkError

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

# A look-up as old as this hangs: who asks then starts another one.
_HANGS_S = 5.0
_lock = threading.Lock()
_asked: dict[tuple[str, int], tuple[Future[Sequence[Address]], float]] = {}


async def resolve(host: str, port: int, seconds: float) -> Sequence[Address]:
    """The host's addresses, at least one. Raises NetworkError dns_failed, also when there is no answer in time."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        pass  # no address but a name: a matter of the network
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.wrap_future(_look_up(host, port))
    except TimeoutError:
        raise NetworkError("dns_failed", maybe_taken=False, detail=f"{host}: no answer in time") from None
    except (OSError, UnicodeError) as error:
        wording = getattr(error, "strerror", None) or "not a host name"
        raise NetworkError("dns_failed", maybe_taken=False, detail=f"{host}: {wording}") from None
    if not found:
        raise NetworkError("dns_failed", maybe_taken=False, detail="the name has no address")
    return found


def _look_up(host: str, port: int) -> Future[Sequence[Address]]:
    """All who ask for a host at the same time share one look-up, in a thread of its own."""
    with _lock:
        running = _asked.get((host, port))
        if running and monotonic() - running[1] < _HANGS_S:
            return running[0]
        answer: Future[Sequence[Address]] = Future()
        answer.set_running_or_notify_cancel()  # so that one who waits no longer ends it for nobody
        _asked[host, port] = answer, monotonic()
    threading.Thread(target=_ask, args=(host, port, answer), name=f"resolve {host}", daemon=True).start()
    return answer


def _ask(host: str, port: int, answer: Future[Sequence[Address]]) -> None:
    found: Sequence[Address] | OSError | UnicodeError
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        found = error
    with _lock:
        if (running := _asked.get((host, port))) and running[0] is answer:
            del _asked[host, port]
    if isinstance(found, list):
        answer.set_result(found)
    else:
        answer.set_exception(found)
