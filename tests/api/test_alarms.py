"""Alarms, their journal, acknowledging and explaining over REST, with the engine running."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.alarms.alarm import AckMode, Priority, Report
from dingbell.alarms.models import AlarmRow
from dingbell.pipeline.engine import Engine
from dingbell.pipeline.intake import Submission
from dingbell.storage.times import SECOND, now_us
from tests.api.conftest import Caller, WithScopes, rule_for

pytestmark = pytest.mark.usefixtures("engine")


def report(engine: Engine, key: str, *, active: bool = True, **more: Any) -> int:
    """Hand in one report; the id of its alarm."""
    described = {"name": "3号泵压力超高", "path": "一车间/泵房/3号泵", "priority": Priority.CRITICAL} if active else {}
    engine.intake.submit_and_wait(
        Submission([Report(source="plc-1", key=key, active=active, **(described | more))], now_us())
    )
    return AlarmRow.objects.get(key=key).id


def test_an_alarm_is_answered_in_words_and_local_time(engine: Engine, api: Caller) -> None:
    moment = 1_795_305_600 * SECOND
    labels, value = {"line": "A"}, 12.4
    id_ = report(engine, "P3#HH", time_us=moment, labels=labels, value=value, unit="bar", limit=10, area="一车间")
    assert api.get(f"alarms/{id_}").body == {
        "id": id_, "source": "plc-1", "key": "P3#HH", "state": "active_unacked", "active": True, "acked": False,
        "priority": "critical", "name": "3号泵压力超高", "path": "一车间/泵房/3号泵", "area": "一车间", "type": "",
        "value": 12.4, "unit": "bar", "limit": 10, "description": "", "labels": {"line": "A"},
        "ack_mode": "manual", "occurrences": 1, "raised_at": "2026-11-22T08:00:00+08:00", "cleared_at": None,
        "updated_at": "2026-11-22T08:00:00+08:00", "acked_at": None, "acked_by": "", "ack_note": "",
        "shelved": False, "shelved_until": None, "shelved_by": "", "shelve_note": "",
    }  # fmt: skip


def test_the_list_is_filtered(engine: Engine, api: Caller) -> None:
    report(engine, "a")
    report(engine, "b", priority=Priority.LOW, path="二车间/风机", area="二车间", name="振动")
    report(engine, "c", priority=Priority.HIGH, path="一车间/泵房", ack_mode=AckMode.AUTO)
    report(engine, "c", active=False)

    def keys(**query: Any) -> str:
        answer = api.get("alarms", **query)
        assert answer.status == 200, answer.body
        return "".join(sorted(one["key"] for one in answer.body["items"]))

    assert keys() == "abc"
    assert keys(state="active_unacked") == "ab"
    assert keys(state=["active_unacked", "cleared_acked"]) == keys(state="active_unacked,cleared_acked") == "abc"
    assert (keys(active="true"), keys(active="false"), keys(acked="false"), keys(acked="true")) == (
        "ab",
        "c",
        "ab",
        "c",
    )
    assert (keys(priority="critical"), keys(priority=["紧急", "低"]), keys(priority="high,low")) == ("a", "ab", "bc")
    assert (keys(source="plc-1"), keys(source="plc-2"), keys(area="二车间")) == ("abc", "", "b")
    assert (keys(path="一车间/泵"), keys(path="一车间/*"), keys(path="一车间/**"), keys(path="*/泵房/**")) == (
        "ac", "c", "ac", "ac",
    )  # fmt: skip
    assert (keys(path="**/3号泵"), keys(path="**/泵房"), keys(path="(.*")) == ("a", "c", "")
    assert (keys(q="振动"), keys(q="3号"), keys(q="风机"), keys(q="%")) == ("b", "ac", "b", "")


def test_pages_follow_each_other_newest_first(engine: Engine, api: Caller) -> None:
    moment = now_us() - 60 * SECOND
    for number in range(7):  # two and two at the same moment
        report(engine, f"k{number}", time_us=moment + number // 2 * SECOND)
    seen, cursor = [], ""
    while cursor is not None:
        answer = api.get("alarms", limit=2, cursor=cursor).body
        seen += [one["key"] for one in answer["items"]]
        cursor = answer["next"]
    assert seen == [f"k{number}" for number in range(6, -1, -1)]


def test_acknowledging_is_noted_with_name_and_note(engine: Engine, with_scopes: WithScopes, api: Caller) -> None:
    id_ = report(engine, "a")
    panel = with_scopes("alarms:write")
    answer = panel.post(f"alarms/{id_}/acknowledge", {"note": " 已检查 ", "occurrence": 1})
    assert answer.status == 200
    assert (answer.body["state"], answer.body["acked_by"], answer.body["ack_note"]) == (
        "active_acked", "alarms:write", "已检查",
    )  # fmt: skip
    again = panel.post(f"alarms/{id_}/acknowledge", {})
    assert (again.status, again.errors) == (409, {})
    assert "alarms:write" in again.body["title"]
    assert answer.body["acked_at"] in again.body["title"]
    events = api.get(f"alarms/{id_}/events").body["items"]
    assert [(one["kind"], one["entered"], one["actor"], one["note"]) for one in events] == [
        ("acked", "active_acked", "alarms:write", "已检查"),
        ("raised", "active_unacked", "", ""),
    ]
    assert events[1]["snapshot"]["acked"] is False
    assert "explanations" in events[0]


def test_what_stands_against_an_acknowledgement(engine: Engine, api: Caller) -> None:
    id_ = report(engine, "a", ack_mode=AckMode.MANUAL_NOTE)
    path = f"alarms/{id_}/acknowledge"
    refused = api.post(path)
    assert (refused.status, set(refused.errors)) == (422, {"note"})
    assert set(api.post(path, {"note": "x" * 2001}).errors) == {"note"}
    assert set(api.post(path, {"note": 5}).errors) == {"note"}
    report(engine, "a", active=False)
    report(engine, "a")
    refused = api.post(path, {"note": "好", "occurrence": 1})
    assert (refused.status, set(refused.errors)) == (409, {"occurrence"})
    assert api.post(path, {"note": "好", "occurrence": 2}).status == 200
    assert api.post("alarms/987654/acknowledge", {}).status == 404
    quiet = report(engine, "b", ack_mode=AckMode.AUTO)
    report(engine, "b", active=False)
    assert api.post(f"alarms/{quiet}/acknowledge").body["title"] == "这个报警不需要确认。"


def test_the_journal_pages(engine: Engine, api: Caller) -> None:
    id_ = report(engine, "a")
    for value in range(4):
        report(engine, "a", value=value, time_us=now_us())
    first = api.get(f"alarms/{id_}/events", limit=3).body
    second = api.get(f"alarms/{id_}/events", limit=3, cursor=first["next"]).body
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert (len(ids), ids, second["next"]) == (5, sorted(ids, reverse=True), None)


def test_each_event_is_explained_by_the_rules_of_its_moment(
    engine: Engine, service: dict[str, Any], api: Caller
) -> None:
    fires = api.post("rules", rule_for(service, name="全部", states=["active_unacked"], match={})).body
    api.post("rules", rule_for(service, name="一线", match={"labels": {"line": "A"}, "priorities": ["low"]}))
    off = api.post("rules", rule_for(service, name="停用", match={}, enabled=False)).body
    gone = api.post("rules", rule_for(service, name="已删", match={})).body
    api.delete(f"rules/{gone['id']}")
    id_ = report(engine, "a")
    api.patch(f"rules/{fires['id']}", {"match": {"sources": ["plc-9"]}, "name": "改名"})
    api.patch(f"rules/{off['id']}", {"enabled": True})
    report(engine, "a", active=False)
    cleared, raised = api.get(f"alarms/{id_}/events", explain="true").body["items"]
    assert [(one["name"], one["fired"], one["reasons"]) for one in raised["explanations"]] == [
        ("全部", True, []),
        ("一线", False, [
            "优先级：规则要求 低，报警是 紧急",
            "标签：规则要求 line=A，报警是 line=",
        ]),
        ("停用", False, ["这个规则当时已停用"]),
    ]  # fmt: skip
    assert cleared["entered"] == "cleared_unacked"
    assert [(one["name"], one["fired"], one["reasons"]) for one in cleared["explanations"]][:1] == [
        ("改名", False, [
            "报警条件：规则要求 活动未确认，报警是 恢复未确认",
            "接入：规则要求 plc-9，报警是 plc-1",
        ]),
    ]  # fmt: skip
    assert api.get("deliveries", alarm=id_).body["items"][0]["rule"] == fires["id"]


def test_how_things_stand(engine: Engine, rule: dict[str, Any], api: Caller) -> None:
    report(engine, "a", labels={"line": "A"})
    report(engine, "b")
    stats = api.get("stats").body
    assert stats["alarms"] == {"active_unacked": 2, "active_acked": 0, "cleared_unacked": 0, "cleared_acked": 0}
    others = dict.fromkeys(("sending", "sent", "failed", "suppressed", "expired"), 0)
    assert stats["deliveries"] == {"pending": 2} | others
    assert 0 <= stats["oldest_pending_s"] < 60
    assert api.get("/readyz").body == {"status": "ok", "checks": {"engine": True, "database": True}}
