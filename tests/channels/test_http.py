from __future__ import annotations

import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dingbell.channels import connection
from dingbell.channels.http import MAX_ANSWER_BYTES, Http, NetworkError, Reply
from tests.channels.exchanges import OK, TOKEN, drip, failure, http, once, reset
from tests.channels.servers import Handler, RawServer, always, answer, certificate, read_request

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_FOREVER_S = 5  # without a deadline of the whole exchange a drip never ends


class TestExchange:
    def test_sends_json_and_reads_the_answer(self) -> None:
        requests = []

        def handle(peer: socket.socket) -> None:
            requests.append(read_request(peer))
            peer.sendall(answer(b'{"errcode":0}', headers="Date: Sun, 22 Nov 2026 07:58:00 GMT\r\nX-Other: 1\r\n"))

        with RawServer(handle) as server:
            reply = http().post_json(f"{server.url}/robot/send", '{"a":"泵"}'.encode(), {"X-Mine": "2"})
        assert reply.status == 200
        assert reply.body == b'{"errcode":0}'
        assert set(reply.headers) == {"date"}
        head, _, body = requests[0].partition(b"\r\n\r\n")
        assert body.decode() == '{"a":"泵"}'
        assert b"Content-Type: application/json; charset=utf-8" in head
        assert b"X-Mine: 2" in head

    def test_keeps_the_connection(self) -> None:
        client = http()
        with RawServer(always(OK)) as server:
            for _ in range(5):
                assert client.post_json(server.url, b"{}").status == 200
            client.close()
            assert server.connections == 1

    def test_a_connection_closed_while_idle_is_no_failure(self) -> None:
        client = http()
        with RawServer(once(OK)) as server:
            for _ in range(3):
                assert client.post_json(server.url, b"{}").status == 200
                time.sleep(0.1)  # the server closes in the meantime without saying so in the answer
            assert server.connections == 3

    def test_an_old_idle_connection_is_not_used_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert connection.IDLE_S < 5  # what uvicorn, Node and others keep
        monkeypatch.setattr(connection, "IDLE_S", 0.2)
        client = http()
        with RawServer(always(OK)) as server:
            for pause_s in (0.0, 0.0, 0.3, 0.0):
                time.sleep(pause_s)
                assert client.post_json(server.url, b"{}").status == 200
            client.close()
            assert server.connections == 2

    @pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "500 Oops", "503 Busy", "302 Found"])
    def test_every_status_is_an_answer_and_no_redirect_is_followed(self, status: str) -> None:
        with RawServer(once(answer(b"{}", status, f"Location: http://127.0.0.1:1/{TOKEN}\r\n"))) as server:
            assert http().post_json(server.url, b"{}").status == int(status[:3])
            assert server.connections == 1

    def test_sixteen_threads_at_once(self) -> None:
        client = http()
        with RawServer(always(OK)) as server, ThreadPoolExecutor(16) as threads:
            replies = list(threads.map(lambda _: client.post_json(server.url, b"{}"), range(200)))
            assert {reply.status for reply in replies} == {200}
            assert server.connections <= 16
            client.close()


class TestCertainlyNotTaken:
    def test_refused(self, unused_port: int) -> None:
        error = failure(http(), f"http://127.0.0.1:{unused_port}")
        assert (error.reason, error.maybe_taken) == ("connection_refused", False)

    def test_unknown_name(self) -> None:
        error = failure(http("nowhere.invalid"), "http://nowhere.invalid")
        assert (error.reason, error.maybe_taken) == ("dns_failed", False)

    def test_a_name_that_cannot_be_one(self) -> None:
        host = "a" * 64 + ".example"
        error = failure(http(host), f"http://{host}")
        assert (error.reason, error.maybe_taken) == ("dns_failed", False)

    def test_host_not_allowed(self) -> None:
        error = failure(Http(), "http://127.0.0.1:1")
        assert (error.reason, error.maybe_taken) == ("host_not_allowed", False)

    def test_untrusted_certificate(self, tmp_path: Path) -> None:
        _, context = certificate(tmp_path)
        with RawServer(always(OK), context) as server:
            error = failure(http(), server.url)
        assert (error.reason, error.maybe_taken) == ("tls_failed", False)
        assert "self-signed" in error.detail

    def test_certificate_of_another_host(self, tmp_path: Path) -> None:
        file, context = certificate(tmp_path, names=("oapi.dingtalk.com",))
        with RawServer(always(OK), context) as server:
            error = failure(http(ca_file=file), server.url)
        assert (error.reason, error.maybe_taken) == ("tls_failed", False)

    def test_no_tls_at_all(self) -> None:
        with RawServer(lambda peer: peer.sendall(b"220 mail\r\n")) as server:
            error = failure(http(), server.url.replace("http:", "https:"))
        assert (error.reason, error.maybe_taken) == ("tls_failed", False)

    def test_silent_in_the_handshake(self) -> None:
        with RawServer(lambda peer: time.sleep(2)) as server:
            started = time.monotonic()
            error = failure(http(seconds=0.4), server.url.replace("http:", "https:"))
        assert (error.reason, error.maybe_taken) == ("connect_timeout", False)
        assert time.monotonic() - started < 1.8

    def test_broken_off_in_the_handshake(self) -> None:
        with RawServer(lambda peer: None) as server:
            error = failure(http(), server.url.replace("http:", "https:"))
        assert error.reason in ("tls_failed", "connection_reset")
        assert not error.maybe_taken


