"""Where alarms come from, and how the installation is set up, over REST."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from dingbell.alarms.alarm import Report
from dingbell.pipeline.engine import Engine
from dingbell.pipeline.intake import Submission
from dingbell.storage.times import now_us
from tests.api.conftest import Caller, WithScopes


@pytest.mark.django_db(transaction=True)
def test_sources_are_told_with_their_alarms(engine: Engine, with_scopes: WithScopes) -> None:
    caller = with_scopes("alarms:read")
    assert caller.get("sources").body == {"items": [], "next": None}
    for number, source in enumerate(("scada", "plc-1", "plc-1")):
        engine.intake.submit_and_wait(Submission([Report(source=source, key=f"k{number}", active=True)], now_us()))
    items = caller.get("sources").body["items"]
    assert {one["name"]: (one["alarms"], one["standing"]) for one in items} == {"plc-1": (2, 2), "scada": (1, 1)}
    assert items[0]["last_event_at"] >= items[1]["last_event_at"]
    first = caller.get("sources", limit=1).body
    assert first["items"] == items[:1]
    assert caller.get("sources", limit=1, cursor=first["next"]).body == {"items": items[1:], "next": None}


def test_settings_are_told_and_secrets_only_said_to_be_there(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DINGBELL_LOG_LEVEL", "debug")
    told = api.get("settings").body
    by_name = {one["name"]: one for one in told["settings"]}
    assert by_name["DINGBELL_ENCRYPTION_KEY"] | {"origin": ""} == {
        "name": "DINGBELL_ENCRYPTION_KEY",
        "value": None,
        "is_set": True,
        "origin": "",
    }
    assert by_name["DINGBELL_LOG_LEVEL"]["origin"] == "environment"
    assert by_name["DINGBELL_TIME_ZONE"] == {
        "name": "DINGBELL_TIME_ZONE",
        "value": "Asia/Shanghai",
        "is_set": True,
        "origin": "default",
    }
    assert told["database"] in {"SQLite", "PostgreSQL"}
    assert told["database_size"] > 0


def test_handing_in_events_is_described(db: None) -> None:
    described = Client().get("/api/v1/openapi.json").json()
    assert described["paths"]["/api/v1/events"]["post"]["security"] == [{"BearerToken": []}]
    assert {"source", "key", "state"} == set(described["components"]["schemas"]["EventInput"]["required"])


def test_whatever_the_description_refers_to_is_described(db: None) -> None:
    text = Client().get("/api/v1/openapi.json").content.decode()
    described = set(json.loads(text)["components"]["schemas"])
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert referred <= described
    assert not [name for name in described if "." in name]  # two structs of one name


@pytest.mark.django_db(transaction=True)
def test_a_source_may_be_silent_for_so_long(engine: Engine, with_scopes: WithScopes) -> None:
    caller = with_scopes("alarms:read", "config:write", "admin")
    engine.intake.submit_and_wait(Submission([Report(source="一车间/plc-1", key="k", active=True)], now_us()))
    engine.self_watch.look()
    (one,) = caller.get("sources").body["items"]
    assert (one["silent_minutes"], one["silent_since"]) == (0, None)
    assert one["last_heard_at"] is not None

    changed = caller.patch("sources", one | {"silent_minutes": 15})
    assert (changed.status, changed.body) == (200, one | {"silent_minutes": 15})
    assert caller.patch("sources", {"name": "not yet", "silent_minutes": 5}).body["last_heard_at"] is None
    assert {item["name"] for item in caller.get("sources").body["items"]} == {"一车间/plc-1", "not yet"}
    caller.patch("sources", {"name": "not yet", "silent_minutes": 0})
    assert [item["name"] for item in caller.get("sources").body["items"]] == ["一车间/plc-1"]

    assert set(caller.patch("sources", {}).errors) == {"name", "silent_minutes"}
    assert set(caller.patch("sources", {"name": "x", "silent_minutes": 99999999}).errors) == {"silent_minutes"}
    assert with_scopes("alarms:read").patch("sources", {"name": "x", "silent_minutes": 5}).status == 403
    newest = caller.get("audit", kind="source", limit=1).body["items"][0]
    assert (newest["name"], newest["after"]) == ("not yet", {"silent_minutes": 0})
