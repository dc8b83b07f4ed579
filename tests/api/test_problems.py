"""Whatever goes wrong under /api is a problem document."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django.fixtures import Settings

from dingbell.notify.services import services
from dingbell.users import tokens
from tests.api.conftest import Caller, WithScopes


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nowhere", 404),
        ("GET", "/api/v2/nowhere", 404),
        ("GET", "/api/", 404),
        ("GET", "services/", 404),
        ("GET", "services/one", 404),
        ("GET", "services/99999999999999999999", 404),
        ("GET", "quotas", 404),
        ("GET", "deliveries/1", 404),
        ("GET", "alarms/99999999999999999999/events", 404),
        ("GET", "services/9223372036854775808/accounts/1", 404),
        ("DELETE", "services/1/accounts/9223372036854775808", 404),
        ("PUT", "services", 405),
        ("POST", "stats", 405),
    ],
)
def test_what_is_not_there(api: Caller, method: str, path: str, status: int) -> None:
    answer = api(method, path)
    assert (answer.status, answer.errors) == (status, {})
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_events_are_handed_in_with_post(api: Caller, method: str) -> None:
    answer = api(method, "/api/v1/events")
    assert (answer.status, answer.headers["Allow"], answer.errors) == (405, "POST", {})
    assert answer.body["title"] == "请用 POST。"


def test_a_mistyped_address_is_no_question_of_permission(db: None) -> None:
    answer = Caller(Client(enforce_csrf_checks=True)).post("event", {"source": "plc-1"})
    assert (answer.status, answer.errors) == (404, {})


@pytest.mark.parametrize("body", [b"", b"{", b'{"name": "\\ud800"}', b'{"name": "\xff"}', b"nul", b"\xef\xbb\xbf{"])
def test_what_is_no_json(api: Caller, body: bytes) -> None:
    answer = api.post("services", body)
    assert (answer.status, answer.errors) == (400, {})


def test_a_form_without_its_boundary(db: None, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(headers={"Authorization": f"Bearer {tokens.create('form', ['admin'])[1]}"})
    answer = client.post("/api/v1/services/1/accounts/import", b"x", content_type="multipart/form-data")
    assert (answer.status_code, answer.json()["type"]) == (400, "about:blank")
    assert not [record for record in caplog.records if record.exc_info]  # nothing of ours went wrong


def test_nesting_without_end(api: Caller) -> None:
    assert api.post("services", b'{"id":' + b"[" * 100_000 + b"]" * 100_000 + b"}").status == 400


@pytest.mark.parametrize(
    ("body", "field"), [(b"[]", ""), (b"null", ""), (b'"x"', ""), (b'{"app": []}', "app"), (b'{"x": 1}', "x")]
)
def test_what_is_no_service(api: Caller, body: bytes, field: str) -> None:
    answer = api.post("services", body)
    assert (answer.status, set(answer.errors)) == (422, {field})


def test_a_byte_order_mark_does_no_harm(api: Caller) -> None:
    assert api.post("services", b"\xef\xbb\xbf{}").status == 422


def test_a_body_that_is_too_large(api: Caller, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert api.post("services", {"name": "x" * 200}).errors == {}
    assert api.post("services", {"name": "x" * 200}).status == 413


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("services", {"limit": "0"}, "limit"),
        ("services", {"limit": "1001"}, "limit"),
        ("services", {"limit": "many"}, "limit"),
        ("services", {"cursor": "!"}, "cursor"),
        ("services", {"cursor": "WzEsMl0"}, "cursor"),
        ("services", {"cursor": "WzFlOTk5XQ"}, "cursor"),
        ("alarms", {"active": "maybe"}, "active"),
        ("alarms", {"state": "active"}, "state"),
        ("alarms", {"priority": "urgent"}, "priority"),
        ("alarms", {"q": "\x00"}, "q"),
        ("alarms", {"path": "**/**/**/**"}, "path"),
        ("deliveries", {"state": "lost"}, "state"),
        ("deliveries", {"receiver": "群"}, "receiver"),
        ("deliveries", {"receiver": "robot:x"}, "receiver"),
        ("deliveries", {"service": "x"}, "service"),
        ("deliveries", {"since": "yesterday"}, "since"),
        ("deliveries", {"until": "9999-99-99"}, "until"),
    ],
)
def test_a_filter_that_cannot_be_used_is_named(api: Caller, path: str, query: dict[str, str], field: str) -> None:
    answer = api.get(path, **query)
    assert (answer.status, set(answer.errors)) == (422, {field})
    assert answer.errors[field]


def test_problems_speak_the_language_of_the_caller(with_scopes: WithScopes, api: Caller) -> None:
    assert api("PUT", "services").body["title"] == "这个地址不支持这种请求方法。"
    english = with_scopes("admin", Accept_Language="en")
    refusals = [
        english("PUT", "services"),
        english.get("nowhere"),
        english.post("rules", {}),
        english.post("tokens", {}),
    ]
    assert all(str(refusal.body).isascii() for refusal in refusals)


def test_trouble_with_the_database_is_503(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(service_id: int) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(services, "describe", locked)
    answer = api.get("services/1")
    assert (answer.status, answer.errors, answer.headers["Retry-After"]) == (503, {}, "5")


def test_a_crash_is_a_problem_document_without_its_text(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(service_id: int) -> None:
        raise ZeroDivisionError("the secret of it")

    monkeypatch.setattr(services, "describe", crash)
    answer = api.get("services/1")
    assert (answer.status, answer.errors) == (500, {})
    assert "secret" not in str(answer.body)


def test_acknowledging_needs_the_engine(api: Caller) -> None:
    answer = api.post("alarms/1/acknowledge", {})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert api.get("/readyz").status == 503
