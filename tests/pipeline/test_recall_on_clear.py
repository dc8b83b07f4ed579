"""A block that wants its messages taken back when the alarm is over, in the served product."""

from __future__ import annotations

from typing import Any

from dingtalk_simulator.running import RunningSimulator
from tests.plant import Plant
from tests.serving import Server, eventually

RECALL_PATH = "/v1.0/robot/otoMessages/batchRecall"


def test_what_announced_an_alarm_leaves_people_s_chats_when_it_clears(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator, people=2)
    plant.tell("account", "robot")
    [rule] = server.get("/api/v1/rules")["items"]
    block = rule["notifications"][0]
    answer = server.call(
        "PATCH",
        f"/api/v1/rules/{rule['id']}",
        {"notifications": [block | {"timing": block["timing"] | {"recall_on_clear": True, "receipts": True}}]},
    )
    assert answer.status == 200, answer.body.decode()
    server.raise_alarm("pump", name="3号泵压力超高")
    eventually(lambda: server.states() == ["sent"] * 3, what="all told")
    plant.fault(RECALL_PATH, times=1, drop_after_accept=True)  # its answer is lost: it is asked again
    server.clear_alarm("pump")

    def taken_back() -> list[dict[str, Any]]:
        found = [one for one in server.deliveries() if one["recalled_at"]]
        return found if len(found) == 2 else []

    gone = eventually(taken_back, what="taken back")
    assert all(one["receiver"].get("account") and one["recall"]["by"] is None for one in gone)
    assert simulator.stats()["requests_by_path"][RECALL_PATH] == 2
    metrics = server.call("GET", "/metrics", token=None).body.decode()
    assert 'dingbell_calls_total{channel="recall",code="",verdict="sent"} 1.0' in metrics
    eventually(lambda: server.states() == ["sent"] * 6, what="the recovery is told")
    kept = [one for one in server.deliveries() if not one["recalled_at"]]
    assert len(kept) == 4  # the group's two, and the recovery for both people
    assert len({one["event"] for one in gone}) == 1
