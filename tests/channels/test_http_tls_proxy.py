from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.channels.exchanges import OK, TOKEN, drip, failure, http, once
from tests.channels.loops import LOOPS
from tests.channels.servers import Handler, RawServer, always, certificate, read_request


class TestTls:
    def test_a_ca_file_is_trusted(self, tmp_path: Path) -> None:
        file, context = certificate(tmp_path)
        client = http(ca_file=file)
        with RawServer(always(OK), context) as server:
            assert client.post_json(server.url, b"{}").status == 200
            assert client.post_json(server.url, b"{}").status == 200
            client.close()
            assert server.connections == 1

    @pytest.mark.parametrize("content", [None, b"no certificate"])
    def test_a_ca_file_that_is_none(self, tmp_path: Path, content: bytes | None) -> None:
        file = tmp_path / "ca.pem"
        if content:
            file.write_bytes(content)
        with pytest.raises(ValueError, match="CA file"):
            http(ca_file=file)


class TestProxy:
    def test_plain_requests_are_forwarded_with_the_account(self) -> None:
        requests = []

        def handle(peer: socket.socket) -> None:
            requests.append(read_request(peer))
            peer.sendall(OK)

        with RawServer(handle) as proxy:
            client = http("plant.example", proxy=proxy.url.replace("//", "//wang:p%40ss@"))
            assert client.post_json("http://plant.example/robot/send", b"{}").status == 200
        assert requests[0].startswith(b"POST http://plant.example/robot/send HTTP/1.1\r\n")
        assert b"proxy-authorization: basic d2fuzzpwqhnz" in requests[0].lower()

    def test_tls_goes_through_a_tunnel(self, tmp_path: Path) -> None:
        file, context = certificate(tmp_path, names=("plant.example",))
        asked = []

        def handle(peer: socket.socket) -> None:
            asked.append(read_request(peer).split(b"\r\n")[0])
            peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with _tls_side(context, peer) as inner:
                read_request(inner)
                inner.sendall(OK)

        with RawServer(handle) as proxy:
            client = http("plant.example", proxy=proxy.url, ca_file=file)
            assert client.post_json("https://plant.example/robot/send", b"{}").status == 200
        assert [line.rsplit(b" ", 1)[0] for line in asked] == [b"CONNECT plant.example:443"]

    @pytest.mark.parametrize("loop", LOOPS, ids=lambda made: made.__module__)
    def test_a_proxy_behind_tls_sees_no_request_to_others(self, tmp_path: Path, loop: Any) -> None:
        file, context = certificate(tmp_path, names=("127.0.0.1", "plant.example"))
        asked, posted = [], []

        def handle(peer: socket.socket) -> None:
            asked.append(read_request(peer))
            if not asked[-1].startswith(b"CONNECT"):
                peer.sendall(OK)
                return
            peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            tunnel = _Inner(context, peer)
            posted.append(tunnel.read())
            tunnel.write(OK)

        async def post(scheme: str) -> int:
            return (await client.exchange("POST", f"{scheme}://plant.example/robot/send", b"{}")).status

        with RawServer(handle, context) as proxy:
            client = http("plant.example", proxy=proxy.url.replace("//", "//wang:secret@"), ca_file=file)
            with asyncio.Runner(loop_factory=loop) as runner:
                assert runner.run(post("https")) == 200
                assert runner.run(post("http")) == 200
        assert [one.split(b"\r\n")[0] for one in asked] == [
            b"CONNECT plant.example:443 HTTP/1.1",
            b"POST http://plant.example/robot/send HTTP/1.1",
        ]
        assert b"authorization" not in posted[0].lower()
        assert posted[0].startswith(b"POST /robot/send HTTP/1.1\r\nHost: plant.example\r\n")

    @pytest.mark.parametrize(
        "handler",
        [
            once(b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
            once(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"),
            once(b"HTTP/1.1 503 No way\r\n\r\n"),
            lambda peer: None,
            drip(b"HTTP/1.1 200 O", b"K"),
        ],
        ids=["talkative", "407", "503", "closed", "drip"],
    )
    def test_a_proxy_that_fails(self, handler: Handler) -> None:
        with RawServer(handler) as proxy:
            error = failure(http("plant.example", proxy=proxy.url, seconds=1), "https://plant.example")
        assert (error.reason, error.maybe_taken) == ("proxy_failed", False)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_proxy_that_is_not_there(self, unused_port: int, scheme: str) -> None:
        client = http("plant.example", proxy=f"http://wang:{TOKEN}@127.0.0.1:{unused_port}")
        error = failure(client, f"{scheme}://plant.example")
        assert (error.reason, error.maybe_taken) == ("proxy_failed", False)

    def test_untrusted_certificate_behind_the_proxy(self, tmp_path: Path) -> None:
        _, context = certificate(tmp_path)

        def handle(peer: socket.socket) -> None:
            read_request(peer)
            peer.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _tls_side(context, peer)

        with RawServer(handle) as proxy:
            error = failure(http("plant.example", proxy=proxy.url), "https://plant.example")
        assert (error.reason, error.maybe_taken) == ("tls_failed", False)

    def test_loopback_does_not_use_it(self, unused_port: int) -> None:
        with RawServer(once(OK)) as server:
            client = http(proxy=f"127.0.0.1:{unused_port}")
            assert client.post_json(server.url, b"{}").status == 200

    def test_nonsense_is_refused(self) -> None:
        with pytest.raises(ValueError, match="proxy"):
            http(proxy="ftp://x y")


class _Inner:
    """The other side's TLS within the proxy's: a socket cannot carry both."""

    def __init__(self, context: ssl.SSLContext, peer: socket.socket) -> None:
        self._peer, self._came, self._goes = peer, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._goes, server_side=True)
        self._step(self._tls.do_handshake)

    def read(self) -> bytes:
        return bytes(self._step(lambda: self._tls.read(65536)))

    def write(self, data: bytes) -> None:
        self._step(lambda: self._tls.write(data))

    def _step(self, act: Callable[[], Any]) -> Any:
        while True:
            try:
                done = act()
            except ssl.SSLWantReadError:
                self._peer.sendall(self._goes.read())
                self._came.write(self._peer.recv(65536))
                continue
            self._peer.sendall(self._goes.read())
            return done


def _tls_side(context: ssl.SSLContext, peer: socket.socket) -> ssl.SSLSocket:
    return context.wrap_socket(peer, server_side=True)
