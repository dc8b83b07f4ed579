"""The audit: every change of the configuration leaves an entry, by whoever made it, and no secret is in it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dingbell.users import audit
from dingbell.users.models import AuditEntry, User
from tests.api.conftest import APP_SECRET, SERVICE, SIGNING, TOKEN, Caller, WithScopes, rule_for
from tests.conftest import PASSWORD

# What is made, what of it is changed; by the name of its path.
WRITERS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "services": (SERVICE, {"description": "夜班"}),
    "messages": ({"name": "值班群通知", "type": "dingtalk", "contents": {}}, {"description": "夜班"}),
    "schedules": (
        {
            "name": "白班",
            "kind": "standard",
            "time_zone": "Asia/Shanghai",
            "periods": [{"weekdays": [1], "start": "08:00:00", "end": "20:00:00"}],
        },
        {"description": "夜班"},
    ),
    "groups": ({"name": "泵", "paths": ["一车间/**"]}, {"description": "夜班"}),
    "users": ({"username": "sun", "role": "viewer", "password": PASSWORD}, {"role": "operator"}),
    "tokens": ({"name": "plc-1", "scopes": ["events:write"]}, None),
}


@pytest.mark.parametrize("path", WRITERS)
def test_every_writer_of_configuration_leaves_an_entry(api: Caller, admin: User, path: str) -> None:
    document, change = WRITERS[path]
    created = api.post(path, document)
    assert created.status == 201, created.body
    one = f"{path}/{created.body['id']}"
    if change:
        assert api.patch(one, change).status == 200
        assert api.patch(one, change).status == 200  # nothing changed, nothing to tell
    assert api.delete(one).status == 204
    found = AuditEntry.objects.filter(kind=path.removesuffix("s"), object_id=created.body["id"]).order_by("id")
    assert [entry.action for entry in found] == ["created", *(["changed"] if change else []), "deleted"]
    assert {entry.actor for entry in found} == {"token:admin"}
    assert found[0].before is None
    assert found[0].after["id"] == created.body["id"]
    if change:
        ((field, value),) = change.items()
        assert (found[1].before[field] != value, found[1].after[field]) == (True, value)
    assert not any(secret in str(list(found.values())) for secret in (TOKEN, SIGNING, APP_SECRET, PASSWORD, "dbt_"))


def test_rules_and_their_copies_leave_entries(api: Caller, service: dict[str, Any], rule: dict[str, Any]) -> None:
    copies = [api.post(f"{path}/copy") for path in (f"rules/{rule['id']}", f"services/{service['id']}")]
    assert [(one.status, one.body["name"], one.body["enabled"]) for one in copies] == [
        (201, "紧急报警 (副本)", False),
        (201, "一车间钉钉 (副本)", False),
    ]
    assert AuditEntry.objects.filter(action="created", object_id=copies[0].body["id"], kind="rule").exists()
    api.patch(f"rules/{rule['id']}", rule_for(service, enabled=False))
    api.delete(f"rules/{rule['id']}")
    found = api.get("audit", kind="rule", object_id=rule["id"]).body["items"]
    assert [entry["action"] for entry in found] == ["deleted", "changed", "created"]
    assert (found[1]["before"]["enabled"], found[1]["after"]["enabled"]) == (True, False)
    assert found[0]["after"] is None
    assert found[0]["name"] == "紧急报警"


def test_what_a_person_does_in_a_page_and_over_rest_is_the_persons(engineer: User, api: Caller) -> None:
    client = Client()
    client.force_login(engineer)
    Caller(client).post("groups", {"name": "泵", "paths": ["一车间/**"]})
    assert AuditEntry.objects.get(kind="group").actor == "user:li"


def test_it_is_read_a_page_at_a_time_and_narrowed(api: Caller, with_scopes: WithScopes) -> None:
    for number in range(5):
        audit.record("rule", number, f"规则 {number}", None, {"name": "x"})
    first = api.get("audit", kind="rule", limit=3).body
    second = api.get("audit", kind="rule", limit=3, cursor=first["next"]).body
    assert [one["object_id"] for one in (*first["items"], *second["items"])] == [4, 3, 2, 1, 0]
    assert second["next"] is None
    assert [one["name"] for one in api.get("audit", q="规则 3").body["items"]] == ["规则 3"]
    assert api.get("audit", actor="user:nobody").body["items"] == []
    assert api.get("audit", since="2100-01-01").body["items"] == []
    assert len(api.get("audit", kind="rule", until="2100-01-01").body["items"]) == 5
    assert set(api.get("audit", since="gestern").errors) == {"since"}
    one = first["items"][0]
    assert api.get(f"audit/{one['id']}").body == one
    assert one["actor"] == ""
    assert with_scopes("config:read").get("audit").status == 403
