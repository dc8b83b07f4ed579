"""Shelving, taking back and commenting alarms over REST, with the engine running."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dingbell.alarms import shelving
from dingbell.alarms.models import AlarmRow
from dingbell.pipeline.engine import Engine
from tests.api.conftest import Caller, WithScopes
from tests.api.test_alarms import report

pytestmark = pytest.mark.usefixtures("engine")


def kinds(api: Caller, alarm_id: int) -> list[str]:
    return [one["kind"] for one in api.get(f"alarms/{alarm_id}/events").body["items"]]


def test_an_alarm_is_shelved_and_taken_back(engine: Engine, with_scopes: WithScopes, api: Caller) -> None:
    id_ = report(engine, "a")
    panel = with_scopes("alarms:write")
    shelved = panel.post(f"alarms/{id_}/shelve", {"minutes": 30, "note": " 检修 "})
    assert shelved.status == 200, shelved.body
    found = shelved.body
    assert (found["shelved"], found["shelved_by"], found["shelve_note"]) == (True, "alarms:write", "检修")
    left = datetime.fromisoformat(found["shelved_until"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    assert found["state"] == "active_unacked"
    until = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    longer = panel.post(f"alarms/{id_}/shelve", {"until": until})
    assert datetime.fromisoformat(longer.body["shelved_until"]) == datetime.fromisoformat(until)
    assert [one["id"] for one in api.get("alarms", shelved="true").body["items"]] == [id_]
    assert api.get("alarms", shelved="false").body["items"] == []
    assert panel.post(f"alarms/{id_}/unshelve").body["shelved_until"] is None
    assert panel.post(f"alarms/{id_}/unshelve").status == 409
    assert kinds(api, id_) == ["unshelved", "shelved", "shelved", "raised"]
    assert api.get(f"alarms/{id_}/events").body["items"][0]["entered"] == "active_unacked"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "minutes"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 43201}, "minutes"),
        ({"minutes": 5, "until": "2026-11-22T08:00:00+08:00"}, "minutes"),
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": "2999-01-01T00:00:00Z"}, "until"),
        ({"until": ""}, "until"),
        ({"until": "soon"}, "until"),
        ({"minutes": 5, "note": "x" * 2001}, "note"),
    ],
)
def test_what_stands_against_shelving(engine: Engine, api: Caller, body: dict[str, Any], field: str) -> None:
    id_ = report(engine, "a")
    for path, more in ((f"alarms/{id_}/shelve", {}), ("alarms/shelve", {"ids": [id_]})):
        refused = api.post(path, body | more)
        assert (refused.status, set(refused.errors)) == (422, {field})
    assert not AlarmRow.objects.filter(shelved_until_us__isnull=False).exists()


def test_many_are_shelved_by_path_or_id(engine: Engine, api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [report(engine, key, path=path) for key, path in (("a", "一车间/泵房"), ("b", "一车间"), ("c", "二车间"))]
    done = api.post("alarms/shelve", {"path": "一车间/**", "minutes": 5})
    assert (done.status, done.body["shelved"], done.body["unknown"]) == (200, 2, [])
    assert {one["id"] for one in api.get("alarms", shelved="true").body["items"]} == set(ids[:2])
    done = api.post("alarms/shelve", {"ids": [ids[2], ids[2], 987654], "minutes": 5})
    assert (done.body["shelved"], done.body["unknown"]) == (1, [987654])
    assert api.post("alarms/shelve", {"path": "没有/**", "minutes": 5}).body["shelved"] == 0
    for body, field in (
        ({}, "path"),
        ({"path": ""}, "path"),
        ({"path": "a", "ids": []}, "path"),
        ({"path": "a*"}, "path"),
    ):
        assert set(api.post("alarms/shelve", body | {"minutes": 5}).errors) == {field}
    monkeypatch.setattr(shelving, "MOST_AT_ONCE", 1)
    assert set(api.post("alarms/shelve", {"path": "一车间/**", "minutes": 5}).errors) == {"path"}
    assert set(api.post("alarms/shelve", {"ids": ids, "minutes": 5}).errors) == {"ids"}


def test_a_comment_stands_in_the_journal(engine: Engine, api: Caller, with_scopes: WithScopes) -> None:
    id_ = report(engine, "a")
    assert api.post(f"alarms/{id_}/comment", {"text": " 已通知维修 "}).body["state"] == "active_unacked"
    event = api.get(f"alarms/{id_}/events").body["items"][0]
    assert (event["kind"], event["actor"], event["note"], event["entered"]) == (
        "commented",
        "admin",
        "已通知维修",
        None,
    )
    assert set(api.post(f"alarms/{id_}/comment", {"text": " "}).errors) == {"text"}
    assert api.post("alarms/987654/comment", {"text": "?"}).status == 404
    assert with_scopes("alarms:read").post(f"alarms/{id_}/comment", {"text": "?"}).status == 403
