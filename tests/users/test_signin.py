"""Sign-in, sign-out, password change; what allauth offers besides is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth import get_user
from django.core.cache import cache
from django.test import Client

from dingbell.users.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def no_tries_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(client: Client, name: str = "wang", password: str = PASSWORD, **headers: str) -> int:
    return client.post(LOGIN, {"login": name, "password": password}, headers=headers).status_code


@pytest.mark.parametrize("name", ["wang", "WANG", " wang "])
def test_a_person_signs_in_by_name(client: Client, admin: User, name: str) -> None:
    assert sign_in(client, name) == 302
    assert get_user(client) == admin  # type: ignore[arg-type]
    assert client.session.get_expiry_age() > 170 * 24 * 3600


def test_sign_in_leads_back_to_where_one_wanted_to_go(client: Client, admin: User) -> None:
    wanted = client.get("/deliveries/?state=failed")
    assert wanted["Location"] == "/account/login/?next=%2Fdeliveries%2F%3Fstate%3Dfailed"
    there = client.post(wanted["Location"], {"login": "wang", "password": PASSWORD})
    assert there["Location"] == "/deliveries/?state=failed"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_sign_in_leads_to_no_foreign_page(client: Client, admin: User, target: str) -> None:
    there = client.post(f"{LOGIN}?next={target}", {"login": "wang", "password": PASSWORD, "next": target})
    assert there["Location"] == "/"


@pytest.mark.parametrize(("name", "password"), [("wang", "wrong"), ("nobody", PASSWORD), ("", ""), ("wang\x00", "x")])
def test_a_wrong_name_and_a_wrong_password_look_the_same(client: Client, admin: User, name: str, password: str) -> None:
    page = client.post(LOGIN, {"login": name, "password": password})
    assert page.status_code == 200
    assert "_auth_user_id" not in client.session


def test_guessing_is_stopped_whatever_host_is_asked(client: Client, admin: User) -> None:
    for number in range(5):
        assert sign_in(client, password="wrong", Host=f"guess{number}.example") == 200
    page = client.post(LOGIN, {"login": "wang", "password": PASSWORD}, headers={"Host": "fresh.example"})
    assert "尝试次数太多" in page.content.decode()
    assert "_auth_user_id" not in client.session


def test_who_was_disabled_cannot_sign_in_and_is_out_at_once(client: Client, admin: User, engineer: User) -> None:
    sign_in(client, "li")
    engineer.is_active = False
    engineer.save()
    assert client.get("/account/password/")["Location"].startswith(LOGIN)
    assert client.post(LOGIN, {"login": "li", "password": PASSWORD})["Location"] == "/account/inactive/"


def test_sign_out_needs_a_post(admin: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(admin)
    assert client.get("/account/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    client.post("/account/logout/")
    assert "_auth_user_id" not in client.session


def test_a_password_is_changed_and_other_devices_are_out(admin: User, signed_in: Callable[[User], Client]) -> None:
    here, elsewhere = signed_in(admin), signed_in(admin)
    new = "another bell, another hall"
    change = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    for wrong, words in (
        ({"oldpassword": "wrong"}, "当前密码不正确。"),
        ({"password2": "other"}, "两次输入的密码不一致。"),
        ({"password1": "short", "password2": "short"}, "密码太短"),
    ):
        cache.clear()
        assert words in here.post("/account/password/", change | wrong).content.decode()
    assert here.post("/account/password/", change).status_code == 302
    assert "密码已修改。" in here.get("/account/password/").content.decode()
    assert elsewhere.get("/account/password/").status_code == 302
    admin.refresh_from_db()
    assert admin.check_password(new)


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "password/reset/", "password/set/", "reauthenticate/", "login/code/", ""]
)
def test_allauths_other_pages_are_not_there(admin: User, signed_in: Callable[[User], Client], path: str) -> None:
    assert signed_in(admin).get(f"/account/{path}").status_code == 404
