"""One HTTP/1.1 connection of an event loop: a request leaves in one write, its answer is read as it comes."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from dingbell.channels.network_error import NetworkError, wording

# Below the shortest common keep-alive time of servers (5 s), so that the peer hardly ever closes an idle
# connection in the moment we write to it: that would look like a message that may have been taken.
IDLE_S = 4.0
MAX_ANSWER_BYTES = 256 * 1024
_MAX_HEAD_BYTES = 64 * 1024
# With the frame of chunks, which may be several times their content.
_MAX_RECEIVED_BYTES = 8 * MAX_ANSWER_BYTES
_KEPT_HEADERS = {b"date": "date", b"content-type": "content-type", b"retry-after": "retry-after"}
_FRAMING = (b"content-length", b"transfer-encoding")


class Answer(NamedTuple):
    """`headers` holds Date, Content-Type and Retry-After only, in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection(asyncio.Protocol):
    """Takes one request at a time. What comes unasked ends it."""

    __slots__ = (
        "_answer", "_body", "_complete", "_framed", "_headers", "_headers_complete", "_idle_since", "_keeps", "_loop",
        "_parser", "_peek", "_received", "_status", "_timer", "_transport", "_tunnel",
    )  # fmt: skip

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._answer: asyncio.Future[Answer] | None = None
        self._keeps = True

    def ask(self, request: bytes, seconds: float, *, tunnel: bool = False) -> asyncio.Future[Answer]:
        """The answer, which must come within `seconds`. Its future raises NetworkError; who cancels it aborts.

        `tunnel`: the request is a CONNECT, after whose answer reading pauses until TLS begins.
        """
        if self._transport.is_closing():
            raise NetworkError("connection_reset", maybe_taken=False, detail="closed before the request")
        self._tunnel = tunnel
        self._parser = HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._received = self._status = 0
        self._framed = self._headers_complete = self._complete = False
        self._answer = answer = self._loop.create_future()
        self._timer = self._loop.call_later(seconds, self._fail, "timeout", "no complete answer in time")
        self._transport.write(request)
        return answer

    def is_usable(self, now: float) -> bool:
        """Whether another request may be sent; `now` is monotonic. One that the peer has closed is not usable."""
        return self.keeps and now - self._idle_since < IDLE_S and not self._peek()

    @property
    def keeps(self) -> bool:
        """Whether both sides want it to stay open."""
        return self._keeps and not self._transport.is_closing()

    @property
    def transport(self) -> asyncio.Transport:
        return self._transport

    def carry_on(self, transport: asyncio.Transport) -> None:
        """From now on through TLS."""
        self._transport = transport

    def abort(self) -> None:
        """Close at once, without the farewell of TLS, for which a peer could let us wait."""
        if self._answer is not None:
            self._answer = None
            self._timer.cancel()
        self._transport.abort()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._peek = _peeking(transport.get_extra_info("socket").fileno())

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.abort()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._keeps = False
            if not self._complete:
                self._fail("bad_response", str(error))
                return
        if len(self._body) > MAX_ANSWER_BYTES or self._received > _MAX_RECEIVED_BYTES:
            self._fail("response_too_large", f"HTTP {self._status}")
        elif self._complete:
            self._finish()
        elif not self._headers_complete and self._received > _MAX_HEAD_BYTES:
            self._fail("bad_response", "endless headers")

    def eof_received(self) -> None:
        self.connection_lost(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._keeps = False
        if self._answer is None:
            return
        if exc is None and self._headers_complete and not self._framed:
            self._finish()  # an answer that ends with the connection
        else:
            self._fail("connection_reset", wording(exc) if isinstance(exc, OSError) else "closed by the other side")

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._complete:
            raise ValueError("more than one answer")  # becomes the parser's error

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower in _FRAMING:
            self._framed = True
        elif (kept := _KEPT_HEADERS.get(lower)) and not self._headers_complete:
            before = self._headers.get(kept)
            text = value.decode("latin-1").strip()
            self._headers[kept] = f"{before}, {text}" if before else text

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()
        if self._is_interim():
            return
        self._headers_complete = True
        if self._tunnel and 200 <= self._status < 300:
            self._complete = True
            self._transport.pause_reading()

    def on_body(self, piece: bytes) -> None:
        self._body += piece

    def on_message_complete(self) -> None:
        if self._is_interim():
            self._headers, self._framed = {}, False
            return
        self._complete = True
        self._keeps = self._keeps and self._parser.should_keep_alive() and self._status != 101

    def _is_interim(self) -> bool:
        return 100 <= self._status < 200 and self._status != 101

    def _finish(self) -> None:
        answer, self._answer = self._answer, None
        self._timer.cancel()
        if self._keeps:
            self._idle_since = monotonic()
        else:
            self._transport.abort()
        if answer is not None and not answer.done():
            answer.set_result(Answer(self._status, self._headers, bytes(self._body)))

    def _fail(self, reason: str, detail: str) -> None:
        answer = self._answer
        self.abort()
        if answer is not None and not answer.done():
            answer.set_exception(NetworkError(reason, maybe_taken=True, detail=detail))


def _peeking(file: int) -> Callable[[], bool]:
    """Asks whether something can be read now: the loop may not have come round to what the system knows already."""
    if not hasattr(select, "poll"):  # Windows, where select takes any socket
        return lambda: bool(select.select([file], [], [], 0)[0])
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return lambda: bool(poll.poll(0))
