"""已读 told by DingTalk itself, through a Stream connection of the served product."""

from __future__ import annotations

from collections.abc import Callable

from dingtalk_simulator.running import RunningSimulator
from tests.plant import CLIENT_SECRET, Plant
from tests.serving import Server, eventually


def test_a_reader_shows_in_the_record_without_a_call(
    installation: Callable[..., Server], simulator: RunningSimulator
) -> None:
    server = installation(DINGBELL_READ_EVENTS="1")
    server.start()
    plant = Plant(server, simulator, people=2)
    plant.tell("account")
    [rule] = server.get("/api/v1/rules")["items"]
    block = rule["notifications"][0]
    changed = {"notifications": [block | {"timing": block["timing"] | {"receipts": True}}]}
    assert server.call("PATCH", f"/api/v1/rules/{rule['id']}", changed).status == 200
    eventually(lambda: simulator.stats()["streams"]["open"] == 1, what="connected")
    server.raise_alarm("pump", name="3号泵压力超高")
    eventually(lambda: server.states() == ["sent"] * 2, what="told")
    simulator.post("/_sim/read", {"user_id": "user001"})
    eventually(lambda: any(one["read_at"] for one in server.deliveries()), what="read")
    read = [one["receiver"]["name"] for one in server.deliveries() if one["read_at"]]
    assert read == ["user001"]
    assert "/v1.0/robot/oToMessages/readStatus" not in simulator.stats()["requests_by_path"]
    server.stop(within_s=15)
    assert "ticket" not in server.log
    assert CLIENT_SECRET not in server.log
