"""Silences over REST."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dingbell.notify.models import Silence
from dingbell.storage import versions
from dingbell.storage.times import now_us
from dingbell.storage.versions import Subject
from dingbell.users.models import AuditEntry
from tests.api.conftest import Caller, WithScopes


def after(**length: float) -> str:
    return (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(**length)).isoformat()


def make(api: Caller, **document: Any) -> dict[str, Any]:
    made = api.post("silences", {"reason": "检修", "until": after(hours=2)} | document)
    assert made.status == 201, made.body
    return made.body  # type: ignore[no-any-return]


def test_a_silence_is_begun_listed_and_ended(with_scopes: WithScopes, api: Caller) -> None:
    operator = with_scopes("alarms:read", "alarms:write")
    before = versions.current()[Subject.CONFIGURATION]
    made = make(operator, path="一车间/**")
    assert made | {"start": "", "until": "", "created_at": ""} == {
        "id": made["id"], "area": "", "path": "一车间/**", "reason": "检修", "start": "", "until": "", "created_at": "",
        "created_by": "alarms:read alarms:write", "ended_at": None, "ended_by": "", "released_at": None,
        "sent_again": 0, "withheld": 0,
    }  # fmt: skip
    assert made["start"] == made["created_at"]
    later = make(api, start=after(hours=1))
    assert versions.current()[Subject.CONFIGURATION] == before + 2
    path = f"silences/{made['id']}"
    ended = operator.post(f"{path}/end").body
    assert ended["ended_by"] == "alarms:read alarms:write"
    assert operator.get(path).body == ended
    assert operator.post(f"{path}/end").errors == {"": "这个静默已经结束。"}
    assert operator.post(f"{path}/end").status == 409
    assert operator.get("silences").body == {"items": [later, ended], "next": None}
    assert operator.get("silences", over="false").body["items"] == [later]
    assert operator.get("silences", over="true").body["items"] == [ended]
    first = operator.get("silences", limit="1").body
    assert operator.get("silences", limit="1", cursor=first["next"]).body == {"items": [ended], "next": None}
    entries = AuditEntry.objects.filter(kind="silence", object_id=made["id"]).order_by("id")
    assert [(entry.action, entry.name) for entry in entries] == [("created", "一车间/**"), ("changed", "一车间/**")]


def test_one_whose_time_has_come_is_over_before_anybody_wrote_it_down(api: Caller) -> None:
    made = make(api)
    Silence.objects.update(until_us=now_us() - 1)
    assert api.get("silences", over="false").body["items"] == []
    assert [one["id"] for one in api.get("silences", over="true").body["items"]] == [made["id"]]
    assert api.post(f"silences/{made['id']}/end").status == 409


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"reason": " "}, {"reason"}),
        ({"until": ""}, {"until"}),
        ({"until": "soon"}, {"until"}),
        ({"until": after(hours=-1)}, {"until"}),
        ({"until": after(days=32)}, {"until"}),
        ({"until": "9999-12-31T23:59:59-12:00"}, {"until"}),
        ({"start": after(hours=3)}, {"until"}),
        ({"start": "tomorrow"}, {"start"}),
        ({"area": "一车间", "path": "一车间/**"}, {"path"}),
        ({"path": "一车间/泵*"}, {"path"}),
        ({"area": "x" * 513}, {"area"}),
        ({"minutes": 5}, {"minutes"}),
    ],
)
def test_what_is_wrong_is_named(api: Caller, change: dict[str, Any], fields: set[str]) -> None:
    refused = api.post("silences", {"reason": "检修", "until": after(hours=2)} | change)
    assert (refused.status, set(refused.errors)) == (422, fields)
    assert not Silence.objects.exists()


def test_reading_alarms_is_not_enough_to_silence_them(with_scopes: WithScopes) -> None:
    reader = with_scopes("alarms:read")
    assert reader.post("silences", {"reason": "检修", "until": after(hours=2)}).status == 403
    assert reader.get("silences").status == 200
    assert reader.get("silences/1").status == 404
    assert with_scopes("alarms:write").post("silences/1/end").status == 404
