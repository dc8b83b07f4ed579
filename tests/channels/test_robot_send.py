from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from dingbell.channels.base import Button, Form, Mentions, Message, Verdict
from dingbell.channels.dingtalk.robot import encode
from tests.channels.dingtalk import ROBOT_TOKEN, SECRET, SEND_PATH, DingTalk

VIEW = Button("查看", "https://alarm.example.cn/a/1001")
PUMP = Message(Form.MARKDOWN, "3号泵压力超高", "### 3号泵压力超高\n\n- 12.4 bar")


@pytest.mark.parametrize(
    "message",
    [
        Message(Form.TEXT, "泵", r"D:\data \"12.4\" bar"),
        PUMP,
        Message(Form.ACTION_CARD, "泵", "### 高压", (VIEW,)),
        Message(Form.ACTION_CARD, "泵", "### 高压", (VIEW, Button("确认", "https://alarm.example.cn/ack"))),
    ],
    ids=["text", "markdown", "one button", "two buttons"],
)
def test_every_form_arrives_signed_and_with_its_keyword(dingtalk: DingTalk, message: Message) -> None:
    webhook = dingtalk.add_robot(secret=SECRET, keywords=["报警"])
    result = dingtalk.to_group(webhook, encode(message, ["报警"], "u-1"), SECRET)
    assert (result.verdict, result.code, result.http_status) == (Verdict.SENT, "0", 200)
    assert result.clock_skew_s == pytest.approx(0, abs=3)
    [shown] = dingtalk.simulator.messages(robot=ROBOT_TOKEN)
    assert shown["delivered"]
    assert "报警" in shown["text"]


def test_the_longest_message_is_taken(dingtalk: DingTalk) -> None:
    webhook = dingtalk.add_robot(keywords=["报警"])
    mentions = Mentions(mobiles=tuple(str(13900000000 + n) for n in range(50)))
    body = encode(Message(Form.MARKDOWN, "泵" * 999, '- 高压 \\ "\n' * 9000, mentions=mentions), ["报警"], "u-1")
    assert dingtalk.to_group(webhook, body).verdict is Verdict.SENT
    [shown] = dingtalk.simulator.messages(robot=ROBOT_TOKEN)
    assert shown["text"].endswith("@13900000049")


def test_a_repetition_is_shown_once(dingtalk: DingTalk) -> None:
    webhook = dingtalk.add_robot()
    body = encode(PUMP, [], "u-1")
    dingtalk.fault(SEND_PATH, times=1, drop_after_accept=True)
    assert dingtalk.to_group(webhook, body).verdict is Verdict.UNKNOWN
    assert dingtalk.to_group(webhook, body).verdict is Verdict.SENT
    assert [shown["duplicate"] for shown in dingtalk.simulator.messages(robot=ROBOT_TOKEN)] == [False, True]


@pytest.mark.parametrize(
    ("robot", "secret", "reason"),
    [
        ({"secret": SECRET}, "", "signature_mismatch"),
        ({"secret": SECRET}, "SECwrong", "signature_mismatch"),
        ({"keywords": ["监控"]}, "", "keyword_missing"),
        ({"ip_whitelist": ["203.0.113.0/24"]}, "", "ip_not_whitelisted"),
    ],
)
def test_security_settings(dingtalk: DingTalk, robot: dict[str, object], secret: str, reason: str) -> None:
    result = dingtalk.to_group(dingtalk.add_robot(**robot), encode(PUMP, [], "u-1"), secret)
    assert (result.verdict, result.reason, result.code) == (
        Verdict.REFUSED_CONFIGURATION,
        reason,
        "310000",
    )


def test_a_wrong_clock_is_named(dingtalk: DingTalk) -> None:
    webhook = dingtalk.add_robot(secret=SECRET)
    dingtalk.simulator.post("/_sim/clock", {"skew_s": 7200})
    result = dingtalk.to_group(webhook, encode(PUMP, [], "u-1"), SECRET)
    assert result.reason == "timestamp_invalid"
    assert result.clock_skew_s == pytest.approx(-7200, abs=3)


def test_an_unknown_robot(dingtalk: DingTalk) -> None:
    webhook = dingtalk.add_robot()
    dingtalk.simulator.reset()
    assert dingtalk.to_group(webhook, encode(PUMP, [], "u-1")).reason == "robot_token_unknown"


def test_the_twenty_first_message_holds_the_robot(dingtalk: DingTalk) -> None:
    webhook = dingtalk.add_robot()
    results = [dingtalk.to_group(webhook, encode(PUMP, [], f"u-{n}")) for n in range(21)]
    assert {result.verdict for result in results[:20]} == {Verdict.SENT}
    assert (results[20].verdict, results[20].reason, results[20].wait_s) == (
        Verdict.HOLD,
        "robot_rate_limited",
        600,
    )


def test_the_month_s_quota(dingtalk: DingTalk) -> None:
    webhook = dingtalk.add_robot()
    dingtalk.simulator.post("/_sim/quota", {"webhook": 1, "api": 5000})
    assert dingtalk.to_group(webhook, encode(PUMP, [], "u-1")).verdict is Verdict.SENT
    assert dingtalk.to_group(webhook, encode(PUMP, [], "u-2")).verdict is Verdict.QUOTA


def test_a_server_error_may_be_repeated(dingtalk: DingTalk) -> None:
    webhook = dingtalk.add_robot()
    dingtalk.fault(SEND_PATH, times=1, status=503)
    assert dingtalk.to_group(webhook, encode(PUMP, [], "u-1")).verdict is Verdict.RETRY


def test_many_threads(dingtalk: DingTalk) -> None:
    webhook = dingtalk.add_robot(secret=SECRET)
    dingtalk.simulator.post("/_sim/limits", {"robot_per_minute": 0, "qps": 0})
    with ThreadPoolExecutor(16) as threads:
        results = list(
            threads.map(lambda n: dingtalk.to_group(webhook, encode(PUMP, [], f"u-{n}"), SECRET), range(100))
        )
    assert {result.verdict for result in results} == {Verdict.SENT}
    bodies = [shown["body"] for shown in dingtalk.simulator.messages(robot=ROBOT_TOKEN)]
    uuids = {(json.loads(body) if isinstance(body, str) else body)["msgUuid"] for body in bodies}
    assert len(uuids) == 100
