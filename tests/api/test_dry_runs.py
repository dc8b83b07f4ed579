"""Trying rules with alarms that were, or that might be; and the order of rules."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.alarms.alarm import Priority, Report
from dingbell.alarms.models import AlarmRow
from dingbell.delivery.models import Delivery
from dingbell.notify.models import Rule, RuleRevision
from dingbell.pipeline.engine import Engine
from dingbell.pipeline.intake import Submission
from dingbell.storage.times import now_us
from tests.api.conftest import Caller, rule_for

RAISED = {"states": ["active_unacked"], "match": {}}


@pytest.fixture
def alarm(engine: Engine) -> int:
    """One that was raised and cleared before there was any rule."""
    for active in (True, False):
        report = Report(
            source="plc-1", key="a", active=active, name="3号泵压力超高", path="一车间/泵房", priority=Priority.CRITICAL
        )
        engine.intake.submit_and_wait(Submission([report], now_us()))
    return AlarmRow.objects.get().id


def test_all_rules_are_tried_with_an_alarm_of_the_past(alarm: int, service: dict[str, Any], api: Caller) -> None:
    cleared = api.post("rules", rule_for(service, name="恢复", states=["cleared_unacked"], match={})).body
    api.post("rules", rule_for(service, name="发生", **RAISED))
    api.post("rules", rule_for(service, name="停用", enabled=False, states=["cleared_unacked"], match={}))
    api.patch(f"services/{service['id']}", {"send_to": ["robot"]})
    found = api.post("rules/dry-run", {"alarm": alarm})
    assert found.status == 200, found.body
    assert (found.body["kind"], found.body["entered"], found.body["silent"]) == ("cleared", "cleared_unacked", 0)
    first, *others = found.body["rules"]
    assert (first["rule"], first["fires"], first["reasons"], first["receivers"]) == (cleared["id"], True, [], 2)
    assert [(one["receiver"]["name"], one["suppressed"], one["message"]) for one in first["would"]] == [
        ("一车间值班群", None, 0), ("张三", "accounts_switched_off", None)
    ]  # fmt: skip
    assert "已恢复：3号泵压力超高" in found.body["messages"][0]["text"]
    assert [(one["name"], one["reasons"]) for one in others] == [
        ("发生", ["报警条件：规则要求 活动未确认，报警是 恢复未确认"]), ("停用", ["这个规则已停用"])
    ]  # fmt: skip
    assert not Delivery.objects.exists()


def test_one_rule_is_tried_with_an_earlier_event(alarm: int, service: dict[str, Any], api: Caller) -> None:
    rule = api.post("rules", rule_for(service, **RAISED)).body
    raised = api.get(f"alarms/{alarm}/events").body["items"][-1]
    path = f"rules/{rule['id']}/dry-run"
    assert not api.post(path, {"alarm": alarm}).body["rules"][0]["fires"]
    assert api.post(path, {"alarm": alarm, "event": raised["id"]}).body["rules"][0]["fires"]
    narrower = {"alarm": alarm, "event": raised["id"], "rule": {"match": {"priorities": ["low"]}}}
    assert api.post(path, narrower).body["rules"][0]["reasons"] == ["优先级：规则要求 低，报警是 紧急"]
    assert api.get(f"rules/{rule['id']}").body == rule


def test_a_rule_that_is_not_saved_is_tried_with_an_event_typed_in(
    engine: Engine, service: dict[str, Any], api: Caller
) -> None:
    sample = {"source": "plc-9", "key": "x", "state": "cleared", "name": "试试", "labels": {"line": "A"}}
    draft = rule_for(service, states=["cleared_unacked"], match={"labels": {"line": "A"}})
    found = api.post("rules/dry-run", {"sample": sample, "rule": draft}).body
    assert [(one["rule"], one["fires"], one["receivers"]) for one in found["rules"]] == [(None, True, 2)]
    assert "试试" in found["messages"][0]["title"]
    assert (Rule.objects.count(), RuleRevision.objects.count(), AlarmRow.objects.count()) == (0, 0, 0)
    refused = api.post("rules/dry-run", {"sample": sample, "rule": draft | {"name": "", "states": []}})
    assert set(refused.errors) == {"name", "states"}


def test_schedules_are_asked_at_the_moment_that_is_given(alarm: int, service: dict[str, Any], api: Caller) -> None:
    noon = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "start": "12:00:00", "end": "13:00:00"}
    schedule = api.post("schedules", {"name": "中午", "kind": "standard", "periods": [noon]})
    assert schedule.status == 201, schedule.body
    block = {"service": service["id"], "schedule": schedule.body["id"], "receivers": None}
    rule = api.post("rules", rule_for(service, states=["cleared_unacked"], match={}, notifications=[block])).body

    def suppressed(hour: int) -> set[str | None]:
        found = api.post(f"rules/{rule['id']}/dry-run", {"alarm": alarm, "at": f"2026-11-23T{hour}:30:00"})
        return {one["suppressed"] for one in found.body["rules"][0]["would"]}

    assert (suppressed(12), suppressed(14)) == ({None}, {"outside_schedule"})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "alarm"),
        ({"alarm": 404}, "alarm"),
        ({"alarm": 2**80}, "alarm"),
        ({"alarm": 1, "event": 404}, "event"),
        ({"sample": {"source": "s", "key": "k"}}, "sample.state"),
        ({"sample": {"source": "s", "key": "k", "state": "active"}, "at": "soon"}, "at"),
        ({"sample": [], "at": ""}, "sample"),
    ],
)
def test_what_cannot_be_tried_is_named(engine: Engine, api: Caller, body: Any, field: str) -> None:
    assert set(api.post("rules/dry-run", body).errors) == {field}


def test_rules_stand_in_the_order_people_give_them(service: dict[str, Any], api: Caller) -> None:
    ids = [api.post("rules", rule_for(service, name=name)).body["id"] for name in "甲乙丙丁"]

    def order() -> str:
        found, cursor = "", ""
        while cursor is not None:
            page = api.get("rules", limit=3, cursor=cursor).body
            found, cursor = found + "".join(rule["name"] for rule in page["items"]), page["next"]
        return found

    def move(rule: int, to: str) -> str:
        assert api.post(f"rules/{ids[rule]}/move", {"to": to}).status == 204
        return order()

    assert order() == "甲乙丙丁"
    assert (move(3, "up"), move(0, "down"), move(0, "last"), move(2, "first")) == (
        "甲乙丁丙", "乙甲丁丙", "乙丁丙甲", "丙乙丁甲"
    )  # fmt: skip
    assert (move(2, "up"), move(0, "down")) == ("丙乙丁甲", "丙乙丁甲")
    assert set(api.post(f"rules/{ids[0]}/move", {"to": "left"}).errors) == {"to"}
    assert api.post("rules/404/move", {"to": "up"}).status == 404
