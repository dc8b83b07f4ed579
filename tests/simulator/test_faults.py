"""Injected faults, as a client sees them on the wire."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

from tests.simulator.caller import BATCH_SEND, Caller

SEND = "/robot/send"
BODY = json.dumps({"msgtype": "text", "text": {"content": "温度高"}, "msgUuid": "1"}).encode()


def raw_send(host: str, timeout: float = 10.0) -> bytes:
    """All bytes until the server closes; an empty result is a closed connection without any answer."""
    name, port = host.split(":")
    head = f"POST {SEND}?access_token=t1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with socket.create_connection((name, int(port)), timeout) as connection:
        connection.sendall(f"{head}Connection: close\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received


def fault(dingtalk: Caller, path: str = SEND, **what: object) -> None:
    dingtalk.sim.post("/_sim/faults", {"path": path, **what})


def delivered(dingtalk: Caller) -> list[tuple[Any, bool]]:
    return [(entry["errcode"], entry["delivered"]) for entry in dingtalk.sim.messages()]


def test_drop_closes_without_an_answer_and_without_the_message(dingtalk: Caller) -> None:
    dingtalk.robot()
    fault(dingtalk, drop=True, times=1)
    assert raw_send(dingtalk.host) == b""
    assert delivered(dingtalk) == [(None, False)]
    assert raw_send(dingtalk.host).startswith(b"HTTP/1.1 200")
    assert dingtalk.sim.messages()[-1]["duplicate"] is False


def test_drop_after_accept_takes_the_message_and_closes(dingtalk: Caller) -> None:
    """The case msgUuid is for: a repeat is answered ok and not shown twice."""
    dingtalk.robot()
    fault(dingtalk, drop_after_accept=True, times=1)
    assert raw_send(dingtalk.host) == b""
    assert delivered(dingtalk) == [(0, True)]
    assert b'"errcode":0' in raw_send(dingtalk.host)
    assert [entry["duplicate"] for entry in dingtalk.sim.messages()] == [False, True]
    assert dingtalk.sim.stats()["delivered"] == 1


def test_drop_works_on_a_kept_alive_connection(dingtalk: Caller) -> None:
    from http.client import HTTPConnection, RemoteDisconnected

    dingtalk.robot()
    fault(dingtalk, drop=True)
    connection = HTTPConnection(dingtalk.host, timeout=10)
    connection.request("GET", "/_sim/stats")
    connection.getresponse().read()
    connection.request("POST", f"{SEND}?access_token=t1", BODY)
    with pytest.raises(RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_a_status_with_and_without_body(dingtalk: Caller) -> None:
    dingtalk.robot()
    fault(dingtalk, status=503, times=1)
    reply = dingtalk.call("POST", f"{SEND}?access_token=t1", BODY)
    assert (reply.status, reply.body) == (503, b"")
    fault(dingtalk, status=502, body="<html>网关错误</html>", times=1)
    reply = dingtalk.call("POST", f"{SEND}?access_token=t1", BODY)
    assert (reply.status, reply.body.decode()) == (502, "<html>网关错误</html>")
    assert reply.values("content-type") == ["text/html; charset=utf-8"]
    fault(dingtalk, body={"status": 1111, "punish": "deny"}, times=1)
    reply = dingtalk.call("POST", f"{SEND}?access_token=t1", BODY)
    assert (reply.status, reply.json) == (200, {"status": 1111, "punish": "deny"})
    assert delivered(dingtalk) == [(None, False)] * 3


def test_an_errcode_is_http_200_with_its_text(dingtalk: Caller) -> None:
    dingtalk.robot()
    fault(dingtalk, errcode=430101, times=1)
    assert dingtalk.text() == {"errcode": 430101, "errmsg": "含有不安全的外链"}
    fault(dingtalk, errcode=130101, errmsg="别急", times=1)
    assert dingtalk.text()["errmsg"] == "别急"
    assert delivered(dingtalk) == [(430101, False), (130101, False)]
    assert dingtalk.sim.stats()["refused"] == {SEND: {"430101": 1, "130101": 1}}


@pytest.mark.parametrize(
    ("code", "status"),
    [("Forbidden.AccessDenied.IpNotInWhiteList", 403), ("system.error", 500), ("send.too.fast", 400)],
)
def test_a_code_has_the_shape_of_the_new_interface(dingtalk: Caller, code: str, status: int) -> None:
    dingtalk.app()
    fault(dingtalk, BATCH_SEND, code=code)
    reply = dingtalk.batch_send("u1", "u2")
    assert (reply.status, reply.json["code"]) == (status, code)
    assert reply.json["requestid"]
    assert [(entry["user_id"], entry["code"]) for entry in dingtalk.sim.messages()] == [("u1", code), ("u2", code)]


def test_times_count_down_absent_stays_zero_removes(dingtalk: Caller) -> None:
    dingtalk.robot()
    fault(dingtalk, errcode=-1, times=2)
    assert [dingtalk.text()["errcode"] for _ in range(3)] == [-1, -1, 0]
    fault(dingtalk, errcode=-1)
    assert [dingtalk.text()["errcode"] for _ in range(3)] == [-1, -1, -1]
    fault(dingtalk, errcode=500100)
    assert dingtalk.text()["errcode"] == 500100, "the new one replaced the old one"
    fault(dingtalk, times=0)
    assert dingtalk.text()["errcode"] == 0


def test_a_path_matches_exactly(dingtalk: Caller) -> None:
    dingtalk.robot()
    fault(dingtalk, "/robot", errcode=-1)
    fault(dingtalk, "/robot/send/", errcode=-1)
    assert dingtalk.text()["errcode"] == 0


def test_a_delayed_answer_is_late_but_the_message_is_taken_at_once(dingtalk: Caller) -> None:
    dingtalk.robot()
    fault(dingtalk, delay_s=0.3, times=2)
    started = time.monotonic()
    assert dingtalk.text()["errcode"] == 0
    assert time.monotonic() - started >= 0.3
    with pytest.raises(TimeoutError):
        raw_send(dingtalk.host, timeout=0.05)
    assert delivered(dingtalk) == [(0, True), (0, True)]


def test_a_fault_of_the_token_interface(dingtalk: Caller) -> None:
    dingtalk.app()
    fault(dingtalk, "/v1.0/oauth2/accessToken", status=500, body={"code": "server.error"})
    reply = dingtalk.call("POST", "/v1.0/oauth2/accessToken", {"appKey": "dingapp", "appSecret": "s3cret"})
    assert (reply.status, reply.json) == (500, {"code": "server.error"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": SEND},
        {"status": 503},
        {"path": "robot/send", "drop": True},
        {"path": "/_sim/reset", "drop": True},
        {"path": SEND, "status": 99},
        {"path": SEND, "status": True},
        {"path": SEND, "delay_s": -1},
        {"path": SEND, "delay_s": "1"},
        {"path": SEND, "times": -1, "drop": True},
        {"path": SEND, "drop": "yes"},
        {"path": SEND, "drop": True, "drop_after_accept": True},
        {"path": SEND, "errcode": 1, "code": "x"},
        {"path": SEND, "drop": True, "status": 500},
        {"path": SEND, "stauts": 500},
    ],
)
def test_a_senseless_fault_is_400(dingtalk: Caller, wrong: dict[str, object]) -> None:
    reply = dingtalk.call("POST", "/_sim/faults", wrong)
    assert reply.status == 400
    assert reply.json["error"]
