"""No secret comes back: not in an answer, a log, a description of a failure, nor in the database in clear."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dingbell.users import tokens
from tests.api.conftest import APP_SECRET, SERVICE, SIGNING, TOKEN

HOSTS = [
    "https://oapi.dingtalk.com/robot/send",
    "https://evil.example/robot/send",
    "http://oapi.dingtalk.com/x",
    "ftp:",
]


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Services that hold the secrets, whole or spoiled in many ways."""
    webhook = st.builds(
        lambda host, tail: f"{host}?access_token={TOKEN}{tail}", st.sampled_from(HOSTS), st.text(max_size=3)
    )
    robot = st.fixed_dictionaries(
        {"alias": st.text(max_size=3), "webhook": webhook},
        optional={"secret": st.sampled_from([SIGNING, SIGNING + "中", 5]), "keywords": st.lists(st.text(max_size=2))},
    )  # fmt: skip
    app = st.fixed_dictionaries(
        {"client_secret": st.sampled_from([APP_SECRET, APP_SECRET + " "]), "client_id": st.sampled_from(["", "ding"])},
        optional={"robot_code": st.just("ding"), "unknown": st.just(APP_SECRET)},
    )
    return st.builds(
        lambda robots, app, more: SERVICE | {"robots": robots, "app": app} | more,
        st.lists(robot, max_size=2), app,
        st.sampled_from([{}, {"name": ""}, {"send_to": ["robot"]}, {"send_to": TOKEN}, {"type": TOKEN[:5]}]),
    )  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=documents())
def test_no_answer_and_no_log_holds_a_secret(
    document: dict[str, Any], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    _, plain = tokens.create("secrecy", ["admin"])
    client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {plain}"})
    caplog.clear()
    created = client.post("/api/v1/services", document, content_type="application/json")
    assert created.status_code in {201, 422}
    said = [created.content.decode()]
    if created.status_code == 201:
        path = f"/api/v1/services/{created.json()['id']}"
        said += [client.patch(path, document, content_type="application/json").content.decode()]
        said += [client.get(path).content.decode(), client.get("/api/v1/services").content.decode()]
        said += [client.delete(path).content.decode()]
    said += [client.get("/api/v1/tokens").content.decode(), caplog.text, *capfd.readouterr()]
    for secret in (TOKEN, SIGNING, APP_SECRET, plain):
        assert all(secret not in text for text in said)


def test_the_database_holds_no_secret_in_clear(service: dict[str, Any], rule: dict[str, Any]) -> None:
    dump = StringIO()
    call_command("dumpdata", "notify", "storage", "users", stdout=dump)
    assert (
        service["robots"][0]["alias"] in dump.getvalue().encode().decode("unicode_escape", "replace") or dump.getvalue()
    )
    for secret in (TOKEN, SIGNING, APP_SECRET):
        assert secret not in dump.getvalue()
