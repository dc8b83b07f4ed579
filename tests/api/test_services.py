"""Notification services over REST."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django.fixtures import Settings

from dingbell.notify import routing
from dingbell.notify.models import Robot, Service
from dingbell.storage import versions
from dingbell.storage.secrets import decrypt
from dingbell.storage.versions import Subject
from tests.api.conftest import APP_SECRET, SERVICE, SIGNING, TOKEN, Caller, WithScopes, rule_for

MASKED = "https://oapi.dingtalk.com/robot/send?access_token=************OUP1"
OTHER = "https://oapi.dingtalk.com/robot/send?access_token=fedcba9876543210fedcba9876543210GROUP2"


def version() -> int:
    return versions.current()[Subject.CONFIGURATION]


def test_a_service_is_answered_with_ids_and_without_secrets(service: dict[str, Any], api: Caller) -> None:
    robot, account = service["robots"][0], service["accounts"][0]
    assert robot == {
        "id": robot["id"], "alias": "一车间值班群", "webhook": MASKED, "has_secret": True, "needs_secret": False,
        "keywords": ["报警"], "pool": "", "mentions": {"everyone": False, "mobiles": [], "user_ids": []},
    }  # fmt: skip
    assert account == {
        "id": account["id"], "user_id": "manager4220", "name": "张三", "mobile": "13900000001", "department": "",
        "presence": "", "checked_at": None,
    }  # fmt: skip
    assert service["app"] == {
        "client_id": "dingclient", "robot_code": "dingrobot", "has_client_secret": True, "needs_secret": False,
    }  # fmt: skip
    assert (service["send_to"], service["enabled"], service["needs_secret"]) == (["robot", "account"], True, False)
    assert service["created_at"].endswith("+08:00")
    assert api.get(f"services/{service['id']}").body == service
    assert api.get("services").body == {"items": [service], "next": None}


def test_what_is_stored_is_encrypted_and_can_be_sent_with(service: dict[str, Any]) -> None:
    robot = Robot.objects.get()
    assert (decrypt(robot.token), decrypt(robot.secret)) == (TOKEN, SIGNING)
    assert decrypt(Service.objects.get().client_secret) == APP_SECRET
    assert robot.url == "https://oapi.dingtalk.com/robot/send"
    assert robot.budget_key == routing.robot_lane(TOKEN)
    assert TOKEN not in str(Robot.objects.values().get()) + str(Service.objects.values().get())


@pytest.mark.parametrize(
    ("document", "box"),
    [
        ({"name": "x", "type": "dingtalk", "robots": [{"alias": "群", "webhook": TOKEN}]}, "robot"),
        (
            {"name": "x", "type": "dingtalk", "send_to": ["account"], "accounts": [{"user_id": "1", "name": "张三"}],
             "app": SERVICE["app"]},
            "account",
        ),
        (
            {"name": "x", "type": "dingtalk", "description": None, "app": None, "accounts": [],
             "robots": [{"alias": "群", "webhook": f"{OTHER}&timestamp=1&sign=abc", "secret": None, "pool": None}]},
            "robot",
        ),
    ],
)  # fmt: skip
def test_only_what_is_ticked_is_needed(api: Caller, document: dict[str, Any], box: str) -> None:
    created = api.post("services", document)
    assert (created.status, created.body["send_to"]) == (201, [box])


def test_an_answer_can_be_sent_back(service: dict[str, Any], api: Caller) -> None:
    before = version()
    assert api.patch(f"services/{service['id']}", service).body == service
    assert decrypt(Robot.objects.get().token) == TOKEN
    assert version() == before + 1


def test_a_change_keeps_what_it_does_not_mention(service: dict[str, Any], api: Caller) -> None:
    path = f"services/{service['id']}"
    assert api.patch(path, {}).body == service
    assert api.patch(path, {"enabled": False}).body == service | {"enabled": False}
    robot = service["robots"][0]
    changed = api.patch(path, {"robots": [{"id": robot["id"], "alias": "二车间"}], "app": {"robot_code": "r2"}}).body
    assert changed["robots"] == [robot | {"alias": "二车间"}]
    assert changed["app"] == service["app"] | {"robot_code": "r2"}
    assert (decrypt(Robot.objects.get().secret), decrypt(Service.objects.get().client_secret)) == (SIGNING, APP_SECRET)


def test_empty_text_removes_a_secret(service: dict[str, Any], api: Caller) -> None:
    path, robot = f"services/{service['id']}", service["robots"][0]
    changed = api.patch(path, {"robots": [{"id": robot["id"], "secret": ""}]}).body
    assert changed["robots"] == [robot | {"has_secret": False}]
    assert set(api.patch(path, {"app": {"client_secret": ""}}).errors) == {"app.client_secret"}
    changed = api.patch(path, {"send_to": ["robot"], "app": {"client_secret": ""}}).body
    assert changed["app"]["has_client_secret"] is False


@pytest.mark.parametrize("webhook", [MASKED, "************OUP1", f" {MASKED} ", TOKEN])
def test_a_robot_without_an_id_is_known_by_its_webhook(
    service: dict[str, Any], rule: dict[str, Any], api: Caller, webhook: str
) -> None:
    path = f"services/{service['id']}"
    robots = [{"alias": "新群", "webhook": OTHER}, {"alias": "改名", "webhook": webhook}]
    changed = api.patch(path, {"robots": robots}).body
    assert [robot["alias"] for robot in changed["robots"]] == ["新群", "改名"]
    assert changed["robots"][1] == service["robots"][0] | {"alias": "改名"}


def test_a_replaced_webhook_keeps_the_robot(service: dict[str, Any], api: Caller) -> None:
    robot = service["robots"][0]
    changed = api.patch(f"services/{service['id']}", {"robots": [{"id": robot["id"], "webhook": OTHER}]}).body
    assert changed["robots"] == [robot | {"webhook": MASKED.replace("OUP1", "OUP2")}]
    assert decrypt(Robot.objects.get().token).endswith("GROUP2")
    assert Robot.objects.get().budget_key == routing.robot_lane(OTHER.partition("=")[2])


def test_accounts_are_added_changed_and_removed(service: dict[str, Any], api: Caller) -> None:
    path, first = f"services/{service['id']}", service["accounts"][0]
    two = api.patch(
        path, {"accounts": [{"user_id": "manager4220", "name": "张三丰"}, {"user_id": "b", "name": "李四"}]}
    )
    assert two.body["accounts"][0] == first | {"name": "张三丰"}
    second = two.body["accounts"][1]
    traded = [{"id": first["id"], "user_id": "b"}, {"id": second["id"], "user_id": "manager4220"}]
    changed = api.patch(path, {"accounts": traded}).body["accounts"]
    assert [(one["id"], one["user_id"]) for one in changed] == [(first["id"], "b"), (second["id"], "manager4220")]
    changed = api.patch(path, {"accounts": [{"id": second["id"]}]}).body["accounts"]
    assert [one["id"] for one in changed] == [second["id"]]


ROBOT = {"alias": "群", "webhook": OTHER}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": " "}, {"name"}),
        ({"name": "长" * 101}, {"name"}),
        ({"name": "nul\x00"}, {"name"}),
        ({"type": "email"}, {"type"}),
        ({"send_to": []}, {"send_to"}),
        ({"send_to": ["group"]}, {"send_to"}),
        ({"robots": []}, {"robots"}),
        ({"accounts": []}, {"accounts"}),
        ({"app": {}}, {"app.client_id", "app.client_secret", "app.robot_code"}),
        ({"app": SERVICE["app"] | {"client_secret": "********"}}, {"app.client_secret"}),
        ({"app": SERVICE["app"] | {"client_id": "x" * 129}}, {"app.client_id"}),
        ({"robots": [{}]}, {"robots[0].alias", "robots[0].webhook"}),
        ({"robots": [ROBOT | {"webhook": MASKED}]}, {"robots[0].webhook"}),
        ({"robots": [ROBOT | {"webhook": "http://10.0.0.1/robot/send?access_token=a"}]}, {"robots[0].webhook"}),
        ({"robots": [ROBOT | {"webhook": "https://oapi.dingtalk.com/robot/send"}]}, {"robots[0].webhook"}),
        ({"robots": [ROBOT | {"secret": "SEC ***"}]}, {"robots[0].secret"}),
        ({"robots": [ROBOT | {"keywords": ["a"] * 11}]}, {"robots[0].keywords"}),
        ({"robots": [ROBOT | {"keywords": ["ok", " ", "长" * 65]}]}, {f"robots[0].keywords[{n}]" for n in (1, 2)}),
        ({"robots": [ROBOT, ROBOT]}, {"robots[1].alias", "robots[1].webhook"}),
        ({"accounts": [{"user_id": "", "name": ""}]}, {"accounts[0].user_id", "accounts[0].name"}),
        ({"accounts": [{"user_id": "x" * 65, "name": "n"}]}, {"accounts[0].user_id"}),
        ({"accounts": [{"user_id": "x", "name": "n" * 101}]}, {"accounts[0].name"}),
        ({"accounts": [{"user_id": "x", "name": "n", "mobile": "1" * 33}]}, {"accounts[0].mobile"}),
        ({"accounts": [{"user_id": "a", "name": "n"}, {"user_id": " a ", "name": "m"}]}, {"accounts[1].user_id"}),
        ({"robots": [{"alias": 3}]}, {"robots[0].alias"}),
        ({"robots": [{"wehbook": OTHER}]}, {"robots[0].wehbook"}),
        ({"enabled": "yes"}, {"enabled"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_field_and_nothing_is_kept(
    api: Caller, change: dict[str, Any], fields: set[str]
) -> None:
    before = version()
    refused = api.post("services", SERVICE | change)
    assert (refused.status, set(refused.errors)) == (422, fields)
    assert all(refused.errors.values())
    assert (Service.objects.count(), Robot.objects.count(), version()) == (0, 0, before)


def test_everything_wrong_is_said_at_once(api: Caller) -> None:
    refused = api.post("services", {"send_to": ["robot", "account"], "robots": [{"secret": "中文"}]})
    assert refused.errors == {
        "name": "必填",
        "type": "必填",
        "app.client_id": "必填",
        "app.client_secret": "必填",
        "app.robot_code": "必填",
        "robots[0].alias": "必填",
        "robots[0].webhook": "请粘贴机器人的 Webhook 地址，在钉钉群设置 → 机器人 中复制。",
        "robots[0].secret": "加签密钥中不能有空格、星号或中文。请从机器人的安全设置中重新复制。",
        "accounts": "勾选了钉钉账号，至少填写一个账号",
    }


def test_a_webhook_is_refused_in_the_language_of_the_caller(with_scopes: WithScopes) -> None:
    english = with_scopes("admin", Accept_Language="en")
    refused = english.post("services", SERVICE | {"robots": [{"alias": "x", "webhook": "https://example.com/x"}]})
    assert refused.errors["robots[0].webhook"].startswith("Sending to example.com is not allowed.")


def test_names_are_unique(service: dict[str, Any], api: Caller) -> None:
    assert api.post("services", SERVICE).errors == {"name": "已经有同名的通知服务"}
    second = api.post("services", SERVICE | {"name": "二车间"}).body
    assert set(api.patch(f"services/{second['id']}", {"name": " 一车间钉钉 "}).errors) == {"name"}
    assert set(api.patch(f"services/{second['id']}", {"type": "sms"}).errors) == {"type"}


def test_ids_of_others_are_refused(service: dict[str, Any], api: Caller) -> None:
    robot, account = service["robots"][0], service["accounts"][0]
    path = f"services/{service['id']}"
    assert set(api.patch(path, {"robots": [robot, robot | {"alias": "b"}]}).errors) == {
        "robots[1].id",
        "robots[1].webhook",
    }
    refused = api.patch(path, {"accounts": [account, {"id": 2**70, "user_id": "b", "name": "b"}]})
    assert set(refused.errors) == {"accounts[1].id"}


def test_what_a_rule_names_stays(service: dict[str, Any], rule: dict[str, Any], api: Caller) -> None:
    path = f"services/{service['id']}"
    refused = api.patch(path, {"robots": [ROBOT], "accounts": [{"user_id": "b", "name": "b"}]})
    assert refused.status == 409
    assert set(refused.errors) == {"robots", "accounts"}
    assert "紧急报警" in refused.errors["robots"]
    assert "一车间值班群" in refused.errors["robots"]
    refused = api.delete(path)
    assert (refused.status, "紧急报警" in refused.body["title"]) == (409, True)
    assert api.get(path).body == service
    assert api.patch(f"rules/{rule['id']}", {"notifications": [{"service": service["id"]}]}).status == 200
    assert api.patch(path, {"robots": [ROBOT]}).status == 200
    assert api.delete(path).status == 409
    assert api.delete(f"rules/{rule['id']}").status == 204
    assert api.delete(path).status == 204
    assert [api.get(path).status, api.delete(path).status, api.patch(path, {}).status] == [404, 404, 404]


def test_a_secret_of_another_key_is_asked_for_again(service: dict[str, Any], api: Caller, settings: Settings) -> None:
    settings.ENCRYPTION_KEY = "another key"
    path = f"services/{service['id']}"
    found = api.get(path).body
    assert (found["needs_secret"], found["robots"][0]["needs_secret"], found["app"]["needs_secret"]) == (True,) * 3
    assert api.get("services").body["items"] == [found]
    assert api.patch(path, {"description": "还能改"}).status == 200
    robot = {"id": found["robots"][0]["id"], "webhook": OTHER, "secret": "SECnew"}
    mended = api.patch(path, {"robots": [robot], "app": {"client_secret": "new"}}).body
    assert (mended["needs_secret"], mended["robots"][0]["needs_secret"]) == (False, False)


def test_a_service_with_thousands_of_people(api: Caller) -> None:
    people = [{"user_id": f"u{number}", "name": f"员工{number}"} for number in range(3_000)]
    created = api.post("services", SERVICE | {"accounts": people})
    assert created.status == 201
    assert len(created.body["accounts"]) == 3_000
    assert api.patch(f"services/{created.body['id']}", {"accounts": people[:1]}).status == 200


def test_pages_follow_each_other(api: Caller) -> None:
    for number in range(5):
        assert api.post("services", SERVICE | {"name": f"服务{number}"}).status == 201
    names, cursor = [], ""
    while cursor is not None:
        answer = api.get("services", limit=2, cursor=cursor).body
        names += [one["name"] for one in answer["items"]]
        cursor = answer["next"]
    assert names == [f"服务{number}" for number in range(5)]


def test_a_rule_with_everyone_follows_the_service(service: dict[str, Any], api: Caller) -> None:
    created = api.post("rules", rule_for(service, notifications=[{"service": service["id"], "receivers": None}]))
    assert created.body["notifications"][0]["receivers"] is None


def test_a_copy_has_the_secrets_too_and_is_switched_off(service: dict[str, Any], api: Caller) -> None:
    copied = api.post(f"services/{service['id']}/copy")
    assert copied.status == 201
    assert copied.body["name"] != service["name"]
    assert (copied.body["enabled"], copied.body["robots"][0]["has_secret"]) == (False, True)
    first, second = Robot.objects.order_by("id")
    assert first.id != second.id
    assert (decrypt(first.token), decrypt(first.secret)) == (decrypt(second.token), decrypt(second.secret))
    assert [account["user_id"] for account in copied.body["accounts"]] == ["manager4220"]
    assert api.post("services/987654/copy").status == 404


def test_a_service_can_be_chosen_for_what_the_system_says_of_itself(service: dict[str, Any], api: Caller) -> None:
    assert service["tells_system"] is False
    assert api.patch(f"services/{service['id']}", {"tells_system": True}).body["tells_system"] is True
    assert api.patch(f"services/{service['id']}", {"description": "x"}).body["tells_system"] is True
    assert Service.objects.get().tells_system
    assert api.patch(f"services/{service['id']}", {"tells_system": "yes"}).status == 422


def test_services_of_another_organisation_are_told_apart(service: dict[str, Any], api: Caller) -> None:
    assert service["organisation"] == ""
    assert api.patch(f"services/{service['id']}", {"organisation": " 二厂 "}).body["organisation"] == "二厂"
    assert api.patch(f"services/{service['id']}", {"description": "x"}).body["organisation"] == "二厂"
    assert {one["organisation"] for one in api.get("quota").body["items"]} == {"", "二厂"}
    assert api.patch(f"services/{service['id']}", {"organisation": ""}).body["organisation"] == ""
    assert list(api.patch(f"services/{service['id']}", {"organisation": "企" * 65}).errors) == ["organisation"]


def test_what_looks_wrong_is_kept_and_told(api: Caller) -> None:
    robot = {"alias": "可疑", "webhook": "abc", "secret": "wrong"}
    made = api.post("services", {"name": "可疑", "type": "dingtalk", "send_to": ["robot"], "robots": [robot]})
    assert made.status == 201
    assert {one["field"]: one["message"] for one in made.body["warnings"]} == {
        "robots[0].webhook": "access_token 只有 3 个字符，可能没有复制完整。",
        "robots[0].secret": "加签密钥通常以 SEC 开头，请检查是否复制完整。",
    }
    path = f"services/{made.body['id']}"
    kept = {"id": made.body["robots"][0]["id"], "secret": "again"}
    changed = api.patch(path, {"robots": [kept]})
    assert [one["field"] for one in changed.body["warnings"]] == ["robots[0].secret"]
    assert "warnings" not in api.get(path).body
    assert api.patch(path, changed.body).status == 200  # an answer can be sent back
