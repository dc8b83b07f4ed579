"""`POST /api/v1/events` the short way (sources/protocol.py): nobody can tell it from the ordinary one."""

from __future__ import annotations

import json
import socket
import sqlite3
import time

import pytest

from tests.serving import Server

GOOD = {"source": "plc-1", "key": "P3#HH", "state": "active", "value": 12.4}
# A header that the short way leaves to the ordinary one, and that changes nothing there.
ORDINARY = "Accept-Language: zh-CN\r\n"


def request(server: Server, body: bytes, extra: str = "", *, path: str = "/api/v1/events", token: str = "") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {server.url[7:]}\r\nAuthorization: Bearer {token or server.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    )
    return head.encode() + body


class Talk:
    """One connection, spoken to in bytes."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self._read = b""

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, data: bytes) -> None:
        self.socket.sendall(data)

    def hear(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers, body."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        length = int(headers["content-length"])
        while len(self._read) < length:
            self._more()
        body, self._read = self._read[:length], self._read[length:]
        return int(lines[0].split()[1]), headers, body

    def closed(self) -> bool:
        return not self._read and self.socket.recv(1) == b""

    def _more(self) -> None:
        data = self.socket.recv(65536)
        assert data, f"closed after {self._read!r}"
        self._read += data


BODIES = {
    "one": json.dumps(GOOD).encode(),
    "several": json.dumps([GOOD, GOOD | {"key": "b"}]).encode(),
    "none": b"[]",
    "one bad": b'{"source": "p", "key": "k", "state": "broken"}',
    "some bad": json.dumps([GOOD, {"source": "p"}, GOOD | {"priority": "x"}]).encode(),
    "no json": b"{",
    "no utf-8": b'{"source": "\xff", "key": "k", "state": "active"}',
    "nul": rb'[{"source": "p\u0000", "key": "k", "state": "active"}]',
    "with a mark": b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
    "empty": b"",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("token", ["", "dbt_unknown"], ids=["known", "unknown"])
def test_both_ways_answer_the_same(shared_server: Server, body: bytes, token: str) -> None:
    shared_server.post("/api/v1/events", GOOD)  # so that the token is known
    with Talk(shared_server) as talk:
        answers = []
        for extra in ("", ORDINARY):
            talk.say(request(shared_server, body, extra, token=token))
            status, headers, said = talk.hear()
            answers.append((status, headers["content-type"], said))
            assert "date" in headers
    assert answers[0] == answers[1]


def test_pipelined_requests_are_answered_in_order(shared_server: Server) -> None:
    shared_server.post("/api/v1/events", GOOD)
    parts = [
        request(shared_server, json.dumps([GOOD]).encode()),
        request(shared_server, b"{"),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        request(shared_server, json.dumps([GOOD, GOOD, GOOD]).encode()),
        request(shared_server, json.dumps(GOOD).encode(), ORDINARY),
        request(shared_server, json.dumps([GOOD, GOOD]).encode()),
    ]
    with Talk(shared_server) as talk:
        talk.say(b"".join(parts))
        answers = [talk.hear() for _ in parts]
        talk.say(parts[0])
        assert talk.hear()[0] == 202
    assert [status for status, _, _ in answers] == [202, 400, 200, 202, 202, 202]
    assert [json.loads(answers[place][2])["accepted"] for place in (0, 3, 4, 5)] == [1, 3, 1, 2]


def test_a_request_may_come_byte_by_byte(shared_server: Server) -> None:
    shared_server.post("/api/v1/events", GOOD)
    with Talk(shared_server) as talk:
        for byte in request(shared_server, json.dumps(GOOD).encode()):
            talk.say(bytes([byte]))
        assert talk.hear()[0] == 202


def test_what_is_unusual_is_served_too(shared_server: Server) -> None:
    body = json.dumps(GOOD).encode()
    shared_server.post("/api/v1/events", GOOD)
    with Talk(shared_server) as talk:
        talk.say(request(shared_server, body, "Expect: 100-continue\r\n"))
        go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
        assert talk.socket.recv(len(go_on), socket.MSG_WAITALL) == go_on
        assert talk.hear()[0] == 202
        chunked = request(shared_server, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        talk.say(chunked + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        assert talk.hear()[0] == 202
        talk.say(request(shared_server, b"{}", "Accept-Language: en\r\n"))
        assert "missing" in json.loads(talk.hear()[2])["title"].lower()
        talk.say(request(shared_server, body, "Connection: close\r\n"))
        assert talk.hear()[0] == 202
        assert talk.closed()


def test_a_sender_that_leaves_early_harms_nobody(shared_server: Server) -> None:
    shared_server.post("/api/v1/events", GOOD)
    for part in (request(shared_server, json.dumps(GOOD).encode()), request(shared_server, b"x" * 10)[:-5]):
        talk = Talk(shared_server)
        talk.say(part)
        talk.socket.close()
    assert shared_server.post("/api/v1/events", GOOD).status == 202
    assert "Traceback" not in shared_server.log


def test_a_locked_database_answers_503_and_the_connection_goes_on(server: Server) -> None:
    body = json.dumps(GOOD).encode()
    server.post("/api/v1/events", GOOD)
    lock = sqlite3.connect(server.data_dir / "dingbell.sqlite3", isolation_level=None)
    with Talk(server) as talk:
        lock.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        talk.say(request(server, body))
        status, headers, _ = talk.hear()
        assert (status, headers["retry-after"]) == (503, "5")
        assert time.monotonic() - started < 9
        lock.execute("ROLLBACK")
        lock.close()
        talk.say(request(server, body))
        assert talk.hear()[0] == 202


def test_a_token_revoked_since_the_last_batch_is_refused(server: Server) -> None:
    token = server.run("token-create", "short", "--scope", "events:write")
    body = json.dumps(GOOD).encode()
    with Talk(server) as talk:
        talk.say(request(server, body, token=token) * 2)
        assert [talk.hear()[0], talk.hear()[0]] == [202, 202]
        server.run("token-revoke", "short")
        talk.say(request(server, body, token=token))
        assert talk.hear()[0] == 401


def test_a_stop_lets_the_request_under_way_finish(server: Server) -> None:
    body = json.dumps(GOOD).encode()
    server.post("/api/v1/events", GOOD)
    lock = sqlite3.connect(server.data_dir / "dingbell.sqlite3", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    with Talk(server) as talk:
        talk.say(request(server, body))
        time.sleep(0.2)  # it is with the writer now, which waits for the lock
        assert server._process is not None
        server._process.terminate()
        time.sleep(0.2)
        lock.execute("ROLLBACK")
        lock.close()
        status, headers, _ = talk.hear()
        assert (status, headers["connection"]) == (202, "close")
        assert talk.closed()
