"""The main job over real HTTP: an alarm is posted, a group and a person read it."""

from __future__ import annotations

from dingtalk_simulator.running import RunningSimulator
from tests.plant import Plant
from tests.serving import Server, eventually


def test_an_alarm_its_acknowledgement_and_its_recovery_reach_the_group_and_the_person(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot", "account")

    server.raise_alarm("P3#HH", name="3号泵压力超高", priority="critical", value=12.4, unit="bar", limit=10)
    alarm = server.get("/api/v1/alarms")["items"][0]
    answer = server.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {"note": "已到现场"})
    assert answer.status == 200, answer.body.decode()
    server.clear_alarm("P3#HH", value=9.8)

    for chat in (plant.in_group, plant.at_person):
        messages = eventually(lambda chat=chat: (m := chat()) and len(m) == 3 and m)
        assert [message["title"] for message in messages] == [
            "【紧急】3号泵压力超高",
            "【确认】3号泵压力超高",
            "【恢复】3号泵压力超高",
        ]
        assert "12.4 bar（限值 10 bar）" in messages[0]["text"]
        assert "已到现场" in messages[1]["text"]
    eventually(lambda: set(server.states()) == {"sent"})
    for delivery in server.deliveries():
        assert delivery["reason"] is None
        assert delivery["sent_at"] is not None
        assert len(delivery["attempts"]) == 1
