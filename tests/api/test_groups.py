"""Alarm groups over REST."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.pipeline.engine import Engine
from dingbell.users.models import AuditEntry
from tests.api.conftest import Caller, WithScopes, rule_for
from tests.api.test_alarms import report

GROUP = {"name": "泵", "description": "一号线", "paths": ["一车间/泵房/**"], "keys": ["Area1/*/HH"]}


def made(api: Caller, **changes: Any) -> dict[str, Any]:
    answer = api.post("groups", GROUP | changes)
    assert answer.status == 201, answer.body
    return answer.body  # type: ignore[no-any-return]


def test_a_group_comes_back_as_it_was_made(api: Caller) -> None:
    group = made(api)
    assert {name: group[name] for name in GROUP} == GROUP
    assert api.get(f"groups/{group['id']}").body == api.get("groups").body["items"][0] == group
    changed = api.patch(f"groups/{group['id']}", {"name": "水泵", "keys": []})
    assert (changed.body["name"], changed.body["keys"], changed.body["paths"]) == ("水泵", [], GROUP["paths"])
    assert api.delete(f"groups/{group['id']}").status == 204
    assert api.get(f"groups/{group['id']}").status == api.delete(f"groups/{group['id']}").status == 404
    noted = AuditEntry.objects.filter(kind="group").order_by("id")
    assert [(one.action, one.name, one.actor) for one in noted] == [
        ("created", "泵", "token:admin"), ("changed", "水泵", "token:admin"), ("deleted", "水泵", "token:admin"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"paths": [], "keys": []}, "paths"),
        ({"paths": ["a", "泵*"]}, "paths[1]"),
        ({"keys": [""]}, "keys[0]"),
        ({"keys": ["**/a/**/b/**/c/**"]}, "keys[0]"),
        ({"paths": ["a"] * 501}, "paths"),
    ],
)
def test_what_cannot_be_kept(api: Caller, changes: dict[str, Any], field: str) -> None:
    refused = api.post("groups", GROUP | changes)
    assert (refused.status, field in refused.errors) == (422, True), refused.body


def test_two_groups_have_two_names(api: Caller) -> None:
    made(api)
    assert set(api.post("groups", GROUP).errors) == {"name"}


def test_a_group_that_a_rule_asks_for_stays(api: Caller, service: dict[str, Any]) -> None:
    group = made(api)
    created = api.post("rules", rule_for(service, match={"groups": [group["id"]]}))
    assert created.status == 201, created.body
    refused = api.delete(f"groups/{group['id']}")
    assert (refused.status, "紧急报警" in refused.body["title"]) == (409, True)


def test_the_list_of_alarms_is_filtered_by_a_group(engine: Engine, api: Caller, with_scopes: WithScopes) -> None:
    group = made(api)
    report(engine, "a", path="一车间/泵房/1")
    report(engine, "Area1/x/HH", path="二车间")
    report(engine, "c", path="二车间")
    found = with_scopes("alarms:read").get("alarms", group=group["id"])
    assert sorted(one["key"] for one in found.body["items"]) == ["Area1/x/HH", "a"]
    assert set(api.get("alarms", group=987).errors) == {"group"}
