"""What every way out must do, whatever it is; a new one joins by one more entry in CHANNELS.

The eight points are those of the project's notes on how other senders fail.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import socket
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from dingbell.channels import network as network_loop
from dingbell.channels.base import Form, Mentions, Message, Result, Verdict
from dingbell.channels.dingtalk import account, robot
from dingbell.channels.dingtalk.errors import hint
from dingbell.channels.dingtalk.token import Tokens
from dingbell.channels.dingtalk.webhook import Webhook
from dingbell.channels.http import Http
from tests.channels.dingtalk import APP, BATCH_PATH, ROBOT_TOKEN, SECRET, SEND_PATH, TOKEN_PATH, DingTalk
from tests.channels.servers import Handler, RawServer, answer, certificate, read_request

PUMP = Message(Form.MARKDOWN, "3号泵", "### 高压", mentions=Mentions(mobiles=("13900000001",)))
SECRETS = (ROBOT_TOKEN, SECRET, APP.client_secret, "access-token-0123456789")


class Channel(ABC):
    name: str
    path: str
    limit: int

    @abstractmethod
    def body(self, message: Message) -> bytes: ...

    @abstractmethod
    def send(self, http: Http, body: bytes) -> Result: ...

    @abstractmethod
    def limited_part(self, body: bytes) -> bytes: ...

    @abstractmethod
    def refusal(self) -> dict[str, Any]:
        """A simulator fault that refuses with HTTP 200 or the channel's own shape."""


class RobotChannel(Channel):
    name, path, limit = "robot", SEND_PATH, 20_000

    def body(self, message: Message) -> bytes:
        return robot.encode(message, ["报警"], "u-1")

    def send(self, http: Http, body: bytes) -> Result:
        webhook = Webhook(f"{http.hosts.oapi_url}/robot/send", ROBOT_TOKEN)
        return network_loop.run(robot.send(http, webhook, SECRET, body, datetime.now(UTC)))

    def limited_part(self, body: bytes) -> bytes:
        return body

    def refusal(self) -> dict[str, Any]:
        return {"errcode": 310000, "errmsg": "keywords not in content"}


class AccountChannel(Channel):
    name, path, limit = "account", BATCH_PATH, 15_000

    def __init__(self) -> None:
        self.tokens = Tokens()

    def body(self, message: Message) -> bytes:
        return account.body("ding1", ["bob"], *account.encode(message))

    def send(self, http: Http, body: bytes) -> Result:
        return network_loop.run(account.send(http, self.tokens, APP, body, datetime.now(UTC)))

    def limited_part(self, body: bytes) -> bytes:
        param: str = json.loads(body)["msgParam"]
        return param.encode()

    def refusal(self) -> dict[str, Any]:
        return {"body": {"errcode": 60011, "errmsg": "没有调用该接口的权限"}}


CHANNELS = [RobotChannel, AccountChannel]


@pytest.fixture(params=CHANNELS, ids=lambda kind: kind.name)
def channel(request: pytest.FixtureRequest) -> Channel:
    made: Channel = request.param()
    return made


@pytest.fixture
def ready(dingtalk: DingTalk) -> DingTalk:
    dingtalk.add_robot(secret=SECRET)
    dingtalk.add_app()
    dingtalk.add_person("bob")
    return dingtalk


def _give_token(peer: socket.socket, request: bytes) -> bool:
    if TOKEN_PATH.encode() not in request.split(b"\r\n")[0]:
        return False
    peer.sendall(answer(json.dumps({"accessToken": SECRETS[3], "expireIn": 7200}).encode()))
    return True


def fails(how: Handler) -> Handler:
    """A DingTalk that gives tokens and fails at the message."""

    def handle(peer: socket.socket) -> None:
        while request := read_request(peer):
            if not _give_token(peer, request):
                how(peer)
                return

    return handle


@pytest.fixture
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Http, str]]:
    """A broken network by name, and the reason it must be given."""
    how: dict[str, tuple[Handler, str]] = {
        "silent": (lambda peer: time.sleep(1), "timeout"),
        "closes": (lambda peer: None, "connection_reset"),
        "not http": (lambda peer: peer.sendall(b"220 mail\r\n"), "bad_response"),
        "html": (lambda peer: peer.sendall(answer(b"<html>")), "answer_html"),
        "broken json": (lambda peer: peer.sendall(answer(b'{"errcode":')), "answer_unreadable"),
        "huge": (lambda peer: peer.sendall(answer(b" " * 300_000)), "response_too_large"),
        "untrusted": (lambda peer: None, "tls_failed"),
    }
    handler, reason = how[request.param]
    tls: ssl.SSLContext | None = certificate(tmp_path)[1] if request.param == "untrusted" else None
    with RawServer(fails(handler), tls) as server:
        yield Http(oapi_url=server.url, api_url=server.url, total_deadline_s=0.4), reason


BROKEN = ["silent", "closes", "not http", "html", "broken json", "huge", "untrusted"]


