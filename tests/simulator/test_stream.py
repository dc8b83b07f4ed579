"""Stream mode: DingTalk's own SDK, unchanged and in a process of its own, against the gateway and its websocket."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dingtalk_simulator.running import SimulatorError
from tests.serving import eventually, surroundings
from tests.simulator.caller import Caller

OPEN = "/v1.0/gateway/connections/open"
# What DingTalk's own sample does: every event is printed and acknowledged.
LISTENER = """
import json, logging
from dingtalk_stream import AckMessage, Credential, DingTalkStreamClient, EventHandler

class Handler(EventHandler):
    async def process(self, event):
        print(json.dumps([event.headers.event_type, event.data]), flush=True)
        return AckMessage.STATUS_OK, "OK"

client = DingTalkStreamClient(Credential("dingapp", "s3cret"), logging.getLogger("quiet"))
client.register_all_event_handler(Handler())
client.start_forever()
"""


@pytest.fixture
def heard(dingtalk: Caller, tmp_path: Path) -> Iterator[Path]:
    """Where the SDK writes what it hears, once it is connected."""
    dingtalk.app()
    output = tmp_path / "heard"
    with output.open("wb") as file:
        environment = surroundings() | {"DINGTALK_OPENAPI_ENDPOINT": f"http://{dingtalk.host}"}
        process = subprocess.Popen([sys.executable, "-c", LISTENER], env=environment, stdout=file)
        try:
            eventually(lambda: streams(dingtalk)["open"], what="connected")
            yield output
        finally:
            process.kill()
            process.wait(10)


def streams(dingtalk: Caller) -> dict[str, int]:
    found: dict[str, int] = dingtalk.sim.stats()["streams"]
    return found


def events(heard: Path) -> list[Any]:
    return [json.loads(line) for line in heard.read_text("utf-8").splitlines()]


def test_a_reader_is_told_and_acknowledged(dingtalk: Caller, heard: Path) -> None:
    key = dingtalk.batch_send("u1", "u2").json["processQueryKey"]
    dingtalk.sim.post("/_sim/read", {"user_id": "u1"})
    dingtalk.sim.post("/_sim/read", {"user_id": "u1"})  # read already: no second event
    [(kind, data)] = eventually(lambda: events(heard), what="the event")
    assert kind == "robot_msg_read"
    assert (data["userId"], data["processQueryKey"], data["robotCode"]) == ("u1", key, "dingrobot")
    assert data["operatTime"].isdecimal()
    eventually(lambda: streams(dingtalk)["acknowledged"] == 1, what="acknowledged")


def test_who_is_asked_to_leave_comes_again(dingtalk: Caller, heard: Path) -> None:
    assert dingtalk.sim.post("/_sim/stream/disconnect", {}) == {"asked": 1}
    eventually(lambda: dingtalk.sim.stats()["requests_by_path"][OPEN] == 2, what="a second connection")
    eventually(lambda: streams(dingtalk)["open"] == 1, what="connected again")


def test_wrong_credentials_and_spent_tickets_open_nothing(dingtalk: Caller) -> None:
    dingtalk.app()
    with pytest.raises(SimulatorError) as refused:
        dingtalk.sim.post(OPEN, {"clientId": "dingapp", "clientSecret": "wrong", "subscriptions": []})
    assert refused.value.status == 401
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    answer = dingtalk.call(
        "GET", "/connect?ticket=spent", None, None, **upgrade, Sec_WebSocket_Key="MDEyMzQ1Njc4OTAxMjM0NQ=="
    )
    assert answer.status == 403
