"""The short way of `POST /api/v1/events`: from uvicorn's HTTP parser straight to the writer (docs/decisions/0012).

An ASGI request costs a task, a scope and half a dozen coroutines, more than taking the event itself. Here the usual
case, a known token and good events, costs none of them. Whatever is not usual goes the ordinary way through
`sources/http.py`, as if this file did not exist; it decides nothing and says nothing of its own but 202.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from dingbell.pipeline.intake import Submission, TokenRevoked
from dingbell.sources import events
from dingbell.sources.asgi import LARGEST_BODY
from dingbell.sources.http import PATH, HttpSource, accepted
from dingbell.storage.writer import StorageUnavailable

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, HTTPScope

_URL = PATH.encode()
# Any of these asks for something the short way does not know.
_UNUSUAL = frozenset({b"transfer-encoding", b"content-encoding", b"accept-language", b"upgrade", b"expect"})


class Exchange:
    """One request on the short way. To uvicorn it is the connection's cycle, to the writer the future it answers."""

    __slots__ = (
        "accepted", "body", "digest", "disconnected", "keep_alive", "message_event", "protocol", "response_complete",
        "scope", "source",
    )  # fmt: skip

    def __init__(self, protocol: IntakeProtocol, source: HttpSource, digest: str) -> None:
        self.protocol = protocol
        self.source = source
        self.digest = digest
        self.scope: HTTPScope = protocol.scope
        self.body = bytearray()
        self.accepted = b""
        self.keep_alive = True
        self.response_complete = False
        self.disconnected = False
        self.message_event = _NOBODY_WAITS

    def begin(self) -> None:
        """The body is complete."""
        now_us = self.source.clock()
        try:
            parsed = events.parse(bytes(self.body), now_us, self.source.zone)
            if parsed.rejected or not parsed.reports:
                self.protocol.serve(self, self.protocol.app)
                return
            self.accepted = accepted(parsed)
            self.source.intake.submit_for(self, self.protocol.loop, Submission(parsed.reports, now_us, self.digest))
        except events.Malformed:
            self.protocol.serve(self, self.protocol.app)
        except StorageUnavailable as error:
            self.set_exception(error)

    def done(self) -> bool:
        return self.disconnected

    def set_result(self, refused: TokenRevoked | None) -> None:
        if refused is None:
            self.protocol.answer(self)
        else:
            self.set_exception(refused)

    def set_exception(self, error: BaseException) -> None:
        self.protocol.serve(self, self.source.refusing(error))


class _NobodyWaits:
    """uvicorn wakes the application of a cycle through `message_event.set()`; here is none to wake."""

    def set(self) -> None:
        pass


_NOBODY_WAITS = _NobodyWaits()


class IntakeProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, with the short way for what looks usual when its headers are complete."""

    def on_headers_complete(self) -> None:
        exchange = self._usual()
        if exchange is None:
            super().on_headers_complete()
        else:
            self.cycle = exchange  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        if isinstance(self.cycle, Exchange):
            self.cycle.body += body
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if isinstance(self.cycle, Exchange):
            self.cycle.begin()
        else:
            super().on_message_complete()

    def answer(self, exchange: Exchange) -> None:
        """202, and the next request of the connection."""
        exchange.response_complete = True
        if self.transport.is_closing():
            return
        head = [b"HTTP/1.1 202 Accepted\r\n"]
        for name, value in self.server_state.default_headers:
            head += (name, b": ", value, b"\r\n")
        if not exchange.keep_alive:
            head.append(b"connection: close\r\n")
        head.append(b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(exchange.accepted))
        head.append(exchange.accepted)
        self.transport.write(b"".join(head))
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def serve(self, exchange: Exchange, app: Callable[..., Awaitable[None]]) -> None:
        """Let `app` answer this request: the ordinary way, with the body that has arrived."""
        if exchange.disconnected or self.transport.is_closing():
            return
        scope = exchange.scope
        scope["method"], scope["path"], scope["raw_path"], scope["query_string"] = "POST", PATH, _URL, b""
        cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=self.access_log,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=exchange.keep_alive,
            on_response=self.on_response_complete,
        )
        cycle.body, cycle.more_body = exchange.body, False
        cycle.message_event.set()
        if exchange is self.cycle:  # type: ignore[comparison-overlap]  # else requests are queued behind it, and the last of them stands here
            self.cycle = cycle
        self._start_asgi_task(cycle, cast("ASGI3Application", app))

    def _usual(self) -> Exchange | None:
        source: HttpSource | None = getattr(self.app, "events", None)
        if self.url != _URL or source is None or self.parser.get_method() != b"POST":
            return None
        if self.cycle is not None and not self.cycle.response_complete:
            return None  # pipelined: it waits its turn the ordinary way
        if self.parser.get_http_version() != "1.1" or not self.parser.should_keep_alive():
            return None
        token, length = b"", 0
        for name, value in self.headers:
            if name == b"authorization":
                token = value
            elif name == b"content-length":
                length = int(value) if value.isdigit() else 0
            elif name in _UNUSUAL:
                return None
        digest = source.known(token) if 0 < length <= LARGEST_BODY else None
        return None if digest is None else Exchange(self, source, digest)
