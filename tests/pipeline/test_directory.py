"""Asking DingTalk's directory: adding by mobile number, and finding out who has left."""

from __future__ import annotations

from typing import Any

import pytest

from dingtalk_simulator.running import RunningSimulator
from tests.plant import CLIENT_SECRET
from tests.serving import Server, eventually

BY_MOBILE, USER = "/topapi/v2/user/getbymobile", "/topapi/v2/user/get"


@pytest.fixture
def company(shared_server: Server, simulator: RunningSimulator, request: pytest.FixtureRequest) -> Company:
    return Company(shared_server, simulator, request.node.name)


class Company:
    """Two employees and an app in DingTalk; a service with one of them and somebody who left."""

    def __init__(self, server: Server, simulator: RunningSimulator, service: str) -> None:
        self.server, self.simulator = server, simulator
        app = {"client_id": "dingapp", "client_secret": CLIENT_SECRET, "robot_code": "dingapp"}
        simulator.post("/_sim/apps", app)
        for number, name in (("1", "张三"), ("2", "李四")):
            simulator.post("/_sim/users", {"user_id": f"u{number}", "name": name, "mobile": f"1390000000{number}"})
        accounts = [{"user_id": "u1", "name": "张三"}, {"user_id": "leaver", "name": "走了的"}]
        made = server.make("services", name=service, type="dingtalk", send_to=["account"], app=app, accounts=accounts)
        self.path = f"/api/v1/services/{made['id']}/accounts"

    def ask(self, *mobiles: str, query: str = "") -> Any:
        answer = self.server.post(f"{self.path}/by-mobile{query}", {"mobiles": list(mobiles)})
        assert answer.status == 200, answer.body.decode()
        return answer.json

    def check(self) -> Any:
        """Begin a check and wait for its end."""
        assert self.server.post(f"{self.path}/check", {}).status == 202
        return eventually(self._ended, what="the check ends")

    def _ended(self) -> Any:
        state = self.server.get(f"{self.path}/check")
        return state if state["state"] != "running" else None

    def presences(self) -> dict[str, str]:
        return {one["user_id"]: one["presence"] for one in self.server.get(self.path)["items"]}


def test_people_are_added_by_mobile_number(company: Company) -> None:
    tried = company.ask("+86 13900000002", "13900000001", "13911111111", "abc", query="?dry_run=true")
    assert [(one["user_id"], one["name"], one["known"]) for one in tried["found"]] == [
        ("u2", "李四", False), ("u1", "张三", True),
    ]  # fmt: skip
    assert [one["mobile"] for one in tried["refused"]] == ["13911111111", "abc"]
    assert "没有使用这个手机号的员工" in tried["refused"][0]["reason"]
    assert (tried["added"], set(company.presences())) == ([], {"u1", "leaver"})
    made = company.ask("13900000002", "13900000001")
    assert [(one["user_id"], one["mobile"], one["presence"]) for one in made["added"]] == [
        ("u2", "13900000002", "found")
    ]
    assert company.server.post(f"{company.path}/by-mobile", {"mobiles": []}).status == 422
    assert (
        company.server.post(f"{company.path}/by-mobile", {"mobiles": ["1"] * 3 + list("abcdefghijklmnopqrstu")}).status
        == 422
    )
    assert company.server.post("/api/v1/services/99/accounts/by-mobile", {"mobiles": ["1"]}).status == 404


def test_a_missing_permission_is_named(company: Company) -> None:
    app = {"client_id": "dingapp", "client_secret": CLIENT_SECRET, "robot_code": "dingapp", "permissions": []}
    company.simulator.post("/_sim/apps", app)
    [refused] = company.ask("13900000002")["refused"]
    assert "qyapi_get_member_by_mobile" in refused["reason"]
    state = company.check()
    assert (state["state"], state["checked"]) == ("stopped", 0)
    assert "qyapi_get_member" in state["reason"]
    company.simulator.post("/_sim/apps", app | {"permissions": ["qyapi_get_member"]})
    again = company.check()
    assert (again["state"], again["reason"]) == ("done", "")


def test_a_check_flags_leavers(company: Company) -> None:
    assert company.server.get(f"{company.path}/check")["state"] == "never"
    state = company.check()
    assert (state["state"], state["total"], state["checked"], state["gone"]) == ("done", 2, 2, 1)
    assert company.presences() == {"u1": "found", "leaver": "gone"}
    gone = company.server.get(f"{company.path}?presence=gone")["items"]
    assert [one["user_id"] for one in gone] == ["leaver"]
    company.simulator.post("/_sim/users", {"user_id": "leaver", "name": "回来的", "mobile": "13900000003"})
    assert company.check()["gone"] == 0  # everybody is asked anew when nobody is left over


def test_a_busy_minute_of_dingtalk_does_not_stop_a_check(company: Company) -> None:
    company.simulator.post("/_sim/faults", {"path": USER, "times": 2, "errcode": 90018})
    assert (company.check()["state"], company.presences()["u1"]) == ("done", "found")


def test_who_is_out_of_range_is_not_taken_for_a_leaver(company: Company) -> None:
    app = {"client_id": "dingapp", "client_secret": CLIENT_SECRET, "robot_code": "dingapp", "visible_users": ["u2"]}
    company.simulator.post("/_sim/apps", app)
    assert company.check()["state"] == "done"
    assert company.presences() == {"u1": "", "leaver": "gone"}


def test_a_check_needs_an_app(company: Company) -> None:
    robots = [{"alias": "群", "webhook": "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef0"}]
    made = company.server.make("services", name="只有群", type="dingtalk", send_to=["robot"], robots=robots)
    refused = company.server.post(f"/api/v1/services/{made['id']}/accounts/check", {})
    assert refused.status == 422
    assert "ClientSecret" in refused.json["title"]
    assert company.server.call("GET", "/api/v1/services/99/accounts/check").status == 404
