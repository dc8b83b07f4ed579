"""Every code that the reference knows (dingtalk-api §1.11 and §2.8) has a text of its own, in both languages."""

from __future__ import annotations

import json
import re

import pytest

from dingbell.channels.base import Result
from dingbell.channels.dingtalk.errors import classify_api, classify_robot, explain

# One entry a row of §1.11: its codes, and the text that DingTalk sends along where that decides.
ROBOT_ROWS: list[tuple[str, str]] = [
    ("0", "ok"),
    ("-1", "系统繁忙"),
    ("500100", "系统异常"),
    ("130101 410100", "send too fast, exceed 20 times per minute"),
    ("90002", ""),
    ("90018", ""),
    ("90001", ""),
    ("90020", "调用量:10001次,额度:10000次"),
    ("90030", "webhook over limit"),
    ("310000", "keywords not in content"),
    ("310000", "invalid timestamp"),
    ("310000", "sign not match"),
    ("310000", "ip 203.0.113.7 not in whitelist"),
    ("300001", "token is not exist"),
    ("300001", "message param title or text is null"),
    ("300001", "param error"),
    ("300005", "token is not exist"),
    ("400101", "access_token不存在"),
    ("400102", "机器人已停用"),
    ("400106", "机器人不存在"),
    ("400013", "群已解散"),
    ("400105", "不支持的消息类型"),
    ("400402", "miss param : markdown->title"),
    ("400403", "miss param : markdown->text"),
    ("401102", "miss param : at"),
    ("99", "send forbidden"),
    ("40035", "缺少参数 json"),
    ("43004 43005", ""),
    ("460101 101002", "message too long, exceed 20000 bytes"),
    ("430101", "unSafe URL"),
    ("430102", ""),
    ("430103", ""),
    ("430104", ""),
    ("40048", ""),
    ("450101", ""),
    ("40033", ""),
]
# One entry a meaning of §2.8; a row there may hold several.
API_ROWS = [
    "invalidClientIdOrSecret invalid.client",
    "unauthorized.client",
    "unsupported.grant.type",
    "InvalidAuthentication 40014 40001",
    "42001",
    "41001",
    "Forbidden.AccessDenied.AccessTokenPermissionDenied 60011",
    "Forbidden.AccessDenied.IpNotInWhiteList 60020",
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi",
    "Forbidden.AccessDenied.QpsLimitForApi",
    "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi",
    "Forbidden.AccessDenied.ApiCountLimitForOrg",
    "send.too.fast send.byToken.tooFast",
    "too.many.people",
    "too.many.group",
    "invalidParameter.robotCode.empty",
    "invalidParameter.robotCode.invalid",
    "invalidParameter.robotCode.notExsit",
    "invalidParameter.robotCode.auth",
    "template.not.existed",
    "template.stopped",
    "bot.stopped",
    "resource.unavailable",
    "chatbotId.notAllow.sendOTO",
    "robot.oto.notExist",
    "send.forbidden",
    "bot.forbidden.sendMessage",
    "staffId.notExisted 60121",
    "invalidParameter.userId.empty invalidParameter.userIds.empty",
    "illegal.receivers",
    "33012",
    "invalidParameter.userIds.overMax",
    "receivers.exceed",
    "invalidParameter.msgKey.invalid invalidParameter.msgKey.empty",
    "msgParam.invalid invalidParameter.msgParam.invalid",
    "msgBody.invalid",
    "miss.param.title",
    "invalidParameter.msgParam.tooLong",
    "contain.unsafe.url",
    "contain.notAllowed.text",
    "contain.notAllowed.picture",
    "contain.notAllowed.content",
    "group.disbanded",
    "invalid.openConversationId",
    "conversation.org.notMatch",
    "system.error",
    "unknown.send.result",
    "only.groupAdmin.canAtAll",
    "40104",
    "50002",
    "50004",
    "88",
    "-1",
]
# What is said of codes nobody knows.
GENERAL = {"unknown_code", "parameter_refused", "access_denied", "security_check_failed"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def robot(code: str, text: str) -> Result:
    return classify_robot(200, json.dumps({"errcode": int(code), "errmsg": text}).encode())


def api(code: str) -> Result:
    return classify_api(400, json.dumps({"code": code, "message": "", "requestid": "R-1"}).encode())


def test_no_two_rows_share_a_text() -> None:
    said = {row: {explain(robot(code, row[1]), "zh") for code in row[0].split()} for row in ROBOT_ROWS}
    for texts in said.values():
        assert len(texts) == 1
    assert len(set.union(*said.values())) == len(ROBOT_ROWS)
    meant = {row: {explain(api(code), "zh") for code in row.split()} for row in API_ROWS}
    for texts in meant.values():
        assert len(texts) == 1
    assert len(set.union(*meant.values())) == len(API_ROWS)


@pytest.mark.parametrize(
    "result",
    [robot(code, text) for codes, text in ROBOT_ROWS for code in codes.split()]
    + [api(code) for row in API_ROWS for code in row.split()],
    ids=lambda result: f"{result.code} {result.reason}",
)
def test_it_says_what_it_means_and_what_to_do(result: Result) -> None:
    assert result.reason not in GENERAL
    chinese, english = explain(result, "zh-hans"), explain(result, "en")
    assert CHINESE.search(chinese)
    assert not CHINESE.search(english)
    if result.code != "0":
        assert len(chinese) > 12
        assert len(english) > 25
