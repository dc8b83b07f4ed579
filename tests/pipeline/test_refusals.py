"""What is refused for its words is said in others, once; of the people of one call each has a result of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dingbell.delivery.models import Attempt, Delivery
from dingbell.notify.models import Account, Service
from dingbell.storage.secrets import decrypt
from dingbell.storage.times import DAY, SECOND
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import StandingPlant

PLANT = "https://alarm.example.cn"


@pytest.fixture
def plant(transactional_db: None, simulator: RunningSimulator) -> Iterator[StandingPlant]:
    with StandingPlant(simulator, public_url=PLANT) as running:
        yield running


@pytest.fixture
def receivers(plant: StandingPlant) -> list[Service]:
    """A group and a person."""
    made = [plant.robot("值班群").service, plant.app("张三")]
    plant.configured()
    return made


def outcomes() -> list[tuple[str, str, str]]:
    return list(Delivery.objects.order_by("id").values_list("state", "reason", "remark"))


def requests(plant: StandingPlant, service: Service) -> list[dict[str, Any]]:
    robot = service.robots.first()
    return plant.simulator.messages(robot=decrypt(robot.token) if robot else service.robot_code)


def test_a_link_that_dingtalk_does_not_like_is_left_out(plant: StandingPlant, receivers: list[Service]) -> None:
    plant.simulator.post("/_sim/censor", {"hosts": ["alarm.example.cn"]})
    plant.alarm("P3", description="见 https://alarm.example.cn/wiki", value=12.4, unit="bar")
    assert outcomes() == [("sent", "", "sanitised")] * 2
    for service, code in zip(receivers, (430101, "contain.unsafe.url"), strict=True):
        refused, taken = requests(plant, service)
        assert refused.get("errcode", refused.get("code")) == code
        assert taken["delivered"]
        assert taken["msgtype"] in ("text", "sampleText")
        assert "12.4 bar" in taken["text"]
        assert "P3" in taken["text"]
        assert "去掉了链接" in taken["text"]
        assert "alarm.example.cn" not in taken["text"]


def test_words_that_dingtalk_does_not_like_and_that_people_typed_are_left_out(
    plant: StandingPlant, receivers: list[Service]
) -> None:
    plant.simulator.post("/_sim/censor", {"words": ["彩票"]})
    plant.alarm("P3", description="中了彩票")
    assert outcomes() == [("sent", "", "sanitised")] * 2
    plant.alarm("彩票机停机")
    assert outcomes()[2:] == [("failed", "unsuitable_text", "sanitised")] * 2
    assert [len(requests(plant, service)) for service in receivers] == [4, 4]


def test_what_is_too_long_for_dingtalk_today_is_cut_far_below(plant: StandingPlant, receivers: list[Service]) -> None:
    plant.simulator.post("/_sim/limits", {"robot_body_bytes": 8_000, "msg_param_bytes": 6_000})
    plant.alarm("P3", description="轴承温度高。" * 1_500)
    assert outcomes() == [("sent", "", "shortened")] * 2
    for service in receivers:
        refused, taken = requests(plant, service)
        assert not refused["delivered"]
        assert "P3" in taken["text"]
        assert taken["text"].endswith("…(钉钉认为原消息太长，这里只有开头。全文请看报警系统。)")


def throttled(plant: StandingPlant, user_id: str) -> None:
    person = {"user_id": user_id, "name": user_id, "mobile": "13900000001"}
    plant.simulator.post("/_sim/users", {**person, "flow_controlled": True})


def test_of_one_call_each_person_has_an_own_result(plant: StandingPlant) -> None:
    service = plant.app("一车间", "well", "throttled", "filtered")
    Account.objects.create(service=service, user_id="gone", name="gone")
    throttled(plant, "throttled")
    plant.simulator.post("/_sim/users", {"user_id": "filtered", "name": "x", "mobile": "139", "filtered": True})
    plant.configured()
    plant.alarm("P3")
    assert {name: (state, reason) for name, state, reason in
            Delivery.objects.values_list("receiver_name", "state", "reason")} == {
        "well": ("sent", ""),
        "throttled": ("pending", "recipient_flow_controlled"),
        "filtered": ("failed", "recipient_filtered"),
        "gone": ("failed", "recipient_unknown"),
    }  # fmt: skip
    assert Attempt.objects.filter(delivery_id=None).count() == 1


def test_a_throttled_person_holds_up_nobody_else_and_costs_few_calls(plant: StandingPlant) -> None:
    service = plant.app("一车间", "well", "throttled")
    throttled(plant, "throttled")
    plant.configured()
    plant.alarm("P3")
    began_us = plant.now_us
    waiting = Delivery.objects.get(receiver_name="throttled")
    assert (waiting.state, waiting.reason) == ("pending", "recipient_flow_controlled")
    assert waiting.due_us - began_us == 60 * SECOND
    assert Delivery.objects.get(receiver_name="well").state == "sent"
    while waiting.state == "pending":
        plant.pass_time((waiting.due_us - plant.now_us) / SECOND)
        waiting.refresh_from_db()
    assert (waiting.state, waiting.reason) == ("failed", "recipient_flow_controlled")
    assert DAY // 2 < plant.now_us - began_us <= DAY
    calls = Attempt.objects.filter(delivery_id=None).count()
    assert calls == len([m for m in requests(plant, service) if m["user_id"] == "throttled"])
    assert calls < 25
    assert len([m for m in requests(plant, service) if m["user_id"] == "well"]) == 1
