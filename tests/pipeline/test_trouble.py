"""A receiver that refuses for its configuration: tried alone after 5, 15, 60 minutes, told of once, well by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from dingbell.delivery.models import Delivery, Lane
from dingbell.notify.models import Robot
from dingbell.storage.secrets import decrypt
from dingbell.storage.times import MINUTE, SECOND
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import StandingPlant


@pytest.fixture
def plant(transactional_db: None, simulator: RunningSimulator) -> Iterator[StandingPlant]:
    with StandingPlant(simulator) as running:
        yield running


class Group:
    """A group in DingTalk, by the token of its robot."""

    def __init__(self, plant: StandingPlant, name: str, robot: Robot | None = None) -> None:
        self.plant = plant
        self.robot = robot or plant.robot(name)
        self.token = decrypt(self.robot.token)

    def becomes(self, state: str) -> None:
        self.plant.simulator.post("/_sim/state", {"robot": self.token, "state": state})

    def requests(self) -> int:
        return len(self.plant.simulator.messages(robot=self.token))

    def titles(self) -> list[str]:
        return [one["title"] for one in self.plant.simulator.messages(robot=self.token) if one["delivered"]]

    def states(self) -> list[tuple[str, str]]:
        of_it = Delivery.objects.filter(robot_id=self.robot.id, notice_id=None).order_by("id")
        return list(of_it.values_list("state", "reason"))

    def lane(self) -> Lane:
        return Lane.objects.get(key=self.robot.budget_key)


@pytest.fixture
def office(plant: StandingPlant) -> Group:
    """Where the system tells of itself; no alarm goes there."""
    return Group(plant, "值班室", plant.office())


def told(office: Group, count: int) -> list[str]:
    """What the office was told, once there are `count`: the engine looks once a second by the wall clock."""
    deadline = time.monotonic() + 20
    while len(office.titles()) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return office.titles()


def test_one_notice_trials_after_5_15_and_60_minutes_and_recovery_by_itself(
    plant: StandingPlant, office: Group
) -> None:
    group = Group(plant, "一车间值班群")
    plant.configured()
    group.becomes("disabled")
    plant.alarm("A1")
    assert group.states() == [("failed", "robot_disabled")]
    plant.pass_time(5)
    assert told(office, 1) == ["【系统】接收者异常：一车间值班群"]
    text = plant.simulator.messages(robot=office.token)[0]["text"]
    assert "机器人已被停用" in text
    assert "一车间值班群" in text
    assert group.token not in text

    refused_us = plant.now_us - 5 * SECOND
    for number, minutes in enumerate((5, 15, 60, 60), start=2):
        trial_us = refused_us + minutes * MINUTE
        assert group.lane().trial_us == trial_us
        plant.alarm(f"A{number}")
        plant.pass_time((trial_us - plant.now_us) / SECOND - 1)
        assert group.requests() == number - 1, "nothing goes before the trial"
        plant.pass_time(1)
        assert group.requests() == number
        assert group.states() == [("failed", "robot_disabled")] * number
        refused_us = plant.now_us

    plant.alarm("A6")
    group.becomes("normal")
    plant.pass_time(60 * 60)
    assert group.states()[5:] == [("sent", "")]
    assert group.lane().trouble == ""
    assert told(office, 2) == ["【系统】接收者异常：一车间值班群", "【系统】接收者恢复正常"]
    plant.alarm("A7")
    assert group.states()[6:] == [("sent", "")]
    assert group.requests() == 7


def test_robots_that_are_refused_for_one_cause_are_told_of_together(plant: StandingPlant, office: Group) -> None:
    groups = [Group(plant, f"{number}号群") for number in range(12)]
    plant.configured()
    for group in groups:
        group.becomes("removed")
    plant.alarm("A1")
    plant.pass_time(5)
    assert told(office, 1) == ["【系统】12 个接收者异常"]
    assert "另有 2 个" in plant.simulator.messages(robot=office.token)[0]["text"]


def test_a_receiver_is_not_told_of_its_own_trouble(plant: StandingPlant) -> None:
    """It would hear of it when it is over."""
    groups = [Group(plant, "一车间值班群"), Group(plant, "二车间值班群")]
    plant.configured()
    for group in groups:
        group.becomes("disabled")
    plant.alarm("A1")
    plant.pass_time(5)
    plant.engine.trouble_notices.tell()
    plant.rest()
    assert not Delivery.objects.exclude(notice_id=None).exists()
    assert [group.requests() for group in groups] == [1, 1]


def test_a_person_who_mended_it_has_it_tried_at_once(plant: StandingPlant, office: Group) -> None:
    group = Group(plant, "一车间值班群")
    plant.configured()
    group.becomes("disabled")
    plant.alarm("A1")
    plant.alarm("A2")
    assert group.states() == [("failed", "robot_disabled"), ("pending", "")]
    group.becomes("normal")
    assert plant.engine.trouble_notices.try_now([group.robot.budget_key, "r:of-nobody"]) == 1
    plant.rest()
    assert group.states()[1:] == [("sent", "")]
    assert plant.engine.trouble_notices.try_now([group.robot.budget_key]) == 0


def test_what_was_changed_is_tried_at_once(plant: StandingPlant, office: Group) -> None:
    """Somebody entered the right keyword: the next alarm need not wait five minutes."""
    group = Group(plant, "一车间值班群")
    plant.configured()
    plant.simulator.post("/_sim/robots", {"token": group.token, "name": "x", "group": "y", "keywords": ["报警铃"]})
    plant.alarm("A1")
    assert group.states() == [("failed", "keyword_missing")]
    Robot.objects.filter(id=group.robot.id).update(keywords=["报警铃"])
    plant.configured()
    plant.alarm("A2")
    assert group.states()[1:] == [("sent", "")]
