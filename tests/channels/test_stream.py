"""A Stream connection to the simulator: what is heard, how it comes back, and what is never logged."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dingbell.channels.base import Form, Message
from dingbell.channels.dingtalk import account
from dingbell.channels.dingtalk.stream import (
    OPEN_PATH,
    Listener,
    MessageRead,
    NotOpened,
    is_gateway,
    message_read,
    open_connection,
)
from dingbell.channels.dingtalk.token import App
from tests.channels.dingtalk import APP, DingTalk
from tests.serving import eventually


class Heard:
    def __init__(self) -> None:
        self.events: list[MessageRead] = []
        self.told: list[str] = []


@contextmanager
def listening(dingtalk: DingTalk, app: App = APP) -> Iterator[Heard]:
    heard = Heard()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listener = Listener(dingtalk.http, app, heard.events.append, heard.told.append)
    running = asyncio.run_coroutine_threadsafe(listener.run(), loop)
    yield heard
    running.cancel()
    eventually(lambda: not asyncio.all_tasks(loop), what="ended")
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def ready(dingtalk: DingTalk) -> DingTalk:
    dingtalk.add_app()
    dingtalk.add_person("zhang")
    return dingtalk


def read(dingtalk: DingTalk) -> str:
    """张三 gets a message and reads it: its key."""
    body = account.body("ding1", ["zhang"], *account.encode(Message(Form.TEXT, "", "3号泵")))
    key = dingtalk.to_people(body).process_query_key
    dingtalk.simulator.post("/_sim/read", {"user_id": "zhang"})
    assert key
    return key


def test_a_reader_is_heard_and_acknowledged_also_after_a_reconnect(
    ready: DingTalk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(ready) as heard:
        eventually(lambda: heard.told == [""], what="connected")
        first = read(ready)
        eventually(lambda: len(heard.events) == 1, what="heard")
        assert (heard.events[0].process_query_key, heard.events[0].user_id) == (first, "zhang")
        assert heard.events[0].at_ms > 1_600_000_000_000
        eventually(lambda: ready.simulator.stats()["streams"]["acknowledged"] == 1, what="acknowledged")
        ready.simulator.post("/_sim/stream/disconnect", {})
        eventually(lambda: heard.told == ["", ""], what="connected again")
        second = read(ready)
        eventually(lambda: len(heard.events) == 2, what="heard again")
        assert heard.events[1].process_query_key == second
    assert "ticket=" not in caplog.text
    assert APP.client_secret not in caplog.text


def test_a_reset_or_a_refusal_is_told_and_tried_again(ready: DingTalk) -> None:
    ready.fault(OPEN_PATH, times=1, status=503)
    with listening(ready) as heard:
        eventually(lambda: heard.told == ["server_error", ""], what="connected at the second try")
        ready.simulator.reset()  # the connection breaks and the app is gone
        eventually(lambda: len(heard.told) >= 4, what="told")
        assert heard.told[2] == "stream_lost: ConnectionError"
        assert heard.told[3] == "client_credentials_wrong"


def test_a_gateway_elsewhere_is_not_gone_to(ready: DingTalk) -> None:
    ready.fault(OPEN_PATH, times=1, body={"endpoint": "wss://evil.example/connect", "ticket": "t"})
    with pytest.raises(NotOpened) as refused:
        open_connection(ready.http, APP)
    assert refused.value.result.reason == "host_not_allowed"


@pytest.mark.parametrize(
    ("endpoint", "api", "allowed"),
    [
        ("wss://wss-open-connection-union.dingtalk.com:443/connect", "https://api.dingtalk.com", True),
        ("wss://wss-open-connection.dingtalk.io/connect", "https://api.dingtalk.io", True),
        ("ws://wss-open-connection.dingtalk.com/connect", "https://api.dingtalk.com", False),
        ("wss://dingtalk.com.evil.example/connect", "https://api.dingtalk.com", False),
        ("wss://evildingtalk.com/connect", "https://api.dingtalk.com", False),
        ("wss://u@x.dingtalk.com/connect", "https://api.dingtalk.com", False),
        ("ws://10.0.0.9:8090/connect", "http://10.0.0.9:8090", True),
        ("ws://ding.plant/connect", "https://ding.plant", False),
        ("wss://ding.plant/connect", "https://ding.plant", True),
        ("", "https://api.dingtalk.com", False),
    ],
)
def test_which_gateways_are_dingtalk_s(endpoint: str, api: str, allowed: bool) -> None:
    assert is_gateway(endpoint, api) is allowed


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("robot_msg_read", {"userId": "u", "processQueryKey": "k", "operatTime": "5"}, MessageRead("k", "u", 5)),
        ("robot_msg_read", {"data": {"userId": "u", "processQueryKey": "k"}}, MessageRead("k", "u", 0)),
        ("robot_msg_read", {"userId": "u", "processQueryKey": "k", "operatTime": "soon"}, MessageRead("k", "u", 0)),
        ("robot_msg_read", {"userId": "", "processQueryKey": "k"}, None),
        ("robot_msg_read", {"processQueryKey": "k", "unionId": "x"}, None),
        ("robot_msg_read", {"data": "?"}, None),
        ("robot_msg_read", ["?"], None),
        ("user_leave_org", {"userId": "u", "processQueryKey": "k"}, None),
    ],
)
def test_what_an_event_says(kind: str, data: Any, expected: MessageRead | None) -> None:
    assert message_read(kind, data) == expected
