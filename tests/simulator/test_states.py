"""What an administrator, or DingTalk's censor, does to a robot that worked until then."""

from __future__ import annotations

import pytest

from tests.simulator.caller import BATCH_SEND, Caller

CARD = {
    "msgtype": "actionCard",
    "actionCard": {"title": "报警", "text": "泵", "singleTitle": "看", "singleURL": "https://bad.example.cn/1"},
}


@pytest.mark.parametrize(("state", "errcode"), [("disabled", 400102), ("removed", 400106), ("dissolved", 400013)])
def test_a_robot_is_taken_out_of_use_and_back(dingtalk: Caller, state: str, errcode: int) -> None:
    dingtalk.robot()
    dingtalk.robot("other")
    dingtalk.sim.post("/_sim/state", {"robot": "t1", "state": state})
    assert dingtalk.text()["errcode"] == errcode
    assert dingtalk.text(token="other")["errcode"] == 0
    dingtalk.sim.post("/_sim/state", {"robot": "t1", "state": "normal"})
    assert dingtalk.text()["errcode"] == 0


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("stopped", "bot.stopped"),
        ("unpublished", "invalidParameter.robotCode.notExsit"),
        ("forbidden", "bot.forbidden.sendMessage"),
    ],
)
def test_an_app_is_taken_out_of_use_and_back(dingtalk: Caller, state: str, code: str) -> None:
    dingtalk.app()
    dingtalk.sim.post("/_sim/state", {"app": "dingapp", "state": state})
    refused = dingtalk.batch_send("u1")
    assert (refused.status, refused.json["code"]) == (400, code)
    dingtalk.sim.post("/_sim/state", {"app": "dingapp", "state": "normal"})
    assert dingtalk.batch_send("u1").status == 200


@pytest.mark.parametrize(
    "wrong",
    [{"robot": "nobody", "state": "disabled"}, {"robot": "t1", "state": "stopped"}, {"robot": "t1"}, {"state": "x"}],
)
def test_a_state_that_cannot_be_is_400(dingtalk: Caller, wrong: dict[str, str]) -> None:
    dingtalk.robot()
    assert dingtalk.call("POST", "/_sim/state", wrong).status == 400


def test_a_person_is_throttled_until_it_is_taken_back(dingtalk: Caller) -> None:
    dingtalk.app()
    person = {"user_id": "u1", "name": "张三", "mobile": "13900000001"}
    dingtalk.sim.post("/_sim/users", {**person, "flow_controlled": True})
    assert dingtalk.batch_send("u1", "u2").json["flowControlledStaffIdList"] == ["u1"]
    dingtalk.sim.post("/_sim/users", person)
    assert dingtalk.batch_send("u1").json["flowControlledStaffIdList"] == []


def test_links_and_words_that_dingtalk_does_not_like(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.app()
    dingtalk.sim.post("/_sim/censor", {"hosts": ["bad.example.cn"], "words": ["彩票"]})
    assert dingtalk.send(CARD)["errcode"] == 430101
    assert dingtalk.text("中了彩票")["errcode"] == 430102
    assert dingtalk.text("3号水泵")["errcode"] == 0
    refused = dingtalk.batch_send("u1", msgParam='{"content": "见 https://bad.example.cn/x"}')
    assert refused.json["code"] == "contain.unsafe.url"
    dingtalk.sim.post("/_sim/censor", {})
    assert dingtalk.send(CARD)["errcode"] == 0


def test_sizes_are_settings(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.app()
    dingtalk.sim.post("/_sim/limits", {"robot_body_bytes": 200, "msg_param_bytes": 100})
    assert dingtalk.text("长" * 100)["errcode"] == 460101
    refused = dingtalk.batch_send("u1", msgParam=f'{{"content": "{"长" * 100}"}}')
    assert refused.json["code"] == "invalidParameter.msgParam.tooLong"
    assert dingtalk.text("短")["errcode"] == 0


def test_a_fault_of_one_robot_leaves_the_others_alone(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.robot("other")
    dingtalk.app()
    dingtalk.sim.post("/_sim/faults", {"path": "/robot/send", "robot": "t1", "errcode": -1})
    dingtalk.sim.post("/_sim/faults", {"path": "/robot/send", "errcode": 500100, "times": 1})
    assert [dingtalk.text()["errcode"], dingtalk.text(token="other")["errcode"]] == [-1, 500100]
    assert dingtalk.text(token="other")["errcode"] == 0
    dingtalk.sim.post("/_sim/faults", {"path": BATCH_SEND, "robot": "dingrobot", "code": "system.error", "times": 1})
    assert [dingtalk.batch_send("u1").status for _ in range(2)] == [500, 200]
