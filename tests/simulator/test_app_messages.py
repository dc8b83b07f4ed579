"""batchSend, readStatus, batchRecall, groupMessages/send and the access tokens they need."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from dingtalk_simulator.app_message import REQUIRED
from tests.simulator.caller import BATCH_SEND, Caller

READ = "/v1.0/robot/oToMessages/readStatus"
RECALL = "/v1.0/robot/otoMessages/batchRecall"
GROUP_SEND = "/v1.0/robot/groupMessages/send"
TOKEN = "/v1.0/oauth2/accessToken"
UNIFIED = "/v1.0/oauth2/dingcorp/token"


def read_status(dingtalk: Caller, key: str) -> Any:
    return dingtalk.api(f"{READ}?robotCode=dingrobot&processQueryKey={quote(key, safe='')}", None, "GET").json


def test_every_recipient_is_one_entry(dingtalk: Caller) -> None:
    dingtalk.app(visible_users=["u1", "u2"])
    dingtalk.sim.post("/_sim/users", {"user_id": "u2", "name": "李四", "mobile": "2", "filtered": True})

    answer = dingtalk.batch_send("u1", "u2", "u3", "leaver", "u1").json

    assert answer.pop("processQueryKey")
    assert answer == {
        "invalidStaffIdList": ["u3", "leaver"],
        "flowControlledStaffIdList": [],
        "filteredStaffIdList": ["u2"],
    }
    entries = dingtalk.sim.messages()
    assert [(entry["user_id"], entry["delivered"], entry["code"]) for entry in entries] == [
        ("u1", True, None),
        ("u2", False, "filteredStaffIdList"),
        ("u3", False, "invalidStaffIdList"),
        ("leaver", False, "invalidStaffIdList"),
    ]
    first = entries[0]
    assert first["channel"] == "account"
    assert (first["msgtype"], first["text"], first["robot"]) == ("sampleText", "3号水泵轴承温度高", "dingrobot")
    assert first["body"]["userIds"] == ["u1", "u2", "u3", "leaver", "u1"]
    assert [entry["user_id"] for entry in dingtalk.sim.messages(user_id="u3")] == ["u3"]


def test_flow_control_of_a_person_can_be_switched_on(dingtalk: Caller) -> None:
    dingtalk.app()
    dingtalk.sim.post("/_sim/limits", {"person_per_minute": 1})
    assert dingtalk.batch_send("u1").json["flowControlledStaffIdList"] == []
    assert dingtalk.batch_send("u1", "u2").json["flowControlledStaffIdList"] == ["u1"]
    dingtalk.sim.post("/_sim/clock", {"advance_s": 61})
    assert dingtalk.batch_send("u1").json["flowControlledStaffIdList"] == []


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"robotCode": None}, "invalidParameter.robotCode.empty"),
    ({"robotCode": "nobody"}, "invalidParameter.robotCode.notExsit"),
    ({"robotCode": "otherrobot"}, "invalidParameter.robotCode.auth"),
    ({"userIds": None}, "MissinguserIds"),
    ({"userIds": [7]}, "invalidParameter.userIds.empty"),
    ({"userIds": [f"u{number}" for number in range(21)]}, "invalidParameter.userIds.overMax"),
    ({"msgKey": None}, "MissingmsgKey"),
    ({"msgKey": "sampleCard"}, "invalidParameter.msgKey.invalid"),
    ({"msgKey": ["sampleText"]}, "invalidParameter.msgKey.invalid"),
    ({"msgParam": None}, "MissingmsgParam"),
    ({"msgParam": "温度高"}, "invalidParameter.msgParam.invalid"),
    ({"msgParam": "[1]"}, "invalidParameter.msgParam.invalid"),
    ({"msgParam": {"content": "an object, not a string"}}, "invalidParameter.msgParam.invalid"),
    ({"msgParam": '{"content": ""}'}, "miss.param.contentOfText"),
    ({"msgKey": "sampleMarkdown", "msgParam": '{"text": "x"}'}, "miss.param.markdownTotitle"),
    ({"msgKey": "sampleMarkdown", "msgParam": '{"title": "x"}'}, "miss.param.markdownTotext"),
]


@pytest.mark.parametrize(("changes", "code"), REFUSED)
def test_a_refused_call_says_why(dingtalk: Caller, changes: dict[str, Any], code: str) -> None:
    dingtalk.app()
    dingtalk.sim.post("/_sim/apps", {"client_id": "o", "client_secret": "o", "robot_code": "otherrobot"})
    reply = dingtalk.batch_send("u1", **changes)
    assert (reply.status, reply.json["code"]) == (400, code)
    assert reply.json["requestid"]
    assert reply.json["message"]
    entries = dingtalk.sim.messages()
    assert {(entry["code"], entry["delivered"]) for entry in entries} == {(code, False)}


def test_msg_param_may_have_15000_bytes(dingtalk: Caller) -> None:
    dingtalk.app()
    room = 15000 - len('{"content": ""}')
    fitting = json.dumps({"content": "x" * room})
    assert dingtalk.batch_send("u1", msgParam=fitting).status == 200
    longer = json.dumps({"content": "温" * (room // 3 + 1)}, ensure_ascii=False)
    assert dingtalk.batch_send("u1", msgParam=longer).json["code"] == "invalidParameter.msgParam.tooLong"


@pytest.mark.parametrize("msg_key", sorted(REQUIRED))
def test_every_template_wants_its_parameters(dingtalk: Caller, msg_key: str) -> None:
    dingtalk.app()
    dingtalk.sim.post("/_sim/limits", {"qps": 0})
    full = dict.fromkeys(REQUIRED[msg_key], "x")
    assert dingtalk.batch_send("u1", msgKey=msg_key, msgParam=json.dumps(full)).status == 200
    for name in full:
        part = {key: value for key, value in full.items() if key != name} | {"other": "x"}
        reply = dingtalk.batch_send("u1", msgKey=msg_key, msgParam=json.dumps(part))
        assert reply.json["code"].startswith("miss.param.")


def test_a_missing_permission_is_named(dingtalk: Caller) -> None:
    dingtalk.app(permissions=["qyapi_get_member"])
    reply = dingtalk.batch_send("u1")
    assert reply.status == 403
    assert reply.json["code"] == "Forbidden.AccessDenied.AccessTokenPermissionDenied"
    assert reply.json["message"] == "没有调用该接口的权限"
    assert reply.json["accessdenieddetail"] == {"requiredScopes": ["qyapi_robot_sendmsg"]}


def test_without_a_valid_token_authentication_is_invalid(dingtalk: Caller) -> None:
    dingtalk.app()
    dingtalk.token = "wrong"
    reply = dingtalk.batch_send("u1", "u2")
    assert (reply.status, reply.json["code"]) == (400, "InvalidAuthentication")
    assert reply.json["message"] == "不合法的access_token"
    assert [entry["user_id"] for entry in dingtalk.sim.messages()] == ["u1", "u2"]


def test_a_body_that_is_not_json(dingtalk: Caller) -> None:
    dingtalk.app()
    form = dingtalk.call(
        "POST",
        BATCH_SEND,
        b"robotCode=x",
        "application/x-www-form-urlencoded",
        x_acs_dingtalk_access_token=dingtalk.token,
    )
    assert (form.status, form.json["message"]) == (400, "body is mandatory for this action.")
    assert dingtalk.api(BATCH_SEND, b"{").json["code"] == "Invalidbody"


def test_a_token_is_extended_while_valid_and_new_afterwards(dingtalk: Caller) -> None:
    first = dingtalk.app()
    dingtalk.sim.post("/_sim/clock", {"advance_s": 7000})
    assert dingtalk.renew() == first
    dingtalk.sim.post("/_sim/clock", {"advance_s": 7000})
    assert dingtalk.batch_send("u1").status == 200
    dingtalk.sim.post("/_sim/clock", {"advance_s": 201})
    assert dingtalk.batch_send("u1").json["code"] == "InvalidAuthentication"
    assert dingtalk.renew() != first
    assert dingtalk.batch_send("u1").status == 200


def test_the_three_token_interfaces_give_the_same_token(dingtalk: Caller) -> None:
    token = dingtalk.app()
    unified = {"client_id": "dingapp", "client_secret": "s3cret", "grant_type": "client_credentials"}
    assert dingtalk.call("POST", UNIFIED, unified).json == {"access_token": token, "expires_in": 7200}
    legacy = dingtalk.call("GET", "/gettoken?appkey=dingapp&appsecret=s3cret").json
    assert legacy == {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": 7200}


def test_wrong_credentials(dingtalk: Caller) -> None:
    dingtalk.app()
    wrong = dingtalk.call("POST", TOKEN, {"appKey": "dingapp", "appSecret": "wrong"})
    assert (wrong.status, wrong.json["code"]) == (400, "invalidClientIdOrSecret")
    assert wrong.json["message"] == "无效的clientId或者clientSecret"
    assert dingtalk.call("POST", TOKEN, {"appKey": "dingapp"}).json["code"] == "MissingappSecret"
    unified = {"client_id": "dingapp", "client_secret": "wrong", "grant_type": "client_credentials"}
    assert dingtalk.call("POST", UNIFIED, unified).json["code"] == "invalid.client"
    assert dingtalk.call("POST", UNIFIED, {**unified, "grant_type": "x"}).json["code"] == "unsupported.grant.type"
    assert dingtalk.call("GET", "/gettoken?appkey=dingapp&appsecret=wrong").json["errcode"] == 40089


def test_a_message_is_read_when_its_chat_is_opened(dingtalk: Caller) -> None:
    dingtalk.app()
    key = dingtalk.batch_send("u1", "u2", "leaver").json["processQueryKey"]
    dingtalk.sim.post("/_sim/read", {"user_id": "u2"})
    assert read_status(dingtalk, key) == {
        "sendStatus": "SUCCESS",
        "messageReadInfoList": [
            {"name": "张三", "userId": "u1", "readStatus": "UNREAD"},
            {"name": "李四", "userId": "u2", "readStatus": "READ"},
        ],
    }
    assert read_status(dingtalk, "wrong")["code"] == "invalid.processQueryKey"
    dingtalk.sim.post("/_sim/clock", {"advance_s": 86_401})
    dingtalk.renew()
    assert read_status(dingtalk, key)["code"] == "processQueryKey.expireTime"


def test_a_recalled_message_leaves_the_chat(dingtalk: Caller) -> None:
    dingtalk.app()
    key = dingtalk.batch_send("u1").json["processQueryKey"]
    recall = {"robotCode": "dingrobot", "processQueryKeys": [key, "wrong"]}
    for _ in range(2):
        assert dingtalk.api(RECALL, recall).json == {
            "successResult": [key],
            "failedResult": {"wrong": "invalid.processQueryKey"},
        }
    assert read_status(dingtalk, key)["sendStatus"] == "RECALLED"
    assert "轴承" not in dingtalk.call("GET", "/?chat=user%3Au1").body.decode()
    assert dingtalk.sim.messages()[0]["delivered"] is True


def test_a_message_can_be_recalled_for_a_day(dingtalk: Caller) -> None:
    dingtalk.app()
    key = dingtalk.batch_send("u1").json["processQueryKey"]
    dingtalk.sim.post("/_sim/clock", {"advance_s": 86_401})
    dingtalk.renew()
    answer = dingtalk.api(RECALL, {"robotCode": "dingrobot", "processQueryKeys": [key]}).json
    assert answer == {"successResult": [], "failedResult": {key: "robot.processQueryKey.expired"}}
    too_many = dingtalk.api(RECALL, {"robotCode": "dingrobot", "processQueryKeys": ["x"] * 21}).json
    assert too_many["code"] == "invalidParameter.processQueryKeys.overMax"
    none = dingtalk.api(RECALL, {"robotCode": "dingrobot", "processQueryKeys": []}).json
    assert none["code"] == "invalidParameter.processQueryKey.missing"


def test_another_apps_message_cannot_be_recalled(dingtalk: Caller) -> None:
    dingtalk.app()
    key = dingtalk.batch_send("u1").json["processQueryKey"]
    dingtalk.sim.post("/_sim/apps", {"client_id": "o", "client_secret": "o", "robot_code": "other"})
    dingtalk.token = dingtalk.call("POST", TOKEN, {"appKey": "o", "appSecret": "o"}).json["accessToken"]
    answer = dingtalk.api(RECALL, {"robotCode": "other", "processQueryKeys": [key]}).json
    assert answer["failedResult"] == {key: "not.allowed.robotCode"}


def test_the_apps_robot_can_write_to_a_group(dingtalk: Caller) -> None:
    group = dingtalk.robot()["open_conversation_id"]
    dingtalk.app()
    body = {"robotCode": "dingrobot", "msgKey": "sampleText", "msgParam": '{"content": "通讯中断"}'}
    assert dingtalk.api(GROUP_SEND, {**body, "openConversationId": group}).json["processQueryKey"]
    assert dingtalk.api(GROUP_SEND, {**body, "openConversationId": "cid"}).json["code"] == "invalid.openConversationId"
    assert dingtalk.api(GROUP_SEND, body).json["code"] == "miss.openConversationId"
    assert [entry["delivered"] for entry in dingtalk.sim.messages(robot="dingrobot")] == [True, False, False]
