"""Notification rules over REST."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.alarms.alarm import Priority, State
from dingbell.notify import routing
from dingbell.notify.models import Rule, RuleRevision
from dingbell.storage import versions
from dingbell.storage.versions import Subject
from tests.api.conftest import SERVICE, Caller, rule_for


def version() -> int:
    return versions.current()[Subject.CONFIGURATION]


def test_a_rule_is_answered_as_the_contract_writes_it(
    rule: dict[str, Any], service: dict[str, Any], api: Caller
) -> None:
    assert rule == {
        "id": rule["id"],
        "name": "紧急报警",
        "description": "",
        "enabled": True,
        "states": ["active_unacked", "cleared_acked"],
        "shelved": False,
        "match": {
            "priorities": ["critical", "high"], "sources": [], "areas": [], "paths": ["一车间/**"], "types": [],
            "labels": {"line": "A"}, "groups": [],
        },
        "notifications": [{
            "id": rule["notifications"][0]["id"], "service": service["id"], "message": None, "schedule": None,
            "receivers": [{"robot": service["robots"][0]["id"]}, {"account": service["accounts"][0]["id"]}],
            "personal_link": False, "fallback": [],
            "timing": {
                "delay_s": 0, "repeat_minutes": 0, "repeat_most": 0, "quiet": ["acked", "cleared", "shelved"],
                "recovery_to_told": False, "outside": "drop", "gather": {"delay_s": 0, "every_s": 0},
                "recall_on_clear": False, "receipts": False,
            },
        }],
        "created_at": rule["created_at"],
    }  # fmt: skip
    assert api.get(f"rules/{rule['id']}").body == rule
    assert api.get("rules").body == {"items": [rule], "next": None}


def test_what_is_stored_is_what_the_pipeline_compiles(rule: dict[str, Any]) -> None:
    conditions = routing.conditions(Rule.objects.get(), {})
    assert conditions.states == {State.ACTIVE_UNACKED, State.CLEARED_ACKED}
    assert set(conditions.match.priorities) == {Priority.CRITICAL, Priority.HIGH}
    assert all(type(priority) is Priority for priority in conditions.match.priorities)


def test_every_change_leaves_the_rule_of_its_version(rule: dict[str, Any], api: Caller) -> None:
    path = f"rules/{rule['id']}"
    created = version()
    changed = api.patch(path, {"enabled": False, "match": {"priorities": ["低"]}}).body
    assert changed == rule | {
        "enabled": False,
        "match": {
            "priorities": ["low"], "sources": [], "areas": [], "paths": [], "types": [], "labels": {}, "groups": [],
        },
    }  # fmt: skip
    assert api.delete(path).status == 204
    kept = list(RuleRevision.objects.order_by("configuration").values_list("configuration", "name", "definition"))
    assert kept == [
        (created, "紧急报警", rule),
        (created + 1, "紧急报警", changed),
        (created + 2, "紧急报警", None),
    ]
    assert [api.get(path).status, api.patch(path, {}).status, api.delete(path).status] == [404, 404, 404]


def test_an_answer_can_be_sent_back_and_copied(rule: dict[str, Any], api: Caller) -> None:
    assert api.patch(f"rules/{rule['id']}", rule).body == rule
    copy = api.post("rules", rule | {"name": "副本"})
    assert copy.status == 201
    assert copy.body["notifications"][0]["id"] != rule["notifications"][0]["id"]


def test_blocks_keep_their_ids(rule: dict[str, Any], service: dict[str, Any], api: Caller) -> None:
    path, block = f"rules/{rule['id']}", rule["notifications"][0]
    first = {"service": service["id"], "receivers": [{"robot": service["robots"][0]["id"]}]}
    changed = api.patch(path, {"notifications": [first, {"id": block["id"]}]}).body["notifications"]
    assert changed[1] == block
    changed = api.patch(path, {"notifications": [{"id": block["id"], "receivers": None}]}).body["notifications"]
    assert changed == [block | {"receivers": None}]
    refused = api.patch(path, {"notifications": [{"id": 987654, "service": service["id"]}]})
    assert set(refused.errors) == {"notifications[0].id"}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, {"name"}),
        ({"states": []}, {"states"}),
        ({"states": ["active", "active_acked"]}, {"states[0]"}),
        ({"match": {"priority": ["high"]}}, {"match.priority"}),
        ({"match": {"priorities": ["urgent"]}}, {"match.priorities[0]"}),
        ({"match": {"priorities": "high"}}, {"match.priorities"}),
        ({"match": {"paths": ["一车间/泵*", "a/**/b", "x/***"]}}, {"match.paths[0]", "match.paths[2]"}),
        ({"match": {"sources": [" "]}}, {"match.sources[0]"}),
        ({"match": {"labels": {"": "A"}}}, {"match.labels"}),
        ({"match": {"labels": {"line": 1}}}, {"match.labels"}),
        ({"match": {"areas": ["x"] * 1001}}, {"match.areas"}),
        ({"notifications": []}, {"notifications"}),
        ({"notifications": [{}]}, {"notifications[0].service"}),
        ({"notifications": [{"service": 2**80}]}, {"notifications[0].service"}),
        ({"message": 1}, {"message"}),
        ({"shelved": 1}, {"shelved"}),
    ],
)
def test_what_is_wrong_is_named_by_its_field_and_nothing_is_kept(
    service: dict[str, Any], api: Caller, change: dict[str, Any], fields: set[str]
) -> None:
    before = version()
    refused = api.post("rules", rule_for(service, **change))
    assert (refused.status, set(refused.errors)) == (422, fields)
    assert (Rule.objects.count(), RuleRevision.objects.count(), version()) == (0, 0, before)


@pytest.mark.parametrize(
    ("block", "fields"),
    [
        ({"message": 1, "schedule": 2}, {"message", "schedule"}),
        ({"receivers": []}, {"receivers"}),
        ({"receivers": [{"robot": 10**6}, {"account": 10**6}]}, {"receivers[0]", "receivers[1]"}),
        ({"receivers": [{}, {"robot": 1, "account": 1}, {"rota": 1}]}, {f"receivers[{n}]" for n in range(3)}),
        ({"receivers": [{"robot": 1}] * 501}, {"receivers"}),
        ({"receivers": [{"robot": "1"}]}, {"receivers[0]"}),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_block_is_named(
    service: dict[str, Any], api: Caller, block: dict[str, Any], fields: set[str]
) -> None:
    refused = api.post("rules", rule_for(service, notifications=[{"service": service["id"]} | block]))
    assert set(refused.errors) == {f"notifications[0].{field}" for field in fields}


def test_receivers_belong_to_the_service_and_come_once(service: dict[str, Any], api: Caller) -> None:
    other = api.post("services", SERVICE | {"name": "二车间"}).body
    receivers = [{"robot": service["robots"][0]["id"]}, {"robot": other["robots"][0]["id"]}] * 2
    refused = api.post("rules", rule_for(service, notifications=[{"service": service["id"], "receivers": receivers}]))
    assert refused.errors == {
        "notifications[0].receivers[1]": "服务“一车间钉钉”没有这个接收者",
        "notifications[0].receivers[2]": "接收者重复",
        "notifications[0].receivers[3]": "服务“一车间钉钉”没有这个接收者",
    }


def test_names_are_unique(rule: dict[str, Any], service: dict[str, Any], api: Caller) -> None:
    assert api.post("rules", rule_for(service)).errors == {"name": "已经有同名的通知规则"}


def test_an_empty_rule_lacks_all_that_it_needs(api: Caller) -> None:
    assert set(api.post("rules", {}).errors) == {"name", "states", "notifications"}
