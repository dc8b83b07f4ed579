"""Users and tokens over REST."""

from __future__ import annotations

import pytest
from django.test import Client

from dingbell.storage.times import now_us
from dingbell.users import lockout
from dingbell.users.lockout import TRIES
from dingbell.users.models import User
from tests.api.conftest import Caller
from tests.conftest import PASSWORD


def test_a_token_is_shown_once_and_works_until_it_is_revoked(api: Caller) -> None:
    created = api.post("tokens", {"name": "plc-1", "scopes": ["config:read"]})
    assert created.status == 201
    plain = created.body["token"]
    assert plain.startswith("dbt_")
    listed = api.get("tokens").body["items"]
    assert listed[0] == {name: value for name, value in created.body.items() if name != "token"}
    caller = Caller(Authorization=f"Bearer {plain}")
    assert caller.get("rules").status == 200
    path = f"tokens/{created.body['id']}"
    assert (api.delete(path).status, caller.get("rules").status, api.delete(path).status) == (204, 401, 404)
    assert api.get("tokens").body["items"][0]["revoked_at"]


def test_what_cannot_be_a_token(api: Caller) -> None:
    assert set(api.post("tokens", {"scopes": ["config:read"]}).errors) == {"name"}
    assert set(api.post("tokens", {"name": "x", "scopes": ["all"]}).errors) == {"scopes"}


def test_people_are_added_and_changed(api: Caller) -> None:
    created = api.post("users", {"username": "sun", "display_name": "孙工", "role": "operator", "password": PASSWORD})
    assert (created.status, created.body["role"], created.body["active"]) == (201, "operator", True)
    assert "password" not in created.body
    api.post("users", {"username": "boss", "role": "admin", "password": PASSWORD})
    path = f"users/{created.body['id']}"
    changed = api.patch(path, {"role": "engineer", "active": False, "display_name": "孙师傅"}).body
    assert (changed["role"], changed["active"], changed["display_name"]) == ("engineer", False, "孙师傅")
    assert api.patch(path, {"password": "another bell in the hall"}).status == 200
    assert User.objects.get(username="sun").check_password("another bell in the hall")
    assert [one["username"] for one in api.get("users").body["items"]] == ["sun", "boss"]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"role": "root"}, "role"), ({"password": "short"}, "password"), ({"display_name": "x" * 65}, "display_name")],
)
def test_a_change_that_cannot_be_made(api: Caller, admin: User, change: dict[str, str], field: str) -> None:
    refused = api.patch(f"users/{admin.id}", change)
    assert (refused.status, set(refused.errors)) == (422, {field})


def test_the_last_admin_stays(api: Caller, admin: User) -> None:
    for change in ({"active": False}, {"role": "viewer"}):
        assert api.patch(f"users/{admin.id}", change).status == 409
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == ("admin", True)
    assert api.patch("users/987654", {"role": "viewer"}).status == 404
    assert set(api.post("users", {}).errors) == {"username", "role", "password"}


def test_a_person_is_signed_out_unlocked_and_removed(api: Caller, admin: User, engineer: User) -> None:
    client = Client()
    client.force_login(engineer)
    path = f"users/{engineer.id}"
    assert [one["last_used_at"] for one in api.get(f"{path}/sessions").body["items"]] == [None]
    assert client.session.session_key not in str(api.get(f"{path}/sessions").body)
    assert api.delete(f"{path}/sessions").status == 204
    assert api.get(f"{path}/sessions").body == {"items": [], "next": None}
    for _ in range(TRIES):
        lockout.attempt("li", now_us())
    assert api.post(f"{path}/unlock").status == 204
    assert not lockout.locked_until(["li"], now_us())
    assert api.patch(path, {"must_change_password": True}).body["must_change_password"]
    assert (api.get(path).body["username"], api.delete(path).status) == ("li", 204)
    assert api.delete(f"users/{admin.id}").status == 409
    for method, gone in (
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/sessions"),
        ("DELETE", "/sessions"),
        ("POST", "/unlock"),
    ):
        assert api(method, f"{path}{gone}").status == 404
