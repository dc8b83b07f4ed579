from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from dingbell.channels.base import Button, Form, Message, Verdict
from dingbell.channels.dingtalk import account
from dingbell.channels.dingtalk.errors import explain
from dingbell.channels.dingtalk.token import App
from tests.channels.dingtalk import APP, BATCH_PATH, TOKEN_PATH, DingTalk

PUMP = Message(Form.MARKDOWN, "3号泵压力超高", "### 3号泵压力超高\n\n- 12.4 bar")
BOB = "manager4220"


def body(*user_ids: str, message: Message = PUMP, robot_code: str = "ding1") -> bytes:
    return account.body(robot_code, user_ids, *account.encode(message))


@pytest.fixture
def ready(dingtalk: DingTalk) -> DingTalk:
    dingtalk.add_app()
    dingtalk.add_person(BOB)
    return dingtalk


@pytest.mark.parametrize(
    "message",
    [
        Message(Form.TEXT, "泵", r"D:\data \"12.4\" bar"),
        PUMP,
        *(
            Message(Form.ACTION_CARD, "泵", "高压", (Button("查看", "https://alarm.example.cn/a/1"),) * count)
            for count in range(1, 6)
        ),
        Message(Form.MARKDOWN, "泵" * 999, '- 高压 \\ "\n' * 9000),
    ],
    ids=["text", "markdown", *(f"{count} buttons" for count in range(1, 6)), "longest"],
)
def test_every_form_arrives(ready: DingTalk, message: Message) -> None:
    result = ready.to_people(body(BOB, message=message))
    assert (result.verdict, result.http_status) == (Verdict.SENT, 200)
    assert result.process_query_key
    assert result.recipients == {}
    assert result.clock_skew_s == pytest.approx(0, abs=3)
    [shown] = ready.simulator.messages(user_id=BOB)
    assert shown["delivered"]


def test_each_person_has_a_result(ready: DingTalk) -> None:
    ready.add_person("filtered", filtered=True)
    result = ready.to_people(body(BOB, "leaver01", "filtered"))
    assert result.verdict is Verdict.SENT
    assert {person: each.reason for person, each in result.recipients.items()} == {
        "leaver01": "recipient_unknown",
        "filtered": "recipient_filtered",
    }
    assert {each.verdict for each in result.recipients.values()} == {Verdict.REFUSED_RECIPIENT}


def test_a_throttled_person_waits(ready: DingTalk) -> None:
    lists = {"processQueryKey": "p", "invalidStaffIdList": [], "flowControlledStaffIdList": [BOB]}
    ready.fault(BATCH_PATH, times=1, body=lists)
    throttled = ready.to_people(body(BOB)).recipients[BOB]
    assert (throttled.verdict, throttled.reason, throttled.wait_s) == (
        Verdict.RETRY,
        "recipient_flow_controlled",
        60,
    )


def test_one_token_serves_many_messages(ready: DingTalk) -> None:
    for _ in range(5):
        assert ready.to_people(body(BOB)).verdict is Verdict.SENT
    assert ready.calls(TOKEN_PATH) == 1


@pytest.mark.parametrize(
    "fault",
    [{"code": "InvalidAuthentication"}, {"status": 401}, {"body": {"errcode": 42001, "errmsg": "access_token超时"}}],
    ids=["InvalidAuthentication", "401", "42001"],
)
def test_a_refused_token_is_fetched_anew_once(ready: DingTalk, fault: dict[str, Any]) -> None:
    assert ready.to_people(body(BOB)).verdict is Verdict.SENT
    ready.fault(BATCH_PATH, times=1, **fault)
    assert ready.to_people(body(BOB)).verdict is Verdict.SENT
    assert ready.calls(TOKEN_PATH) == 2
    assert len([shown for shown in ready.simulator.messages(user_id=BOB) if shown["delivered"]]) == 2


