"""Alertmanager's API v2 over HTTP, against `dingbell serve`."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import urllib.request
from collections.abc import Callable

import pytest

from tests.plant import Plant
from tests.postgresql import Cluster
from tests.serving import RunningSimulator, Server, command, eventually
from tests.sources.conftest import Alertmanager, soon


def alert(name: str, **fields: object) -> dict[str, object]:
    return {
        "labels": {"alertname": name, "instance": "plc:9100", "severity": "critical", "long": "泵" * 3000},
        "annotations": {"summary": "3号泵过热", "description": "第一行\n第二行", "value": "95.5"},
        "generatorURL": "http://prometheus:9090/graph?g0.expr=temperature+%3E+90",
        **fields,
    }


def test_an_alert_comes_back_as_it_came(alertmanager: Alertmanager) -> None:
    sent = alert("Whole", startsAt="2026-11-22T08:00:00.123Z", endsAt="2126-11-22T08:00:00.456Z")
    answer = alertmanager.send(sent)
    assert (answer.status, answer.body) == (200, b"")
    (found,) = alertmanager.alerts("Whole")
    assert {name: found[name] for name in sent} == sent
    assert found["status"] == {"state": "active", "silencedBy": [], "inhibitedBy": []}
    assert found["receivers"] == []
    assert found["updatedAt"] > found["startsAt"]
    alarm = alertmanager.alarm("Whole")
    assert (alarm["source"], alarm["key"]) == ("alertmanager", f"Whole#{found['fingerprint']}")
    assert (alarm["name"], alarm["priority"], alarm["value"]) == ("3号泵过热", "critical", 95.5)
    assert len(alarm["labels"]["long"]) == 1024


def test_the_good_ones_of_a_bad_batch_are_kept(alertmanager: Alertmanager) -> None:
    answer = alertmanager.send({"labels": {}}, alert("Good"), {"labels": {"a b": "c"}})
    assert answer.status == 400
    assert answer.json == "[0] 至少要有一个标签; [2] labels：名称无效：a b"
    assert len(alertmanager.alerts("Good")) == 1


def test_a_resend_is_no_event_but_brings_its_newest_words(alertmanager: Alertmanager) -> None:
    starts = soon(-60)
    for summary in ("温度 91", "温度 95"):
        alertmanager.send(alert("Resent", startsAt=starts, annotations={"summary": summary}))
    assert alertmanager.events("Resent") == ["raised"]
    assert alertmanager.alarm("Resent")["name"] == "温度 95"
    assert alertmanager.alerts("Resent")[0]["annotations"] == {"summary": "温度 95"}


def test_what_is_resolved_is_gone_and_stays_gone(alertmanager: Alertmanager) -> None:
    starts, ends = soon(-60), soon(-1)
    for times in ({"startsAt": starts}, {"startsAt": starts, "endsAt": ends}, {"startsAt": starts, "endsAt": ends}):
        assert alertmanager.send(alert("Resolved", **times)).status == 200
    assert alertmanager.events("Resolved") == ["raised", "cleared"]
    assert alertmanager.alerts("Resolved") == []
    assert alertmanager.alarm("Resolved")["state"] == "cleared_unacked"


def test_an_end_in_whole_seconds_resolves_what_came_without_a_start(alertmanager: Alertmanager) -> None:
    alertmanager.send({"labels": {"alertname": "Manual"}})
    alertmanager.send({"labels": {"alertname": "Manual"}, "endsAt": soon(-2)})
    assert alertmanager.events("Manual") == ["raised", "cleared"]


def test_what_is_not_repeated_clears_at_its_end_and_is_raised_again_by_a_repetition(
    alertmanager: Alertmanager,
) -> None:
    starts = soon(-60)
    alertmanager.fire("Silent", starts=starts, ends=3)
    alertmanager.fire("Repeated", starts=starts, ends=3)
    alertmanager.fire("Repeated", starts=starts, ends=120)
    eventually(lambda: not alertmanager.alarm("Silent")["active"], within_s=10)
    assert alertmanager.events("Repeated") == ["raised"]
    assert (len(alertmanager.alerts("Repeated")), len(alertmanager.alerts("Silent"))) == (1, 0)
    alertmanager.fire("Silent", starts=starts, ends=120)
    assert alertmanager.events("Silent") == ["raised", "cleared", "raised"]


def test_only_time_in_which_it_was_up_counts(server: Server) -> None:
    """kill -9, down past the end, started again: whoever repeats the alert gets the chance to."""
    alertmanager = Alertmanager(server)
    starts = soon(-60)
    alertmanager.fire("Repeated", starts=starts, ends=3)
    alertmanager.fire("Silent", starts=starts, ends=3)
    server.kill()
    ended = soon(3)
    eventually(lambda: soon(-1) > ended, within_s=10)
    server.start()
    assert alertmanager.alarm("Repeated")["active"]
    alertmanager.fire("Repeated", starts=starts, ends=60)
    eventually(lambda: not alertmanager.alarm("Silent")["active"], within_s=20)
    assert alertmanager.events("Repeated") == ["raised"]


def test_queries(server: Server, simulator: RunningSimulator) -> None:
    alertmanager = Alertmanager(server)
    Plant(server, simulator).tell("robot")
    block = {"service": 1, "message": None, "schedule": None, "receivers": None}
    for name, match, enabled in (("B 组", {"labels": {"line": "B"}}, True), ("停用", {}, False)):
        server.make("rules", name=name, enabled=enabled, states=["active_unacked"], match=match, notifications=[block])
    alertmanager.fire("One", ends=60, line="A")
    alertmanager.fire("Two", ends=60, line="B")

    def names(query: str) -> list[str]:
        return sorted(found["labels"]["alertname"] for found in alertmanager.get(f"alerts?{query}"))

    assert names("") == ["One", "Two"]
    assert names("filter=line%3D%22A%22") == ["One"]
    assert names("filter=line!%3DA&filter=alertname%3D~T.*") == ["Two"]
    assert names("filter=line%3DA&filter=line%3DB") == []
    assert names("receiver=B.*") == ["Two"]
    assert names("receiver=B") == []
    assert names("active=false&silenced=true&inhibited=true&unprocessed=true") == []
    assert names("active=true&silenced=false&inhibited=false&unprocessed=false") == ["One", "Two"]
    assert sorted(receiver["name"] for receiver in alertmanager.get("receivers")) == ["B 组", "全部报警"]
    groups = alertmanager.get("alerts/groups")
    assert [(group["receiver"]["name"], len(group["alerts"])) for group in groups] == [("B 组", 1), ("全部报警", 2)]
    for query in ("filter=line", "filter=line%3D~(", "receiver=("):
        answer = server.call("GET", f"/api/v2/alerts?{query}")
        assert answer.status == 400
        assert isinstance(answer.json, str)


def test_status_and_what_is_not_there(alertmanager: Alertmanager) -> None:
    status = alertmanager.get("status")
    assert status["cluster"] == {"status": "disabled", "peers": []}
    assert all(isinstance(text, str) for text in status["versionInfo"].values())
    assert "resolve_timeout: 300s" in status["config"]["original"]
    assert status["uptime"] < soon(0)
    assert alertmanager.get("silences") == []
    call = alertmanager.server.call
    assert call("GET", "/api/v2/nothing").json == {"code": 404, "message": "path /api/v2/nothing was not found"}
    answer = call("DELETE", "/api/v2/alerts")
    assert (answer.status, answer.headers["allow"]) == (405, "GET,POST")
    assert call("POST", "/api/v2/silences", {}).status == 405


def test_who_may(alertmanager: Alertmanager) -> None:
    server = alertmanager.server
    writer = server.run("token-create", "writer", "--scope", "events:write")
    reader = server.run("token-create", "reader", "--scope", "alarms:read")
    assert alertmanager.send(alert("Allowed"), token=writer).status == 200
    assert server.call("GET", "/api/v2/alerts", token=reader).status == 200
    for refused, status in (
        (alertmanager.send(alert("Allowed"), token=reader), 403),
        (alertmanager.send(alert("Allowed"), token=None), 401),
        (server.call("GET", "/api/v2/alerts", token=writer), 403),
        (server.call("GET", "/api/v2/status", token=None), 401),
    ):
        assert refused.status == status
        assert refused.headers["content-type"] == "application/json", "amtool reads nothing else"
    server.run("token-revoke", "writer")
    server.run("token-revoke", "reader")
    assert alertmanager.send(alert("Allowed"), token=writer).status == 401
    assert server.call("GET", "/api/v2/alerts", token=reader).status == 401


def test_the_token_as_the_password_of_basic_authentication(alertmanager: Alertmanager) -> None:
    server = alertmanager.server
    credentials = base64.b64encode(f"prometheus:{server.token}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/api/v2/alerts", json.dumps([alert("Basic")]).encode(), headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        assert answer.status == 200
    assert len(alertmanager.alerts("Basic")) == 1


def test_bodies_that_cannot_be_used(alertmanager: Alertmanager) -> None:
    server = alertmanager.server
    answer = server.post("/api/v2/alerts", b'[{"labels":')
    assert answer.status == 400
    assert answer.json.startswith("不是有效的 JSON")
    assert server.post("/api/v2/alerts", b'{"labels":{"alertname":"Lonely"}}').status == 400
    assert alertmanager.alerts("Lonely") == []
    assert server.post("/api/v2/alerts", b"[]").status == 200
    assert server.post("/api/v2/alerts", b" " * (8 * 1024 * 1024) + b"[]").status == 413


def test_what_cannot_be_written_is_to_be_sent_again(server: Server) -> None:
    alertmanager = Alertmanager(server)
    alertmanager.fire("Before", ends=60)
    other = sqlite3.connect(server.data_dir / "dingbell.sqlite3", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        answer = alertmanager.send(alert("Locked"))
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert len(alertmanager.get("alerts")) == 1
    assert alertmanager.send(alert("Locked")).status == 200
    assert len(alertmanager.get("alerts")) == 2


def test_the_mapping_file_of_the_data_directory_counts(installation: Callable[..., Server]) -> None:
    server = installation()
    (server.data_dir / "alertmanager.toml").write_text('[fields]\nname = ["labels.instance"]', "utf-8")
    server.start()
    alertmanager = Alertmanager(server)
    alertmanager.send(alert("Mapped"))
    assert alertmanager.alarm("Mapped")["name"] == "plc:9100"


@pytest.mark.parametrize("named", [False, True])
def test_a_bad_mapping_file_stops_serve_and_is_named(installation: Callable[..., Server], named: bool) -> None:
    server = installation()
    file = server.data_dir / ("named.toml" if named else "alertmanager.toml")
    file.write_text('[fields]\ntitle = ["labels.x"]', "utf-8")
    setting = {"DINGBELL_ALERTMANAGER_MAPPING": str(file)} if named else {}
    done = subprocess.run(
        command("serve", "--port", str(server.port)), env=server.environment | setting,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"dingbell: {file}: fields.title: ")
    assert "Traceback" not in done.stderr


def test_on_postgresql(installation: Callable[..., Server], postgresql: Cluster) -> None:
    server = installation(DINGBELL_DATABASE_URL=postgresql.url)
    server.token = server.run("token-create", "tests", "--scope", "admin")
    server.start()
    alertmanager = Alertmanager(server)
    starts = soon(-60)
    alertmanager.fire("Silent", starts=starts, ends=2)
    alertmanager.fire("Repeated", starts=starts, ends=60)
    alertmanager.fire("Repeated", starts=starts, ends=120)
    alertmanager.send({"labels": {"alertname": "Mended"}, "annotations": {"summary": "a\x00b"}})
    assert len(alertmanager.get("alerts")) == 3
    eventually(lambda: not alertmanager.alarm("Silent")["active"], within_s=15)
    assert alertmanager.events("Repeated") == ["raised"]
