"""kill -9 between the 202 and the chat: every accepted alarm's message arrives."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dingtalk_simulator.running import RunningSimulator
from tests.plant import TOKEN, Plant
from tests.serving import Server, eventually

ROBOT = "/robot/send"
BATCH = "/v1.0/robot/oToMessages/batchSend"


def titles(messages: list[dict[str, object]]) -> list[str]:
    return [str(message["title"]).partition("】")[2] for message in messages]


def test_what_was_accepted_but_not_sent_is_sent_after_the_restart(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot", "account")
    for path in (ROBOT, BATCH):
        plant.fault(path, times=100, status=503)
    server.report(*({"key": f"a{n}", "state": "active"} for n in range(4)))
    server.kill()
    for path in (ROBOT, BATCH):
        plant.fault(path, times=0)
    server.start()
    for chat in (plant.in_group, plant.at_person):
        eventually(lambda chat=chat: set(titles(chat())) == {"a0", "a1", "a2", "a3"})
    eventually(lambda: set(server.states()) == {"sent"})
    assert titles(plant.in_group()) == ["a0", "a1", "a2", "a3"]


@pytest.mark.parametrize("fault", [{"delay_s": 3}, {"drop_after_accept": True}])
def test_a_robot_message_interrupted_in_the_middle_shows_once(
    server: Server, simulator: RunningSimulator, fault: dict[str, object]
) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot")
    plant.fault(ROBOT, times=1, **fault)
    server.raise_alarm("interrupted")
    eventually(lambda: simulator.messages(robot=TOKEN) or server.states() == ["sending"])
    server.restart()
    eventually(lambda: server.states() == ["sent"])
    assert titles(plant.in_group()) == ["interrupted"]
    sent = [message["body"]["msgUuid"] for message in simulator.messages(robot=TOKEN)]
    assert len(set(sent)) == 1, "the repetition carries the same msgUuid"


def test_a_robot_that_takes_a_message_and_answers_nothing_shows_it_once(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot")
    plant.fault(ROBOT, times=2, drop_after_accept=True)
    server.raise_alarm("unanswered")
    eventually(lambda: server.states() == ["sent"])
    everything = [message for message in simulator.messages(robot=TOKEN) if message["delivered"]]
    assert [message["duplicate"] for message in everything] == [False, True, True]


def test_an_account_message_of_unknown_fate_is_repeated_once_and_then_given_up(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator)
    plant.tell("account")
    plant.fault(BATCH, times=5, drop_after_accept=True)
    server.raise_alarm("unanswered")
    eventually(lambda: server.states() == ["failed"])
    [delivery] = server.deliveries()
    assert delivery["reason"] == "outcome_unknown"
    assert len(delivery["attempts"]) == 2
    assert len(plant.at_person()) == 2


@pytest.mark.parametrize("moment", ["at once", "when the first went out"])
def test_a_burst_survives_the_kill(
    installation: Callable[..., Server], simulator: RunningSimulator, moment: str
) -> None:
    server = installation(DINGBELL_ROBOT_PER_MINUTE="0", DINGBELL_PERSON_PER_MINUTE="0")
    simulator.post("/_sim/limits", {"robot_per_minute": 0, "qps": 0})
    server.start()
    plant = Plant(server, simulator)
    plant.tell("robot", "account")
    wanted = {f"a{n:02}" for n in range(30)}
    server.report(*({"key": key, "state": "active"} for key in sorted(wanted)))
    if moment != "at once":
        eventually(plant.in_group)
    server.restart()
    eventually(lambda: set(server.states()) == {"sent"}, within_s=30)
    assert titles(plant.in_group()) == sorted(wanted)
    assert set(titles(plant.at_person())) == wanted


def test_a_simulator_that_was_away_gets_its_messages_when_it_is_back(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator)
    plant.tell("robot")
    plant.fault(ROBOT, times=2, drop=True)
    server.raise_alarm("away")
    eventually(lambda: server.deliveries()[0]["reason"] is not None)
    eventually(lambda: server.states() == ["sent"])
    assert titles(plant.in_group()) == ["away"]
    assert len(server.deliveries()[0]["attempts"]) == 3
