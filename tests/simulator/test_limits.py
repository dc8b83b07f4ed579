"""20 a minute and the 10-minute block, QPS, monthly quotas."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from dingtalk_simulator.clock import CHINA
from dingtalk_simulator.limits import MonthlyQuota, RobotGate, Window
from tests.simulator.caller import Caller

steps = st.lists(st.floats(0, 90, allow_nan=False), min_size=1, max_size=120)


@given(steps=steps, limit=st.integers(1, 20))
def test_a_window_never_holds_more_than_its_limit(steps: list[float], limit: int) -> None:
    window, now, admitted = Window(60), 1000.0, list[float]()
    for step in steps:
        now += step
        free = sum(moment > now - 60 for moment in admitted) < limit
        assert window.admits(now, limit) is free
        if free:
            admitted.append(now)
    assert window.most <= limit


@given(steps=steps)
def test_the_gate_is_the_documented_rule(steps: list[float]) -> None:
    """Against a model written down in the words of D 0717."""
    gate, now = RobotGate(), 1000.0
    sent: list[float] = []
    silent_until = 0.0
    for step in steps:
        now += step
        if now < silent_until:
            expected = False
        elif sum(moment > now - 60 for moment in sent) >= 20:
            expected, silent_until = False, now + 600
        else:
            expected = True
            sent.append(now)
        assert gate.admits(now, 20) is expected


def test_a_quota_begins_anew_with_the_month_in_china() -> None:
    quota = MonthlyQuota(limit=2)
    evening = datetime(2026, 11, 30, 23, 59, tzinfo=CHINA).timestamp()
    assert [quota.admits(evening) for _ in range(3)] == [True, True, False]
    assert quota.admits(evening + 120)
    assert quota.used == 1


def test_the_21st_message_silences_the_robot_for_ten_minutes(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.robot("other")
    assert [dingtalk.text()["errcode"] for _ in range(20)] == [0] * 20
    refused = dingtalk.text()
    assert refused["errcode"] == 130101
    assert refused["errmsg"] == "send too fast, exceed 20 times per minute"
    assert (refused["status"], refused["source"], refused["punish"]) == (1111, "x5", "deny")
    assert dingtalk.text(token="other")["errcode"] == 0

    dingtalk.sim.post("/_sim/clock", {"advance_s": 590})
    assert dingtalk.text()["errcode"] == 130101
    dingtalk.sim.post("/_sim/clock", {"advance_s": 11})
    assert dingtalk.text()["errcode"] == 0
    assert dingtalk.sim.stats()["lock_outs"] == 1


def test_messages_spread_over_time_are_never_blocked(dingtalk: Caller) -> None:
    dingtalk.robot()
    for _ in range(3):
        assert [dingtalk.text()["errcode"] for _ in range(20)] == [0] * 20
        dingtalk.sim.post("/_sim/clock", {"advance_s": 61})
    stats = dingtalk.sim.stats()
    assert stats["lock_outs"] == 0
    assert stats["robots"]["t1"]["max_per_minute"] == 20


def test_a_stranger_without_the_secret_cannot_lock_a_robot_out(dingtalk: Caller) -> None:
    dingtalk.robot(secret="SECtest")
    assert {dingtalk.text()["errcode"] for _ in range(25)} == {310000}
    assert dingtalk.sim.stats()["lock_outs"] == 0


def test_limits_can_be_lifted_for_benchmarks(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.sim.post("/_sim/limits", {"robot_per_minute": 0, "qps": 0})
    assert {dingtalk.text()["errcode"] for _ in range(60)} == {0}


def test_the_webhook_quota_is_90030(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.sim.post("/_sim/quota", {"webhook": 2})
    assert [dingtalk.text()["errcode"] for _ in range(3)] == [0, 0, 90030]
    assert dingtalk.text() == {"errcode": 90030, "errmsg": "webhook over limit"}
    dingtalk.sim.post("/_sim/quota", {"webhook": None})
    assert dingtalk.text()["errcode"] == 0


def test_the_api_quota_says_how_much_was_used(dingtalk: Caller) -> None:
    dingtalk.app()
    dingtalk.sim.post("/_sim/quota", {"api": 1})
    assert dingtalk.batch_send("u1").status == 200
    refused = dingtalk.batch_send("u1")
    assert refused.status == 403
    assert refused.json["code"] == "Forbidden.AccessDenied.ApiCountLimitForOrg"
    assert refused.json["message"] == "调用量:2次,额度:1次"
    contact = dingtalk.call("POST", f"/topapi/v2/user/get?access_token={dingtalk.token}", {"userid": "u1"})
    assert contact.json["errcode"] == 0, "contacts are not charged"


def test_qps_is_counted_per_app_and_interface(dingtalk: Caller) -> None:
    dingtalk.app()
    dingtalk.sim.post("/_sim/limits", {"qps": 2})
    dingtalk.sim.post("/_sim/clock", {"advance_s": 5})
    answers = [dingtalk.batch_send("u1") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 403]
    assert answers[2].json["code"] == "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
    read = dingtalk.api("/v1.0/robot/oToMessages/readStatus?robotCode=dingrobot", None, "GET")
    assert read.json["code"] == "invalidParameter.processQueryKey.missing", "another interface"
    dingtalk.sim.post("/_sim/clock", {"advance_s": 2})
    assert dingtalk.batch_send("u1").status == 200
    assert dingtalk.sim.stats()["quota"]["api_used"] == 4, "a throttled call is not charged"
