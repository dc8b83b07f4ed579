"""The main job over real HTTP: an alarm is posted, a group and a person read it."""

from __future__ import annotations

from dingtalk_simulator.running import RunningSimulator
from tests.plant import Plant
from tests.serving import Server, eventually


def test_an_alarm_and_its_recovery_reach_the_group_and_the_person(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell_group_and_person()

    server.raise_alarm("P3#HH", name="3号泵压力超高", priority="critical", value=12.4, unit="bar", limit=10)
    server.clear_alarm("P3#HH", value=9.8)

    group = eventually(lambda: (m := plant.in_group()) and len(m) == 2 and m)
    person = eventually(lambda: (m := plant.at_person()) and len(m) == 2 and m)
    for messages in (group, person):
        assert [message["title"] for message in messages] == ["【紧急】3号泵压力超高", "【恢复】3号泵压力超高"]
        assert "12.4 bar（限值 10 bar）" in messages[0]["text"]
        assert "已恢复" in messages[1]["text"]