def test_a_token_that_stays_refused_is_a_configuration_error(ready: DingTalk) -> None:
    ready.fault(BATCH_PATH, times=9, code="InvalidAuthentication")
    result = ready.to_people(body(BOB))
    assert (result.verdict, result.reason) == (Verdict.REFUSED_CONFIGURATION, "access_token_invalid")
    assert (ready.calls(TOKEN_PATH), ready.calls(BATCH_PATH)) == (2, 2)


def test_a_changed_secret_does_not_use_the_old_token(ready: DingTalk) -> None:
    assert ready.to_people(body(BOB)).verdict is Verdict.SENT
    result = ready.to_people(body(BOB), App(APP.client_id, "mistyped"))
    assert (result.verdict, result.reason) == (Verdict.REFUSED_CONFIGURATION, "client_credentials_wrong")
    assert ready.calls(BATCH_PATH) == 1


def test_a_missing_permission_is_named(dingtalk: DingTalk) -> None:
    dingtalk.add_app(permissions=["Card.Instance.Write"])
    dingtalk.add_person(BOB)
    result = dingtalk.to_people(body(BOB))
    assert (result.verdict, result.reason) == (Verdict.REFUSED_CONFIGURATION, "permission_missing")
    assert result.request_id
    assert "qyapi_robot_sendmsg" in explain(result, "zh-hans")


def test_a_robot_of_another_app(ready: DingTalk) -> None:
    ready.add_app(client_id="other", robot_code="ding2")
    assert ready.to_people(body(BOB, robot_code="ding2")).reason == "robot_code_of_other_app"
    assert ready.to_people(body(BOB, robot_code="nobody")).reason == "robot_code_unknown"


def test_too_many_calls_a_second(ready: DingTalk) -> None:
    ready.simulator.post("/_sim/limits", {"robot_per_minute": 20, "qps": 1})
    results = [ready.to_people(body(BOB)) for _ in range(2)]
    assert (results[1].verdict, results[1].reason, results[1].wait_s) == (Verdict.RETRY, "app_qps_limited", 1)


def test_the_month_s_quota(ready: DingTalk) -> None:
    ready.simulator.post("/_sim/quota", {"webhook": 3000, "api": 0})
    assert ready.to_people(body(BOB)).verdict is Verdict.QUOTA


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503},
        {"status": 502, "body": "<html>Bad Gateway</html>"},
        {"code": "system.error", "status": 500},
        {"code": "unknown.send.result", "status": 400},
        {"drop": True},
        {"drop_after_accept": True},
        {"body": ""},
    ],
    ids=str,
)
def test_what_may_have_been_taken_is_unknown(ready: DingTalk, fault: dict[str, Any]) -> None:
    ready.fault(BATCH_PATH, times=1, **fault)
    assert ready.to_people(body(BOB)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ({"status": 503}, Verdict.RETRY),
        ({"drop": True}, Verdict.RETRY),
        ({"drop_after_accept": True}, Verdict.RETRY),
        ({"delay_s": 1.5}, Verdict.RETRY),
        ({"body": "<html>"}, Verdict.HOLD),
        ({"body": ""}, Verdict.RETRY),
        ({"body": {"expireIn": 7200}}, Verdict.RETRY),
        ({"body": {"accessToken": "line\nbreak"}}, Verdict.RETRY),
        ({"code": "invalidClientIdOrSecret"}, Verdict.REFUSED_CONFIGURATION),
        ({"code": "Forbidden.AccessDenied.QpsLimitForApi"}, Verdict.RETRY),
    ],
    ids=str,
)
def test_without_a_token_nothing_was_sent(ready: DingTalk, fault: dict[str, Any], verdict: Verdict) -> None:
    ready.fault(TOKEN_PATH, times=1, **fault)
    result = ready.to_people(body(BOB))
    assert result.verdict is verdict
    assert ready.calls(BATCH_PATH) == 0


def test_user_ids_are_text(ready: DingTalk) -> None:
    ready.add_person("012345678901234567890")
    result = ready.to_people(body("012345678901234567890"), now=datetime.now(UTC))
    assert (result.verdict, result.recipients) == (Verdict.SENT, {})
    assert json.loads(body("0123"))["userIds"] == ["0123"]
