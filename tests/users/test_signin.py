"""Sign-in, sign-out, password change; what allauth offers besides is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth import get_user
from django.core.cache import cache
from django.test import Client

from dingbell.storage.times import now_us
from dingbell.users import lockout
from dingbell.users.models import AuditEntry, Session, SignInTries, User
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
    cache.clear()  # a restart, or another node
    page = client.post(LOGIN, {"login": "ＷＡＮＧ ", "password": PASSWORD}, headers={"Host": "fresh.example"})
    assert "已锁定。请 5 分钟后再试" in page.content.decode()
    assert "_auth_user_id" not in client.session
    SignInTries.objects.update(locked_until_us=now_us())
    assert sign_in(client) == 302
    assert not SignInTries.objects.exists()
    assert [one.action for one in AuditEntry.objects.filter(kind="signin", object_id=admin.id).order_by("id")] == [
        *["refused"] * 5,
        "locked",
        "signed_in",
    ]


def test_one_address_that_tries_many_names_is_slowed_down(client: Client, admin: User) -> None:
    for number in range(10):
        assert sign_in(client, f"guess{number}") == 200
    assert "尝试次数太多，请一分钟后再试" in client.post(LOGIN, {"login": "x", "password": "y"}).content.decode()
    assert not AuditEntry.objects.exclude(object_id=0, name="").filter(kind="signin").exists()
    assert "guess1" not in str(list(AuditEntry.objects.values()))  # it may be a mistyped password
    assert "guess1" not in str(list(SignInTries.objects.values()))


def test_who_was_disabled_cannot_sign_in_and_is_out_at_once(client: Client, admin: User, engineer: User) -> None:
    sign_in(client, "li")
    engineer.is_active = False
    engineer.save()
    assert client.get("/account/password/")["Location"].startswith(LOGIN)
    assert client.post(LOGIN, {"login": "li", "password": PASSWORD})["Location"] == "/account/inactive/"


def test_who_found_an_open_page_cannot_guess_the_password_there(
    admin: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(admin)
    for _number in range(5):
        cache.clear()
        client.post("/account/password/", {"oldpassword": "wrong", "password1": "x", "password2": "x"})
    cache.clear()
    page = client.post("/account/password/", {"oldpassword": PASSWORD, "password1": "x", "password2": "x"})
    assert "已锁定" in page.content.decode()


def test_a_session_ends_with_the_browser_where_one_does_not_want_to_stay(client: Client, admin: User) -> None:
    answer = client.post(LOGIN, {"login": "wang", "password": PASSWORD})
    assert answer.cookies["dingbell_session"]["max-age"] == ""
    answer = client.post(LOGIN, {"login": "wang", "password": PASSWORD, "remember": "on"})
    client.logout()
    answer = client.post(LOGIN, {"login": "wang", "password": PASSWORD, "remember": "on"})
    assert answer.cookies["dingbell_session"]["max-age"] == 180 * 24 * 3600
    assert "checked" in Client().get(LOGIN).content.decode()


def test_a_session_lasts_from_its_last_use(client: Client, admin: User) -> None:
    client.post(LOGIN, {"login": "wang", "password": PASSWORD, "remember": "on"}, headers={"User-Agent": "Firefox/9"})
    session = Session.objects.get()
    assert (session.user, session.device, session.address) == (admin, "Firefox/9", "127.0.0.1")
    assert "dingbell_session" not in client.get("/account/").cookies
    used = client.session
    used["seen_us"] -= 3600 * 10**6
    used.save()
    assert client.get("/account/").cookies["dingbell_session"]["max-age"] == 180 * 24 * 3600
    assert Session.objects.get().seen_us >= session.seen_us


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
        ({"password1": PASSWORD, "password2": PASSWORD}, "新密码不能和当前密码相同。"),
    ):
        cache.clear()
        lockout.unlock("wang")
        assert words in here.post("/account/password/", change | wrong).content.decode()
    assert here.post("/account/password/", change).status_code == 302
    assert "密码已修改。" in here.get("/account/").content.decode()
    assert Session.objects.filter(user=admin).count() == 1
    assert AuditEntry.objects.get(kind="user", object_id=admin.id).after["secret_replaced"]
    assert elsewhere.get("/account/password/").status_code == 302
    admin.refresh_from_db()
    assert admin.check_password(new)


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "password/reset/", "password/set/", "reauthenticate/", "login/code/"]
)
def test_allauths_other_pages_are_not_there(admin: User, signed_in: Callable[[User], Client], path: str) -> None:
    assert signed_in(admin).get(f"/account/{path}").status_code == 404
