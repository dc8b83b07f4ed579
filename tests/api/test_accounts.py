"""The people of a service one by one: found, added, changed, removed."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.notify.models import Account
from dingbell.users.models import AuditEntry
from tests.api.conftest import SERVICE, Caller

PEOPLE = [
    {"user_id": "manager4220", "name": "张三", "mobile": "13900000001", "department": "一车间/维修班"},
    {"user_id": "012345678901234567", "name": "李四", "mobile": "13900000002"},
    {"user_id": "zhaoliu", "name": "赵六", "department": "二车间"},
]


@pytest.fixture
def path(api: Caller) -> str:
    """The accounts of a service with three people."""
    made = api.post("services", SERVICE | {"accounts": PEOPLE}).body
    return f"services/{made['id']}/accounts"


def test_pages_and_words(path: str, api: Caller) -> None:
    first = api.get(path, limit=2).body
    rest = api.get(path, limit=2, cursor=first["next"]).body
    assert [one["name"] for one in first["items"] + rest["items"]] == ["张三", "李四", "赵六"]
    assert rest["next"] is None

    def names(**query: Any) -> list[str]:
        return [one["name"] for one in api.get(path, **query).body["items"]]

    assert names(q="车间") == ["张三", "赵六"]
    assert names(q="车间 MANAGER") == ["张三"]
    assert names(q="0000002") == ["李四"]
    assert names(q="100%") == []
    Account.objects.filter(name="李四").update(presence="gone")
    assert names(presence="gone") == ["李四"]
    assert names(presence="unknown") == ["张三", "赵六"]
    assert set(api.get(path, presence="here").errors) == {"presence"}
    assert api.get("services/999/accounts").status == 404


def test_add_change_and_remove(path: str, api: Caller) -> None:
    made = api.post(path, {"user_id": " wang ", "name": "王五"})
    assert made.status == 201
    account = made.body
    assert (account["user_id"], account["mobile"], account["presence"], account["checked_at"]) == ("wang", "", "", None)
    place = f"{path}/{account['id']}"
    changed = api.patch(place, {"mobile": "13900000009"}).body
    assert changed == account | {"mobile": "13900000009"}
    assert api.patch(place, changed).body == changed
    assert api.get(place).body == changed
    assert api.delete(place).status == 204
    assert [api.get(place).status, api.patch(place, {}).status, api.delete(place).status] == [404, 404, 404]
    noted = AuditEntry.objects.filter(kind="account").order_by("id")
    assert [entry.action for entry in noted] == ["created", "changed", "deleted"]


def test_what_cannot_be_an_account(path: str, api: Caller) -> None:
    assert set(api.post(path, {}).errors) == {"user_id", "name"}
    assert set(api.post(path, {"user_id": "x" * 65, "name": "a", "mobile": "1" * 33}).errors) == {"user_id", "mobile"}
    assert set(api.post(path, {"user_id": "zhaoliu", "name": "同名"}).errors) == {"user_id"}
    assert set(api.post(path, {"user_id": "a", "name": "b", "age": 3}).errors) == {"age"}
    assert api.post("services/999/accounts", PEOPLE[0]).status == 404


def test_another_user_id_is_somebody_not_asked_for_yet(path: str, api: Caller) -> None:
    account = api.get(path).body["items"][0]
    Account.objects.filter(id=account["id"]).update(presence="gone", checked_us=1)
    place = f"{path}/{account['id']}"
    assert api.patch(place, {"name": "张三丰"}).body["presence"] == "gone"
    assert api.patch(place, {"user_id": "somebody"}).body["presence"] == ""


def test_who_is_named_by_a_rule_or_is_the_last_one_stays(path: str, api: Caller) -> None:
    service = int(path.split("/")[1])
    first, *others = api.get(path).body["items"]
    block = {"service": service, "receivers": [{"account": first["id"]}]}
    rule = api.post("rules", {"name": "紧急", "states": ["active_unacked"], "notifications": [block]}).body
    refused = api.delete(f"{path}/{first['id']}")
    assert (refused.status, "“紧急”" in refused.body["title"], "张三" in refused.body["title"]) == (409, True, True)
    api.delete(f"rules/{rule['id']}")
    for other in others:
        assert api.delete(f"{path}/{other['id']}").status == 204
    assert api.delete(f"{path}/{first['id']}").status == 422
    api.patch(f"services/{service}", {"send_to": ["robot"]})
    assert api.delete(f"{path}/{first['id']}").status == 204


def test_whoever_only_reads_changes_nothing(path: str, with_scopes: Any) -> None:
    reader = with_scopes("config:read")
    assert reader.get(path).status == 200
    assert [reader.post(path, PEOPLE[0]).status, reader.delete(f"{path}/1").status] == [403, 403]


def test_a_service_keeps_its_accounts_when_they_are_not_sent(path: str, api: Caller) -> None:
    service = path.removesuffix("/accounts")
    assert len(api.patch(service, {"description": "只改描述"}).body["accounts"]) == 3
