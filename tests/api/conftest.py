"""A client that speaks JSON with a token, an engine to acknowledge through, and a service to send through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from django.test import Client

from dingbell.pipeline.engine import Engine, from_settings
from dingbell.users import tokens

TOKEN = "0123456789abcdef0123456789abcdefGROUP1"
SIGNING = "SECsigning000111"
APP_SECRET = "appsecret-222"
SERVICE: dict[str, Any] = {
    "name": "一车间钉钉",
    "type": "dingtalk",
    "send_to": ["robot", "account"],
    "robots": [
        {
            "alias": "一车间值班群",
            "webhook": f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
            "secret": SIGNING,
            "keywords": ["报警"],
        }
    ],
    "app": {"client_id": "dingclient", "client_secret": APP_SECRET, "robot_code": "dingrobot"},
    "accounts": [{"user_id": "manager4220", "name": "张三", "mobile": "13900000001"}],
}


@dataclass
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def errors(self) -> dict[str, str]:
        """The messages of a problem document by field."""
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.body["status"] == self.status
        assert self.body["type"] == "about:blank"
        assert self.body["title"]
        return {error["field"]: error["message"] for error in self.body["errors"]}


class Caller:
    """Somebody with these headers; paths are below /api/v1 unless they begin with a slash."""

    def __init__(self, client: Client | None = None, **headers: str) -> None:
        self._client = client or Client(raise_request_exception=False)
        self._headers = headers

    def __call__(self, method: str, path: str, body: Any = None, /, **query: Any) -> Answer:
        content = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
        response = self._client.generic(
            method,
            path if path.startswith("/") else f"/api/v1/{path}",
            content,
            content_type="application/json",
            query_params=query or None,
            headers=self._headers,
        )
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(response.status_code, response.json() if is_json else response.content or None, response.headers)

    def get(self, path: str, /, **query: Any) -> Answer:
        return self("GET", path, **query)

    def post(self, path: str, body: Any = None) -> Answer:
        return self("POST", path, body)

    def patch(self, path: str, body: Any) -> Answer:
        return self("PATCH", path, body)

    def delete(self, path: str) -> Answer:
        return self("DELETE", path)


WithScopes = Callable[..., Caller]


@pytest.fixture
def with_scopes(db: None) -> WithScopes:
    """`with_scopes("config:read", Accept_Language="en")`: a program with a token named for its scopes."""

    def make(*scopes: str, **headers: str) -> Caller:
        _token, plain = tokens.create(" ".join(scopes), scopes)
        return Caller(Authorization=f"Bearer {plain}", **{k.replace("_", "-"): v for k, v in headers.items()})

    return make


@pytest.fixture
def api(with_scopes: WithScopes) -> Caller:
    """A program that may do everything."""
    return with_scopes("admin")


@pytest.fixture
def service(api: Caller) -> dict[str, Any]:
    created = api.post("services", SERVICE)
    assert created.status == 201, created.body
    return created.body  # type: ignore[no-any-return]


@pytest.fixture
def rule(api: Caller, service: dict[str, Any]) -> dict[str, Any]:
    created = api.post("rules", rule_for(service))
    assert created.status == 201, created.body
    return created.body  # type: ignore[no-any-return]


def rule_for(service: dict[str, Any], **changes: Any) -> dict[str, Any]:
    receivers = [{"robot": service["robots"][0]["id"]}, {"account": service["accounts"][0]["id"]}]
    return {
        "name": "紧急报警",
        "states": ["active_unacked", "cleared_acked"],
        "match": {"priorities": ["critical", "高"], "paths": ["一车间/**"], "labels": {"line": "A"}},
        "notifications": [{"service": service["id"], "message": None, "schedule": None, "receivers": receivers}],
    } | changes


@pytest.fixture
def engine(transactional_db: None) -> Iterator[Engine]:
    """The engine of this process, without the worker: nothing is sent."""
    running = from_settings(delivers=False)
    running.start()
    yield running
    running.stop()
