"""How an answer may be framed, and how much of it is read."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from dingbell.channels.http import Http, Reply
from tests.channels.exchanges import failure, http, once
from tests.channels.servers import RawServer, read_request

BODY = b'{"errcode":0}'
LENGTH = b"Content-Length: %d\r\n" % len(BODY)


class Counted:
    """Answers every request of a connection the same way, in pieces, until it is told to close."""

    def __init__(self, reply: bytes, *, closes: bool, piece: int = 0) -> None:
        self.reply, self.closes, self.piece = reply, closes, piece or len(reply)

    def __call__(self, peer: socket.socket) -> None:
        while read_request(peer):
            for start in range(0, len(self.reply), self.piece):
                peer.sendall(self.reply[start : start + self.piece])
                if self.piece < len(self.reply):
                    time.sleep(0.001)
            if self.closes:
                return


@pytest.fixture
def client() -> Iterator[Http]:
    made = http(seconds=5.0)
    yield made
    made.close()


FRAMED = {
    "length": (b"HTTP/1.1 200 OK\r\n" + LENGTH + b"\r\n" + BODY, False),
    "chunked": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6;a=b\r\n" + BODY[:6] + b"\r\n7\r\n" + BODY[6:]
        + b"\r\n0\r\nRetry-After: 99\r\n\r\n",
        False,
    ),
    "interim": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nRetry-After: 99\r\n\r\nHTTP/1.1 200 OK\r\n" + LENGTH
        + b"\r\n" + BODY,
        False,
    ),
    "until it closes": (b"HTTP/1.1 200 OK\r\n\r\n" + BODY, True),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n" + LENGTH + b"\r\n" + BODY, True),
    "close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + LENGTH + b"\r\n" + BODY, True),
}  # fmt: skip


@pytest.mark.parametrize("piece", [0, 7], ids=["whole", "in pieces"])
@pytest.mark.parametrize(("reply", "closes"), FRAMED.values(), ids=FRAMED.keys())
def test_every_way_to_frame_an_answer(client: Http, reply: bytes, closes: bool, piece: int) -> None:
    with RawServer(Counted(reply, closes=closes, piece=piece)) as server:
        for _ in range(2):
            got = client.post_json(server.url, b"{}")
            assert (got.status, got.body, got.headers) == (200, BODY, {})
        assert server.connections == (2 if closes else 1)


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body(client: Http, status: int) -> None:
    with RawServer(Counted(b"HTTP/1.1 %d Nothing\r\n\r\n" % status, closes=False)) as server:
        for _ in range(2):
            got = client.post_json(server.url, b"{}")
            assert (got.status, got.body) == (status, b"")
        assert server.connections == 1


def test_a_server_that_wants_to_close_is_not_asked_again(client: Http) -> None:
    """Even if it then does not close."""
    with RawServer(Counted(FRAMED["close"][0], closes=False)) as server:
        for _ in range(2):
            assert client.post_json(server.url, b"{}").status == 200
        assert server.connections == 2


def test_another_protocol_is_an_answer_that_ends_the_connection(client: Http) -> None:
    reply = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00"
    with RawServer(Counted(reply, closes=False)) as server:
        for _ in range(2):
            assert client.post_json(server.url, b"{}").status == 101
        assert server.connections == 2


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Flood: 1\r\n" * 20_000,
        b"HTTP/1.1 200 OK\r\nX-Flood: " + b"1" * 200_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["headers", "a long header", "interim", "two lengths", "length and chunks", "negative", "no chunk"],
)
def test_what_nobody_can_read_is_refused_before_the_deadline(client: Http, reply: bytes) -> None:
    def flood(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(reply)
        peer.recv(1)

    with RawServer(flood) as server:
        error = failure(client, server.url)
    assert (error.reason, error.maybe_taken) == ("bad_response", True)


@pytest.mark.parametrize("piece", [b"1\r\n \r\n", b"1;" + b"x" * 100 + b"\r\n \r\n"], ids=["chunks", "extensions"])
def test_small_chunks_are_bounded_too(client: Http, piece: bytes) -> None:
    def flood(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(piece * 1000)

    with RawServer(flood) as server:
        assert failure(client, server.url).reason == "response_too_large"


@pytest.mark.parametrize("framing", [LENGTH, b"Transfer-Encoding: chunked\r\n"])
def test_a_framed_answer_that_ends_early_is_none(client: Http, framing: bytes) -> None:
    with RawServer(once(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n")) as server:
        error = failure(client, server.url)
    assert (error.reason, error.maybe_taken) == ("connection_reset", True)


def test_what_is_sent(client: Http) -> None:
    asked: list[bytes] = []

    def handle(peer: socket.socket) -> None:
        asked.append(read_request(peer))
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def ask(url: str) -> Reply:
        return await client.exchange("GET", url, headers={"X-Mine": "1"})

    with RawServer(handle) as server:
        asyncio.run(ask(f"{server.url}/robot/send?b=%2F/?#fragment"))
    head = b"GET /robot/send?b=%%2F/? HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % server.port
    rest = b"User-Agent: DingBell\r\nAccept: application/json\r\nAccept-Encoding: identity\r\nX-Mine: 1\r\n\r\n"
    assert asked == [head + rest]


@pytest.mark.parametrize("value", ["1\r\nX-Other: 2", "1\n", "\x00"])
def test_a_header_cannot_add_another(client: Http, value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        client.post_json("https://oapi.dingtalk.com/", b"{}", {"X-Mine": value})
