"""The other ways of a block over REST: what is taken, what is refused, and what holds them."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.pipeline.engine import Engine
from tests.api.conftest import SERVICE, Caller, rule_for

SECOND = SERVICE | {"name": "备用群", "send_to": ["robot"], "accounts": []}
SECOND |= {"robots": [{"alias": "备用群", "webhook": SERVICE["robots"][0]["webhook"].replace("GROUP1", "GROUP2")}]}


@pytest.fixture
def second(api: Caller) -> dict[str, Any]:
    return api.post("services", SECOND).body  # type: ignore[no-any-return]


def with_fallback(service: dict[str, Any], *steps: dict[str, Any]) -> dict[str, Any]:
    rule = rule_for(service)
    rule["notifications"][0]["fallback"] = list(steps)
    return rule


def test_steps_are_kept_in_their_order(service: dict[str, Any], second: dict[str, Any], api: Caller) -> None:
    steps = [
        {"service": second["id"], "receivers": None},
        {"service": second["id"], "receivers": [{"robot": second["robots"][0]["id"]}]},
    ]
    made = api.post("rules", with_fallback(service, *steps))
    assert (made.status, made.body["notifications"][0]["fallback"]) == (201, steps)
    kept = api.patch(f"rules/{made.body['id']}", {"name": "改名"})
    assert kept.body["notifications"][0]["fallback"] == steps
    copied = api.get(f"rules/{made.body['id']}").body["notifications"][0]
    assert copied["fallback"] == steps
    emptied = api.patch(f"rules/{made.body['id']}", {"notifications": [copied | {"fallback": []}]})
    assert emptied.body["notifications"][0]["fallback"] == []


def test_what_cannot_be_another_way_is_refused(service: dict[str, Any], second: dict[str, Any], api: Caller) -> None:
    robot, other = {"robot": service["robots"][0]["id"]}, {"robot": second["robots"][0]["id"]}
    of_second = {"service": second["id"], "receivers": None}
    for steps, field in (
        ([{"service": 999}], "[0].service"),
        ([{"receivers": None}], "[0].service"),
        ([{"service": second["id"], "receivers": []}], "[0].receivers"),
        ([{"service": second["id"], "receivers": [robot]}], "[0].receivers[0]"),
        ([{"service": second["id"], "receivers": [other, other]}], "[0].receivers[1]"),
        ([{"service": service["id"], "receivers": [robot]}], "[0].service"),
        ([of_second, of_second], "[1].service"),
        ([{"service": second["id"], "receivers": [{"robot": 2**70}]}], "[0].receivers[0]"),
    ):
        refused = api.post("rules", with_fallback(service, *steps))
        assert (refused.status, list(refused.errors)) == (422, [f"notifications[0].fallback{field}"]), steps
    many = [{"service": service["id"], "receivers": [{"account": service["accounts"][0]["id"]}]}] * 6
    assert "notifications[0].fallback" in api.post("rules", with_fallback(service, *many)).errors
    wrong = with_fallback(service, {"service": "1"})
    assert api.post("rules", wrong).status == 422


def test_everyone_of_the_same_service_is_no_other_way(service: dict[str, Any], api: Caller) -> None:
    rule = with_fallback(service, {"service": service["id"], "receivers": [{"robot": service["robots"][0]["id"]}]})
    rule["notifications"][0]["receivers"] = None
    assert list(api.post("rules", rule).errors) == ["notifications[0].fallback[0].service"]
    people = with_fallback(
        service, {"service": service["id"], "receivers": [{"account": service["accounts"][0]["id"]}]}
    )
    people["notifications"][0]["receivers"] = [{"robot": service["robots"][0]["id"]}]
    assert api.post("rules", people).status == 201  # the robot first, then the person


def test_a_dry_run_names_the_other_ways(
    service: dict[str, Any], second: dict[str, Any], api: Caller, engine: Engine
) -> None:
    steps = [
        {"service": second["id"], "receivers": [{"robot": second["robots"][0]["id"]}]},
        {"service": second["id"], "receivers": None},
    ]
    rule = with_fallback(service, *steps) | {"match": {}}
    sample = {"source": "plc-1", "key": "a", "state": "active"}
    tried = api.post("rules/dry-run", {"rule": rule, "sample": sample})
    assert tried.body["rules"][0]["fallback"] == [
        {"block": 0, "service": second["id"], "receivers": ["备用群"]},
        {"block": 0, "service": second["id"], "receivers": None},
    ]


def test_what_is_another_way_of_a_rule_stays(service: dict[str, Any], second: dict[str, Any], api: Caller) -> None:
    robot = second["robots"][0]
    step = {"service": second["id"], "receivers": [{"robot": robot["id"]}]}
    api.post("rules", with_fallback(service, step))
    deleted = api.delete(f"services/{second['id']}")
    assert deleted.status == 409
    assert "紧急报警" in deleted.errors[""]
    other = {"alias": "新群", "webhook": robot["webhook"].replace("*" * 12, "a" * 30)}
    changed = api.patch(f"services/{second['id']}", {"robots": [other]})
    assert (changed.status, list(changed.errors)) == (409, ["robots"])
