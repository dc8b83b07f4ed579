"""The company's directory over the old interface."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.caller import Caller

BY_MOBILE = "/topapi/v2/user/getbymobile"
USER = "/topapi/v2/user/get"
SUBDEPARTMENTS = "/topapi/v2/department/listsub"
USER_IDS = "/topapi/user/listid"
USERS = "/topapi/user/listsimple"


def ask(dingtalk: Caller, path: str, **body: object) -> Any:
    reply = dingtalk.call("POST", f"{path}?access_token={dingtalk.token}", body)
    assert reply.status == 200
    return reply.json


def test_a_person_is_found_by_mobile(dingtalk: Caller) -> None:
    dingtalk.app()
    found = ask(dingtalk, BY_MOBILE, mobile="13900000002")
    assert found["result"] == {"userid": "u2"}
    assert (found["errcode"], found["errmsg"]) == (0, "ok")
    assert ask(dingtalk, BY_MOBILE, mobile="13911111111")["errcode"] == 40104
    assert ask(dingtalk, BY_MOBILE)["errcode"] == 400002
    dingtalk.sim.post("/_sim/users", {"user_id": "u2", "name": "李四", "mobile": "13900000002", "active": False})
    assert ask(dingtalk, BY_MOBILE, mobile="13900000002")["errcode"] == 40104


def test_the_old_sdks_send_forms(dingtalk: Caller) -> None:
    dingtalk.app()
    path = f"{BY_MOBILE}?access_token={dingtalk.token}"
    reply = dingtalk.call("POST", path, b"mobile=13900000001", "application/x-www-form-urlencoded")
    assert reply.json["result"] == {"userid": "u1"}


def test_the_details_of_a_person(dingtalk: Caller) -> None:
    dingtalk.app()
    result = ask(dingtalk, USER, userid="u1")["result"]
    assert (result["name"], result["mobile"], result["active"]) == ("张三", "13900000001", True)
    assert ask(dingtalk, USER, userid="leaver")["errcode"] == 60121


def test_the_mobile_needs_its_own_permission(dingtalk: Caller) -> None:
    dingtalk.app(permissions=["qyapi_get_member"])
    assert "mobile" not in ask(dingtalk, USER, userid="u1")["result"]


def test_people_outside_the_range_are_50002(dingtalk: Caller) -> None:
    dingtalk.app(visible_users=["u1"])
    assert ask(dingtalk, USER, userid="u2")["errcode"] == 50002
    assert ask(dingtalk, USER_IDS, dept_id=1)["result"] == {"userid_list": ["u1"]}


def test_departments_are_walked_level_by_level(dingtalk: Caller) -> None:
    dingtalk.app()
    dingtalk.sim.post("/_sim/departments", {"dept_id": 10, "name": "一车间"})
    dingtalk.sim.post("/_sim/departments", {"dept_id": 11, "name": "甲班", "parent_id": 10})
    dingtalk.sim.post("/_sim/users", {"user_id": "u9", "name": "赵六", "mobile": "9", "departments": [11]})
    assert [item["name"] for item in ask(dingtalk, SUBDEPARTMENTS)["result"]] == ["一车间"]
    assert [item["dept_id"] for item in ask(dingtalk, SUBDEPARTMENTS, dept_id=10)["result"]] == [11]
    assert ask(dingtalk, USER_IDS, dept_id=11)["result"] == {"userid_list": ["u9"]}
    assert ask(dingtalk, USER_IDS, dept_id=99)["errcode"] == 60003
    assert ask(dingtalk, USER_IDS)["errcode"] == 400002


def test_members_come_in_pages(dingtalk: Caller) -> None:
    dingtalk.app()
    first = ask(dingtalk, USERS, dept_id=1, cursor=0, size=2)["result"]
    assert [item["userid"] for item in first["list"]] == ["u1", "u2"]
    assert (first["has_more"], first["next_cursor"]) == (True, 2)
    last = ask(dingtalk, USERS, dept_id=1, cursor=2, size=2)["result"]
    assert last == {"list": [{"userid": "u3", "name": "王五"}], "has_more": False}
    assert ask(dingtalk, USERS, dept_id=1, cursor=0, size=101)["errcode"] == 40069
    assert ask(dingtalk, USERS, dept_id=1, cursor=-1, size=2)["errcode"] == 40068


@pytest.mark.parametrize("path", [BY_MOBILE, USER, SUBDEPARTMENTS, USER_IDS, USERS])
def test_every_call_wants_a_token_and_its_permission(dingtalk: Caller, path: str) -> None:
    dingtalk.app(permissions=["qyapi_robot_sendmsg"])
    refused = ask(dingtalk, path)
    assert (refused["errcode"], refused["sub_code"]) == (88, "60011")
    assert refused["request_id"]
    dingtalk.token = "wrong"
    refused = ask(dingtalk, path)
    assert (refused["errcode"], refused["sub_code"], refused["sub_msg"]) == (88, "40014", "不合法的access_token")
    assert dingtalk.call("POST", path, {}).json["errcode"] == 41001


def test_qps_of_the_old_interface_is_90018(dingtalk: Caller) -> None:
    dingtalk.app()
    dingtalk.sim.post("/_sim/limits", {"qps": 1})
    assert [ask(dingtalk, USER, userid="u1")["errcode"] for _ in range(2)] == [0, 90018]