class TestMaybeTaken:
    def test_no_answer(self) -> None:
        with RawServer(lambda peer: time.sleep(2)) as server:
            error = failure(http(seconds=0.4), server.url)
        assert (error.reason, error.maybe_taken) == ("timeout", True)

    @pytest.mark.parametrize(
        ("start", "piece"),
        [
            (b"HTTP/1.1 200 O", b"K"),
            (b"HTTP/1.1 200 OK\r\n", b"X-Drip: 1\r\n"),
            (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" "),
            (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        ],
        ids=["status line", "headers", "continue", "body", "endless body", "chunks"],
    )
    def test_a_slow_drip_ends_at_the_deadline(self, start: bytes, piece: bytes) -> None:
        with RawServer(drip(start, piece)) as server:
            started = time.monotonic()
            error = failure(http(seconds=0.5), server.url)
            assert 0.4 < time.monotonic() - started < _FOREVER_S
        assert (error.reason, error.maybe_taken) == ("timeout", True)

    def test_a_slow_drip_over_tls(self, tmp_path: Path) -> None:
        file, context = certificate(tmp_path)
        handler = drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n", b" ")
        with RawServer(handler, context) as server:
            started = time.monotonic()
            error = failure(http(seconds=0.7, ca_file=file), server.url)
            assert time.monotonic() - started < _FOREVER_S
        assert (error.reason, error.maybe_taken) == ("timeout", True)

    @pytest.mark.parametrize("handler", [read_request, reset], ids=["closed", "reset"])
    def test_broken_off_before_the_answer(self, handler: Handler) -> None:
        with RawServer(handler) as server:
            error = failure(http(), server.url)
        assert (error.reason, error.maybe_taken) == ("connection_reset", True)

    def test_broken_off_in_the_answer(self) -> None:
        with RawServer(once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")) as server:
            error = failure(http(), server.url)
        assert (error.reason, error.maybe_taken) == ("connection_reset", True)

    def test_a_request_is_never_sent_twice(self) -> None:
        with RawServer(read_request) as server:
            failure(http(), server.url)
            time.sleep(0.1)
            assert server.connections == 1

    @pytest.mark.parametrize("body", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
    def test_not_http(self, body: bytes) -> None:
        with RawServer(once(body)) as server:
            error = failure(http(), server.url)
        assert (error.reason, error.maybe_taken) == ("bad_response", True)

    def test_too_large(self) -> None:
        client = http()
        with RawServer(always(answer(b" " * (MAX_ANSWER_BYTES + 1)))) as server:
            error = failure(client, server.url)
            assert (error.reason, error.maybe_taken) == ("response_too_large", True)
        with RawServer(always(answer(b" " * MAX_ANSWER_BYTES))) as server:
            assert len(client.post_json(server.url, b"{}").body) == MAX_ANSWER_BYTES
            client.close()

    def test_endless_answer(self) -> None:
        def handle(peer: socket.socket) -> None:
            read_request(peer)
            peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                peer.sendall(b" " * 65536)

        with RawServer(handle) as server:
            assert failure(http(), server.url).reason == "response_too_large"


class TestNothingSecretIsLogged:
    def test_at_debug_level(self, caplog: pytest.LogCaptureFixture, unused_port: int) -> None:
        caplog.set_level(logging.DEBUG)
        client = http()
        with RawServer(always(OK)) as server:
            client.post_json(
                f"{server.url}/robot/send?access_token={TOKEN}", b"{}", {"x-acs-dingtalk-access-token": TOKEN}
            )
            client.close()
        failure(client, f"http://127.0.0.1:{unused_port}")
        assert "/robot/send?***" in caplog.text
        assert TOKEN not in caplog.text


class TestClockSkew:
    @pytest.mark.parametrize(
        ("date", "skew"),
        [
            ("Sun, 22 Nov 2026 08:00:00 GMT", 1.5),
            ("Sun, 22 Nov 2026 06:00:00 GMT", 7201.5),
            ("Sun, 22 Nov 2026 08:01:00 -0000", -58.5),
            ("yesterday", None),
            ("Sun, 22 Nov 2026 08:00:00 +99999999999999999", None),
            ("", None),
        ],
    )
    def test_is_positive_when_we_are_ahead(self, date: str, skew: float | None) -> None:
        assert Reply(200, {"date": date}, b"", elapsed_s=1.5).clock_skew_s(NOW) == skew

    def test_is_unknown_without_a_date(self) -> None:
        assert Reply(200, {}, b"", 0.0).clock_skew_s(NOW + timedelta(hours=1)) is None


def test_requests_in_other_threads_keep_their_own_deadline() -> None:
    patient, hasty = http(seconds=5), http(seconds=0.3)
    results: list[str] = []

    def slow(peer: socket.socket) -> None:
        read_request(peer)
        time.sleep(0.8)
        peer.sendall(OK)

    def ask(client: Http, url: str) -> None:
        try:
            results.append(str(client.post_json(url, b"{}").status))
        except NetworkError as error:
            results.append(error.reason)

    with RawServer(slow) as server:
        threads = [threading.Thread(target=ask, args=(client, server.url)) for client in (patient, hasty) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(results) == ["200"] * 4 + ["timeout"] * 4