def test_1_http_200_with_an_error_in_it_is_no_success(channel: Channel, ready: DingTalk) -> None:
    assert channel.send(ready.http, channel.body(PUMP)).verdict is Verdict.SENT
    ready.fault(channel.path, times=1, **channel.refusal())
    result = channel.send(ready.http, channel.body(PUMP))
    assert result.http_status == 200
    assert result.verdict is Verdict.REFUSED_CONFIGURATION


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 429, 500, 502, 503])
@pytest.mark.parametrize("body", ["", "<html>", "{}", '{"errcode":-1}', '{"code":"x"}', "[1]"])
def test_2_every_answer_has_a_verdict_and_a_text(channel: Channel, ready: DingTalk, status: int, body: str) -> None:
    ready.fault(channel.path, times=9, status=status, body=body)
    result = channel.send(ready.http, channel.body(PUMP))
    assert result.verdict is not Verdict.SENT
    assert hint(result.reason, "zh-hans") != result.reason


@pytest.mark.parametrize("network", ["silent", "closes", "html", "untrusted"], indirect=True)
def test_3_no_secret_in_result_or_log(
    channel: Channel, network: tuple[Http, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = channel.send(network[0], channel.body(PUMP))
    for secret in SECRETS:
        assert secret not in repr(result) + caplog.text


@pytest.mark.parametrize("before", ["", "x" * 490, "x" * 460, "<html>"])
def test_3_no_secret_when_dingtalk_repeats_it(channel: Channel, caplog: pytest.LogCaptureFixture, before: str) -> None:
    """Nor a part of one, where the text is cut off."""
    caplog.set_level(logging.DEBUG)
    words = f"{before} {'/ '.join(SECRETS)}"
    echo = words if "<" in before else json.dumps({"errcode": 7, "code": "x", "errmsg": words, "message": words})
    with RawServer(fails(lambda peer: peer.sendall(answer(echo.encode(), "400 Bad Request")))) as server:
        result = channel.send(Http(oapi_url=server.url, api_url=server.url), channel.body(PUMP))
    used = SECRETS[:2] if channel.name == "robot" else SECRETS[2:]
    assert result.text
    for secret in used:
        assert secret[:8] not in repr(result) + caplog.text


def test_4_the_signature_decodes_to_the_expected_value_exactly_once() -> None:
    lines = []

    def handle(peer: socket.socket) -> None:
        lines.append(read_request(peer).split(b"\r\n")[0].decode())
        peer.sendall(answer(b'{"errcode":0}'))

    with RawServer(handle) as server:
        RobotChannel().send(Http(oapi_url=server.url), b"{}")
    fields = parse_qs(lines[0].split()[1].partition("?")[2])
    message = f"{fields['timestamp'][0]}\n{SECRET}".encode()
    expected = base64.b64encode(hmac.new(SECRET.encode(), message, hashlib.sha256).digest()).decode()
    assert fields["sign"] == [expected]
    assert fields["access_token"] == [ROBOT_TOKEN]


def test_5_a_mention_is_in_at_and_in_the_text(channel: Channel) -> None:
    sent = json.loads(channel.body(PUMP))
    if channel.name == "account":  # one-to-one messages know no mentions
        assert "at" not in sent
        assert "@" not in sent["msgParam"]
    else:
        assert sent["at"]["atMobiles"] == ["13900000001"]
        assert sent["markdown"]["text"].endswith("@13900000001")


@pytest.mark.parametrize("text", ["泵" * 30_000, "👨‍👩‍👧" * 9_000, '"\\\n' * 20_000, "a" * 19_999 + "泵" * 99])
@pytest.mark.parametrize("form", Form)
def test_6_a_long_text_is_cut_between_characters(channel: Channel, ready: DingTalk, form: Form, text: str) -> None:
    body = channel.body(Message(form, "3号泵", text))
    limited = channel.limited_part(body)
    assert channel.limit - 1_000 < len(limited) <= channel.limit
    limited.decode("utf-8")
    assert channel.send(ready.http, body).verdict is Verdict.SENT


@pytest.mark.parametrize("network", BROKEN, indirect=True)
def test_7_every_failure_has_its_name(channel: Channel, network: tuple[Http, str]) -> None:
    http, reason = network
    assert channel.send(http, channel.body(PUMP)).reason == reason


def test_7_a_refused_connection_has_its_name(channel: Channel) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        result = channel.send(Http(oapi_url=url, api_url=url), channel.body(PUMP))
    assert (result.verdict, result.reason) == (Verdict.RETRY, "connection_refused")


def test_8_twenty_threads(channel: Channel, ready: DingTalk) -> None:
    """What a token cache owes besides, and the server's own lifetime, is in test_token."""
    ready.simulator.post("/_sim/limits", {"robot_per_minute": 0, "qps": 0})
    body = channel.body(PUMP)
    with ThreadPoolExecutor(20) as threads:
        results = list(threads.map(lambda _: channel.send(ready.http, body), range(60)))
    assert {result.verdict for result in results} == {Verdict.SENT}
    assert ready.calls(TOKEN_PATH) == (1 if channel.name == "account" else 0)
