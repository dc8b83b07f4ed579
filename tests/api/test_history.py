"""What happened to all alarms, over REST and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from dingbell.alarms import journal
from dingbell.alarms.alarm import Priority
from dingbell.pipeline.engine import Engine
from dingbell.users.models import User
from tests.api.conftest import Caller
from tests.api.test_alarms import report
from tests.streams import streamed_text


@pytest.fixture
def happened(engine: Engine, api: Caller) -> int:
    first = report(engine, "a", area="一车间", value=12.5, labels={"line": "A"})
    report(engine, "b", name="=1+1", priority=Priority.LOW, path="二车间/风机", area="二车间")
    report(engine, "a", active=False)
    api.post(f"alarms/{first}/comment", {"text": "@all 已处理"})
    return first


def kinds(api: Caller, **query: Any) -> list[str]:
    answer = api.get("alarms/history", **query)
    assert answer.status == 200, answer.body
    return [f"{one['snapshot']['key']} {one['kind']}" for one in answer.body["items"]]


def test_the_history_is_filtered(happened: int, api: Caller) -> None:
    everything = ["a commented", "a cleared", "b raised", "a raised"]
    assert kinds(api) == everything
    assert kinds(api, kind="raised") == everything[2:]
    assert kinds(api, kind="commented,cleared") == everything[:2]
    assert kinds(api, priority="low") == kinds(api, area="二车间") == kinds(api, q="风机") == ["b raised"]
    assert kinds(api, path="一车间/**", kind="raised") == ["a raised"]
    assert kinds(api, q="没有") == []
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    assert kinds(api, since=(now - hour).isoformat(), until=(now + hour).isoformat()) == everything
    assert kinds(api, since=(now + hour).isoformat()) == kinds(api, until=(now - hour).isoformat()) == []
    for name, value in (("kind", "x"), ("since", "soon"), ("priority", "x"), ("group", "9")):
        assert set(api.get("alarms/history", **{name: value}).errors) == {name}


def test_pages_lead_on_even_when_they_found_nothing(
    happened: int, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LOOKED_AT", 1)
    found, pages, cursor = [], 0, ""
    while cursor is not None:
        answer = api.get("alarms/history", limit=3, cursor=cursor, kind="raised").body
        found += answer["items"]
        cursor, pages = answer["next"], pages + 1
    assert (len(found), pages) == (2, 5)


@pytest.mark.parametrize(("query", "rows"), [("", 4), (f"?q={quote('风机')}", 1)])
@pytest.mark.usefixtures("happened")
def test_the_file_for_a_spreadsheet(admin: User, signed_in: Callable[[User], Client], query: str, rows: int) -> None:
    answer = signed_in(admin).get(f"/history/export.csv{query}")
    assert answer.status_code == 200
    body = streamed_text(answer)
    assert body.startswith("\ufeff编号,")
    lines = list(csv.reader(io.StringIO(body)))
    assert len(lines) == rows + 1
    texts = {cell for line in lines for cell in line}
    assert "'=1+1" in texts
    assert "=1+1" not in texts
    assert ("'@all 已处理" in texts) == (rows == 4)
