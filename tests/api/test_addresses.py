"""Services that send through Apprise, over REST: addresses in, kinds and servers out, never a password."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dingbell.channels import apprise
from dingbell.notify import routing
from dingbell.notify.models import Robot
from dingbell.storage.secrets import decrypt
from tests.api.conftest import SERVICE, Caller

PASSWORD = "mail-password-77"
MAIL = {
    "server": "smtp.plant.example", "security": "ssl", "user": "ops@plant.example", "password": PASSWORD,
    "sender": "ops@plant.example", "to": ["shift@plant.example"],
}  # fmt: skip
OTHER: dict[str, Any] = {
    "name": "备用",
    "type": "apprise",
    "addresses": [
        {"alias": "值班邮箱", "mail": MAIL},
        {"alias": "企业微信群", "url": "wecombot://693a91f6-7xxx-4bc4-97a0"},
    ],
}


@pytest.fixture
def other(api: Caller) -> dict[str, Any]:
    made = api.post("services", OTHER)
    assert made.status == 201, made.body
    return made.body  # type: ignore[no-any-return]


def test_addresses_are_answered_masked_and_kept_encrypted(other: dict[str, Any], api: Caller) -> None:
    mail, wecom = other["addresses"]
    assert mail == {
        "id": mail["id"], "alias": "值班邮箱", "url": "mailtos://smtp.plant.example:465/***", "needs_secret": False,
    }  # fmt: skip
    assert (wecom["alias"], wecom["url"]) == ("企业微信群", "wecombot://***")
    assert (other["robots"], other["accounts"], other["type"]) == ([], [], "apprise")
    stored = Robot.objects.get(id=mail["id"])
    assert PASSWORD not in stored.token + stored.masked + stored.url
    assert PASSWORD in decrypt(stored.token)
    assert stored.budget_key == routing.address_lane(decrypt(stored.token))
    assert api.get(f"services/{other['id']}").body == other
    assert PASSWORD not in json.dumps(api.get("audit").body)


def test_a_masked_address_keeps_what_there_is(other: dict[str, Any], api: Caller) -> None:
    before = Robot.objects.get(id=other["addresses"][0]["id"]).token
    other["addresses"][0]["alias"] = "全厂邮箱"
    other["addresses"].pop()
    changed = api.patch(f"services/{other['id']}", {"addresses": other["addresses"]})
    assert (changed.status, [one["alias"] for one in changed.body["addresses"]]) == (200, ["全厂邮箱"])
    assert Robot.objects.get(id=other["addresses"][0]["id"]).token == before


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ({}, "url"),
        ({"url": "dingtalk://token"}, "url"),
        ({"url": "syslog://"}, "url"),
        ({"url": "json://"}, "url"),
        ({"url": "mailtos://smtp.plant.example:465/***"}, "url"),
        ({"url": "json://h/", "mail": MAIL}, "url"),
        ({"mail": MAIL | {"server": "no server"}}, "mail.server"),
        ({"mail": MAIL | {"port": 0}}, "mail.port"),
        ({"mail": MAIL | {"security": "x"}}, "mail.security"),
        ({"mail": MAIL | {"user": ""}}, "mail.user"),
        ({"mail": MAIL | {"sender": "ops"}}, "mail.sender"),
        ({"mail": MAIL | {"to": []}}, "mail.to"),
        ({"mail": MAIL | {"to": ["a@plant.example", "b"]}}, "mail.to[1]"),
        ({"wecom": {"webhook": "https://qyapi.weixin.qq.com/?key=a b"}}, "wecom.webhook"),
        ({"feishu": {"webhook": ""}}, "feishu.webhook"),
        ({"sms": {"account_sid": "AC1", "auth_token": "a" * 32, "sender": "+8613900000001", "to": ["+8613900000002"]}},
         "sms.account_sid"),
        ({"http": {"url": "ftp://h/"}}, "http.url"),
    ],
)  # fmt: skip
def test_a_bad_address_is_told_at_its_field(address: dict[str, Any], field: str, api: Caller) -> None:
    refused = api.post("services", OTHER | {"addresses": [{"alias": "值班"} | address]})
    assert (refused.status, list(refused.errors)) == (422, [f"addresses[0].{field}"])
    assert PASSWORD not in json.dumps(refused.body)


@pytest.mark.parametrize(
    ("filled", "url"),
    [
        ({"mail": MAIL}, f"mailtos://:{PASSWORD}@smtp.plant.example:465/?smtp=smtp.plant.example"),
        ({"mail": MAIL | {"security": "none", "user": "", "password": "", "port": 2525}},
         "mailto://smtp.plant.example:2525/?smtp=smtp.plant.example&from=ops%40plant.example&to=shift%40plant.example"),
        ({"wecom": {"webhook": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx"}},
         "wecombot://693a91f6-7xxx"),
        ({"feishu": {"webhook": "https://open.feishu.cn/open-apis/bot/v2/hook/3c2b1a09-8888"}},
         "feishu://3c2b1a09-8888"),
        ({"sms": {"account_sid": "AC" + "a" * 32, "auth_token": "b" * 32, "sender": "+8613900000001",
                  "to": ["+8613900000002"]}},
         f"twilio://AC{'a' * 32}:{'b' * 32}@+8613900000001/+8613900000002"),
        ({"http": {"url": "https://sms.plant.example/send?x=1"}}, "jsons://sms.plant.example/send?x=1"),
    ],
)  # fmt: skip
def test_the_forms_make_the_address(filled: dict[str, Any], url: str, api: Caller) -> None:
    made = api.post("services", OTHER | {"addresses": [{"alias": "值班"} | filled]})
    assert made.status == 201, made.body
    assert decrypt(Robot.objects.get().token).startswith(url)


def test_each_type_takes_its_own_only(other: dict[str, Any], service: dict[str, Any], api: Caller) -> None:
    robots = api.patch(f"services/{other['id']}", {"robots": SERVICE["robots"]})
    assert list(robots.errors) == ["robots"]
    addresses = api.patch(f"services/{service['id']}", {"addresses": OTHER["addresses"]})
    assert list(addresses.errors) == ["addresses"]
    assert list(api.patch(f"services/{other['id']}", {"addresses": []}).errors) == ["addresses"]
    person = {"user_id": "u1", "name": "张三"}
    assert api.post(f"services/{other['id']}/accounts", person).status == 422
    doubled = [{"alias": "一", "url": "json://h/"}, {"alias": "一", "url": "json://h/"}]
    assert list(api.patch(f"services/{other['id']}", {"addresses": doubled}).errors) == [
        "addresses[1].alias", "addresses[1].url",
    ]  # fmt: skip


def test_a_rule_tells_an_address_like_a_robot(other: dict[str, Any], api: Caller) -> None:
    mail = other["addresses"][0]["id"]
    block = {"service": other["id"], "receivers": [{"robot": mail}]}
    rule = api.post("rules", {"name": "备用", "states": ["active_unacked"], "notifications": [block]})
    assert rule.status == 201, rule.body
    refused = api.patch(f"services/{other['id']}", {"addresses": other["addresses"][1:]})
    assert (refused.status, list(refused.errors)) == (409, ["addresses"])


def test_without_apprise_it_is_said(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "available", lambda: False)
    refused = api.post("services", OTHER)
    assert "dingbell[channels]" in refused.errors["addresses[0].url"]
