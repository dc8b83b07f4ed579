"""`POST /api/v1/events` over real HTTP: who may, what is answered, and what a 202 promises."""

from __future__ import annotations

import json
import socket
import sqlite3

import pytest

from tests.serving import Server, eventually

PATH = "/api/v1/events"
GOOD = {"source": "plc-1", "key": "P3#HH", "state": "active"}
LIMIT = 8 * 1024 * 1024


def keys(server: Server) -> set[str]:
    return {alarm["key"] for alarm in server.get("/api/v1/alarms?limit=1000")["items"]}


def test_one_event_and_many_are_accepted(shared_server: Server) -> None:
    answer = shared_server.post(PATH, GOOD | {"key": "one"})
    assert (answer.status, answer.json) == (202, {"accepted": 1, "rejected": []})
    assert answer.headers["content-type"] == "application/json"
    many = [GOOD | {"key": f"many-{number}"} for number in range(500)]
    answer = shared_server.post(PATH, many)
    assert (answer.status, answer.json) == (202, {"accepted": 500, "rejected": []})
    assert {"one", "many-0", "many-499"} <= keys(shared_server)


def test_an_array_is_accepted_with_its_bad_items_listed(shared_server: Server) -> None:
    answer = shared_server.post(PATH, [GOOD | {"key": "mixed"}, {"source": "x"}, GOOD | {"priority": "?"}])
    assert answer.status == 202
    assert answer.json["accepted"] == 1
    assert [item["index"] for item in answer.json["rejected"]] == [1, 2]
    assert "key" in answer.json["rejected"][0]["error"]
    assert "mixed" in keys(shared_server)


def test_a_single_bad_event_is_a_problem_document(shared_server: Server) -> None:
    answer = shared_server.post(PATH, GOOD | {"priority": "urgent"})
    assert answer.status == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == 422
    assert answer.json["errors"][0]["field"] == "priority"


@pytest.mark.parametrize("body", [b"", b"{", b'{"value": NaN}'])
def test_what_is_no_json_is_a_bad_request(shared_server: Server, body: bytes) -> None:
    assert shared_server.post(PATH, body).status == 400


def test_a_body_over_8_mib_is_refused_and_the_sender_sees_why(shared_server: Server) -> None:
    padded = json.dumps([GOOD | {"key": "large"}]).encode()
    assert shared_server.post(PATH, padded + b" " * (LIMIT - len(padded))).status == 202
    answer = shared_server.post(PATH, padded + b" " * (LIMIT + 1 - len(padded)))
    assert answer.status == 413
    assert "8 MiB" in answer.json["title"]
    assert shared_server.post(PATH, b"x" * (3 * LIMIT)).status == 413


def test_a_chunked_body_over_8_mib_is_refused_too(shared_server: Server) -> None:
    with socket.create_connection(("127.0.0.1", shared_server.port), timeout=20) as raw:
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shared_server.token}\r\n"
        raw.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        piece = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        for _ in range(9):
            raw.sendall(piece)
        raw.sendall(b"0\r\n\r\n")
        assert raw.recv(64).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("token", [None, "dbt_wrong", "钉".encode().decode("latin-1")])
def test_without_a_valid_token_nothing_is_kept(shared_server: Server, token: str | None) -> None:
    answer = shared_server.post(PATH, GOOD | {"key": "nobody"}, token=token)
    assert answer.status == 401
    assert "www-authenticate" in answer.headers
    assert "nobody" not in keys(shared_server)


def test_a_token_without_the_scope_is_forbidden(shared_server: Server) -> None:
    token = shared_server.run("token-create", "reader", "--scope", "alarms:read")
    assert shared_server.post(PATH, GOOD, token=token).status == 403


def test_a_token_of_the_command_line_counts_at_once_and_so_does_its_end(shared_server: Server) -> None:
    token = shared_server.run("token-create", "plc", "--scope", "events:write")
    assert shared_server.post(PATH, GOOD | {"key": "by-token"}, token=token).status == 202
    shared_server.run("token-revoke", "plc")
    assert shared_server.post(PATH, GOOD | {"key": "after"}, token=token).status == 401
    assert shared_server.post(PATH, {"bad": 1}, token=token).status == 401
    assert "after" not in keys(shared_server)


def test_while_the_database_is_locked_the_sender_is_told_to_come_back(shared_server: Server) -> None:
    other = sqlite3.connect(shared_server.data_dir / "dingbell.sqlite3", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        answer = shared_server.post(PATH, GOOD | {"key": "locked"})
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert "locked" not in keys(shared_server)
    assert shared_server.post(PATH, GOOD | {"key": "locked"}).status == 202
    eventually(lambda: "locked" in keys(shared_server))
    assert "Traceback" not in shared_server.log
