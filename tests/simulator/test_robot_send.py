"""POST /robot/send over real HTTP: what is shown, what is refused, and with which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator.caller import Caller

LINK = {"title": "恢复", "text": "温度恢复", "messageUrl": "https://a.example.cn"}
FEED = {"title": "恢复", "messageURL": "https://a.example.cn", "picURL": "https://a.example.cn/p.png"}
MARKDOWN = {"title": "报警", "text": "### 温度高"}
SINGLE = {**MARKDOWN, "singleTitle": "查看", "singleURL": "https://a.example.cn"}
SEVERAL = {**MARKDOWN, "btns": [{"title": "确认", "actionURL": "https://a.example.cn"}]}

COMPLETE: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
    ("text", {"content": "温度高"}, ("", "温度高")),
    ("markdown", MARKDOWN, ("报警", "### 温度高")),
    ("link", LINK, ("恢复", "温度恢复")),
    ("actionCard", SINGLE, ("报警", "### 温度高")),
    ("actionCard", SEVERAL, ("报警", "### 温度高")),
    ("feedCard", {"links": [FEED, {**FEED, "title": "二"}]}, ("恢复", "恢复\n二")),
]


@pytest.mark.parametrize(("msgtype", "content", "shown"), COMPLETE)
def test_every_message_type_is_delivered(
    dingtalk: Caller, msgtype: str, content: dict[str, Any], shown: tuple[str, str]
) -> None:
    dingtalk.robot()
    body = {"msgtype": msgtype, msgtype: content}

    assert dingtalk.send(body) == {"errcode": 0, "errmsg": "ok"}

    [message] = dingtalk.sim.messages()
    at = message.pop("at")
    assert at.endswith("+08:00")
    assert message == {
        "channel": "robot",
        "robot": "t1",
        "user_id": None,
        "msgtype": msgtype,
        "title": shown[0],
        "text": shown[1],
        "body": body,
        "errcode": 0,
        "delivered": True,
        "duplicate": False,
    }


def without(content: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != name}


INCOMPLETE: list[tuple[dict[str, Any], int, str]] = [
    ({"msgtype": "markdown", "markdown": without(MARKDOWN, "title")}, 400402, "miss param : markdown->title"),
    ({"msgtype": "markdown", "markdown": {**MARKDOWN, "text": " "}}, 400403, "miss param : markdown->text"),
    ({"msgtype": "text", "text": {"content": ""}}, 401102, "miss param : text->content"),
    ({"msgtype": "text", "text": {"content": 7}}, 401102, "miss param : text->content"),
    ({"msgtype": "text"}, 401102, "miss param : text"),
    ({"msgtype": "link", "link": without(LINK, "messageUrl")}, 401102, "miss param : link->messageUrl"),
    ({"msgtype": "actionCard", "actionCard": MARKDOWN}, 401102, "miss param : actionCard->btns"),
    (
        {"msgtype": "actionCard", "actionCard": without(SINGLE, "singleURL")},
        401102,
        "miss param : actionCard->singleURL",
    ),
    (
        {"msgtype": "actionCard", "actionCard": {**MARKDOWN, "btns": [{"title": "确认"}]}},
        401102,
        "miss param : actionCard->btns->actionURL",
    ),
    ({"msgtype": "feedCard", "feedCard": {"links": []}}, 401102, "miss param : feedCard->links"),
    (
        {"msgtype": "feedCard", "feedCard": {"links": [without(FEED, "picURL")]}},
        401102,
        "miss param : feedCard->links->picURL",
    ),
    ({"msgtype": "sms", "sms": {}}, 400105, "不支持的消息类型"),
    ({"msgtype": ["text"]}, 400105, "不支持的消息类型"),
    ({}, 400105, "不支持的消息类型"),
]


@pytest.mark.parametrize(("body", "errcode", "errmsg"), INCOMPLETE)
def test_an_incomplete_message_names_the_field(
    dingtalk: Caller, body: dict[str, Any], errcode: int, errmsg: str
) -> None:
    dingtalk.robot()
    assert dingtalk.send(body) == {"errcode": errcode, "errmsg": errmsg}
    [message] = dingtalk.sim.messages(robot="t1")
    assert (message["errcode"], message["delivered"], message["body"]) == (errcode, False, body)


def test_buttons_are_ignored_when_there_is_a_single_one(dingtalk: Caller) -> None:
    dingtalk.robot()
    card = {**SINGLE, "btns": [{"title": "缺地址"}]}
    assert dingtalk.send({"msgtype": "actionCard", "actionCard": card})["errcode"] == 0


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b'{"msgtype": "text", "text": {"content": NaN}}', b"\xff", b'{"a": "D:\\data"}', b"[" * 9000],
)
def test_what_is_not_a_json_object_is_40035(dingtalk: Caller, raw: bytes) -> None:
    dingtalk.robot()
    assert dingtalk.send(raw) == {"errcode": 40035, "errmsg": "缺少参数 json"}
    [message] = dingtalk.sim.messages()
    assert message["body"] == raw.decode("utf-8", "replace")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_43004(dingtalk: Caller, content_type: str | None) -> None:
    dingtalk.robot()
    answer = dingtalk.send(b'{"msgtype":"text","text":{"content":"x"}}', content_type=content_type)
    assert answer == {"errcode": 43004, "errmsg": "无效的HTTP HEADER Content-Type"}


def test_an_unknown_token_is_400101(dingtalk: Caller) -> None:
    assert dingtalk.text(token="nobody") == {"errcode": 400101, "errmsg": "access_token不存在"}
    assert dingtalk.text(token="")["errcode"] == 40035
    assert [message["robot"] for message in dingtalk.sim.messages()] == ["nobody", ""]


def test_20000_bytes_pass_and_one_more_is_460101(dingtalk: Caller) -> None:
    """Bytes of the whole body, not characters of the text."""
    dingtalk.robot()
    empty = json.dumps({"msgtype": "text", "text": {"content": ""}}, ensure_ascii=False).encode()
    room = 20000 - len(empty)
    fitting = "温" * (room // 3) + "x" * (room % 3)
    assert dingtalk.text(fitting)["errcode"] == 0
    assert dingtalk.text(fitting + "x") == {"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"}
    assert dingtalk.text("x" * 3_000_000)["errcode"] == 460101


def test_a_message_needs_one_of_the_keywords(dingtalk: Caller) -> None:
    dingtalk.robot(keywords=["报警", "恢复"])
    assert dingtalk.text("温度高") == {"errcode": 310000, "errmsg": "keywords not in content"}
    assert dingtalk.text("【恢复】温度")["errcode"] == 0
    only_title = {"msgtype": "markdown", "markdown": {"title": "报警", "text": "温度高"}}
    assert dingtalk.send(only_title)["errcode"] == 0


def test_the_ip_list_knows_addresses_and_networks(dingtalk: Caller) -> None:
    dingtalk.robot("closed", ip_whitelist=["203.0.113.7", "198.51.100.0/24"])
    dingtalk.robot("open", ip_whitelist=["127.0.0.0/8"])
    assert dingtalk.text(token="closed") == {"errcode": 310000, "errmsg": "ip 127.0.0.1 not in whitelist"}
    assert dingtalk.text(token="open")["errcode"] == 0


def test_a_repeated_msg_uuid_is_ok_but_not_shown_again(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.robot("t2")
    body = {"msgtype": "text", "text": {"content": "温度高"}, "msgUuid": "7e57"}
    for token in ("t1", "t1", "t2"):
        assert dingtalk.send(body, token)["errcode"] == 0
    seen = [(message["robot"], message["delivered"], message["duplicate"]) for message in dingtalk.sim.messages()]
    assert seen == [("t1", True, False), ("t1", True, True), ("t2", True, False)]
    assert dingtalk.sim.stats()["delivered"] == 2


def test_a_refused_message_may_be_repeated_with_its_msg_uuid(dingtalk: Caller) -> None:
    dingtalk.robot(keywords=["报警"])
    assert dingtalk.send({"msgtype": "text", "text": {"content": "x"}, "msgUuid": "1"})["errcode"] == 310000
    dingtalk.send({"msgtype": "text", "text": {"content": "报警"}, "msgUuid": "1"})
    assert dingtalk.sim.messages()[-1]["duplicate"] is False


def test_an_unknown_path_is_answered_in_the_shape_of_its_interface(dingtalk: Caller) -> None:
    old = dingtalk.call("POST", "/robot/sned", {})
    assert (old.status, old.json["errcode"]) == (200, 404)
    new = dingtalk.call("POST", "/v1.0/robot/otoMessages/batchSend", {})
    assert (new.status, new.json["code"]) == (404, "InvalidAction.NotFound")
