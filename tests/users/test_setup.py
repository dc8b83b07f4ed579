"""First start: the first admin, with or without the code."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user
from django.test import Client

from dingbell.users import setup
from dingbell.users.models import User
from dingbell.users.setup import TRIES, SetupCode, setup_code

GOOD = "a bell in every hall"
FIELDS = {"username": "wang", "password": GOOD, "password_again": GOOD}
LOCAL = {"Host": "localhost"}
AWAY = {"Host": "localhost", "X-Forwarded-For": "10.0.0.7"}


@pytest.fixture(autouse=True)
def fresh_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "_of_this_process", SetupCode())


@pytest.mark.django_db
def test_at_the_machine_the_first_admin_needs_no_code_and_is_signed_in(client: Client) -> None:
    assert "设置码" not in client.get("/setup/", headers=LOCAL).content.decode()
    answer = client.post("/setup/", FIELDS, headers=LOCAL)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    admin = User.objects.get()
    assert (admin.username, admin.role, get_user(client)) == ("wang", "admin", admin)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_from_elsewhere_the_code_is_asked_for(client: Client) -> None:
    assert "设置码" in client.get("/setup/", headers=AWAY).content.decode()
    assert client.post("/setup/", FIELDS, headers=AWAY).status_code == 200
    assert client.post("/setup/", FIELDS | {"code": "XXXX-XXXX"}, headers=AWAY).status_code == 200
    assert not User.objects.exists()
    typed = setup_code().lower().replace("-", " ")
    assert client.post("/setup/", FIELDS | {"code": typed}, headers=AWAY).status_code == 302
    assert User.objects.get().role == "admin"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"password_again": GOOD + "!"},
        {"password": "short", "password_again": "short"},
        {"password": "password123", "password_again": "password123"},
        {"username": ""},
        {"username": "a b"},
        {"username": "x" * 65},
    ],
)
def test_what_is_wrong_is_shown_and_nothing_is_made(client: Client, wrong: dict[str, str]) -> None:
    page = client.post("/setup/", FIELDS | wrong, headers=LOCAL)
    assert "invalid-feedback" in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db
def test_afterwards_the_page_is_gone(client: Client, admin: User) -> None:
    for answer in (client.get("/setup/", headers=LOCAL), client.post("/setup/", FIELDS, headers=LOCAL)):
        assert (answer.status_code, answer["Location"]) == (302, "/")
    assert User.objects.get() == admin


@pytest.mark.django_db
def test_people_without_an_admin_among_them_are_not_enough(client: Client, engineer: User) -> None:
    assert client.post("/setup/", FIELDS, headers=LOCAL).status_code == 302
    assert User.objects.filter(role="admin").count() == 1


@pytest.mark.django_db
def test_a_name_that_is_taken_is_refused(client: Client, engineer: User) -> None:
    page = client.post("/setup/", FIELDS | {"username": "LI"}, headers=LOCAL)
    assert "已经有这个用户名。" in page.content.decode()


def test_a_code_is_worth_a_few_tries() -> None:
    code = SetupCode()
    first = code.text
    assert all(not code.matches("WRONG") for _ in range(TRIES - 1))
    assert code.text == first
    assert code.matches(first)
    assert not code.matches("WRONG")
    assert code.text != first
    assert not code.matches(first)
    assert code.matches(code.text)


@pytest.mark.parametrize("typed", ["", "设置码", "\x00", "A" * 10_000])
def test_no_text_upsets_the_comparison(typed: str) -> None:
    assert not SetupCode().matches(typed)
