"""What one receiver's trouble means for the others: pools stand in, poison is set apart, stale news becomes a line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dingbell.alarms.alarm import Priority
from dingbell.channels.base import Result, Verdict
from dingbell.delivery.models import Delivery, Lane, Send
from dingbell.delivery.plan import ISOLATED_AFTER
from dingbell.notify.models import Block, Robot
from dingbell.pipeline import calling, sending
from dingbell.pipeline.receivers import GroupRobot
from dingbell.storage.secrets import decrypt
from dingbell.storage.times import MINUTE
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import StandingPlant
from tests.serving import eventually

pytestmark = pytest.mark.django_db(transaction=True)
BATCH = "/v1.0/robot/oToMessages/batchSend"


@pytest.fixture
def plant(transactional_db: None, simulator: RunningSimulator) -> Iterator[StandingPlant]:
    with StandingPlant(simulator) as standing:
        yield standing


def in_group(plant: StandingPlant, robot: Robot) -> list[str]:
    messages = plant.simulator.messages(robot=decrypt(robot.token))
    return [str(one["title"]).partition("】")[2] for one in messages if one["delivered"] and not one["duplicate"]]


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("id").values_list("state", "reason"))


def test_robots_of_a_pool_tell_their_group_once_in_turn_and_stand_in_for_each_other(plant: StandingPlant) -> None:
    one, two = plant.robot("甲", pool="一班"), plant.robot("乙", pool="一班")
    two.service.blocks.all().delete()
    Robot.objects.filter(id=two.id).update(service=one.service)
    plant.configured()
    for number in range(4):
        plant.alarm(f"a{number}")
    assert in_group(plant, one) == ["a0", "a2"]
    assert in_group(plant, two) == ["a1", "a3"]
    assert states() == [("sent", "")] * 4, "one delivery for the group, not one a robot"
    # DingTalk silences the next one for ten minutes: the other one takes over at once.
    plant.simulator.post("/_sim/faults", {"path": "/robot/send", "times": 1, "errcode": 410100})
    plant.alarm("held")
    assert in_group(plant, two)[-1] == "held"
    assert states()[-1] == ("sent", "")
    plant.alarm("after")
    assert in_group(plant, two)[-1] == "after"
    plant.pass_time(11 * 60)
    plant.alarm("again")
    assert in_group(plant, one)[-1] == "again"


def test_a_message_that_cannot_be_made_is_tried_thrice_and_holds_up_nobody(
    plant: StandingPlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = plant.robot("群")
    plant.configured()
    made = sending.message_of

    def poisoned(happened: object, *rest: object) -> object:
        if happened.alarm.key == "poison":  # type: ignore[attr-defined]
            raise RuntimeError("no words for this")
        return made(happened, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(sending, "message_of", poisoned)
    plant.alarm("poison")
    plant.alarm("good")
    assert in_group(plant, robot) == ["good"]
    assert states() == [("pending", "rendering_failed"), ("sent", "")]
    plant.pass_until(lambda: states()[0][0] != "pending")
    assert states()[0] == ("failed", "rendering_failed")


def test_a_message_whose_sending_never_ends_well_is_set_apart(
    plant: StandingPlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    robot = plant.robot("群")
    plant.configured()
    call = sending.call

    async def lost(to: GroupRobot, body: bytes, *rest: object) -> Result:
        if b"poison" in body:
            return Result(Verdict.UNKNOWN, "timeout", wait_s=1.0)
        return await call(to, body, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(calling.sending, "call", lost)
    plant.alarm("poison")
    plant.alarm("good")
    assert in_group(plant, robot) == [], "the first tries hold the group: it may be the network"
    plant.pass_until(lambda: states()[1][0] == "sent")
    assert Send.objects.get(state="frozen").tries == ISOLATED_AFTER
    plant.pass_time(5)
    plant.alarm("better")
    assert in_group(plant, robot) == ["good", "better"]
    assert states()[0] == ("pending", "timeout")


def hold(plant: StandingPlant) -> None:
    """DingTalk says once more that it listens to nobody for ten minutes."""
    Lane.objects.update(hold_until_us=plant.now_us + 10 * MINUTE, hold_reason="robot_rate_limited")


def test_what_is_stale_expires_by_its_priority_and_is_one_line_of_the_next_digest(plant: StandingPlant) -> None:
    robot = plant.robot("群")
    plant.configured()
    plant.alarm("first")
    hold(plant)
    for number in range(3):
        plant.alarm(f"low{number}", priority=Priority.LOW)
    for number in range(20):
        plant.alarm(f"high{number}", priority=Priority.HIGH)
    for _ in range(12):
        hold(plant)
        plant.pass_time(590)
    assert states()[1:4] == [("expired", "expired")] * 3
    assert states()[4:] == [("pending", "")] * 20
    plant.pass_time(60)
    assert states()[4:] == [("sent", "")] * 20
    [text] = [str(one["text"]) for one in plant.simulator.messages(robot=decrypt(robot.token))[1:]]
    assert "high19" in text
    assert "low0" not in text
    assert "3" in text.partition("过期")[0][-20:] + text.partition("过期")[2][:20]
    digest = Send.objects.get(kind="digest").id
    assert set(Delivery.objects.filter(id__gt=1).values_list("digest", flat=True)) == {digest}


def test_who_has_read_it_is_asked_for_whatever_try_was_taken(plant: StandingPlant) -> None:
    service = plant.app("应用")
    Block.objects.update(timing={"receipts": True})
    plant.configured()
    plant.simulator.post("/_sim/faults", {"path": BATCH, "times": 1, "status": 503})
    plant.alarm("pump")
    assert states() == [("pending", "server_error")]
    plant.pass_until(lambda: states() == [("sent", "")])
    sent = Send.objects.get(service_id=service.id)
    assert sent.tries == 2
    assert sent.read_check_us is not None


def test_the_other_way_is_taken_as_soon_as_the_first_one_failed(plant: StandingPlant) -> None:
    plant.engine._stopping.set()  # nothing comes by the second any more
    plant.engine._ticks.join()
    robot, other = plant.robot("值班群"), plant.robot("备用群")
    other.service.blocks.all().delete()
    robot.service.blocks.update(fallback=[{"service": other.service_id}])
    plant.configured()
    plant.simulator.post("/_sim/faults", {"path": "/robot/send", "times": 1, "errcode": 400102})
    plant.alarm("泵停")
    eventually(lambda: states() == [("failed", "robot_disabled"), ("sent", "")])
    assert in_group(plant, other) == ["泵停"]
