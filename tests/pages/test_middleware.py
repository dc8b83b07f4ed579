"""What stands before every page."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from django.test import Client

from dingbell.users.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/alarms/", "/account/login/", "/account/password/", "/nowhere/"])
def test_without_an_admin_every_page_leads_to_set_up(client: Client, engineer: User, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/setup/")


@pytest.mark.parametrize("path", ["/alarms/", "/services/", "/account/password/", "/nowhere/"])
def test_strangers_are_led_to_sign_in(client: Client, admin: User, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/?next=")


def test_the_start_page_needs_no_way_back(client: Client, admin: User) -> None:
    assert client.get("/")["Location"] == "/account/login/"


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/static/bell.svg"])
def test_what_answers_for_itself_is_not_led_anywhere(client: Client, path: str) -> None:
    assert client.get(path).status_code != 302


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://testserver/alarms/?level=high#top", "?next=%2Falarms%2F%3Flevel%3Dhigh"),
        ("http://testserver/", ""),
        ("http://evil.example/alarms/", ""),
        ("http://testserver//evil.example/", ""),
        ("/alarms/", "?next=%2Falarms%2F"),
        ("", ""),
    ],
)
def test_a_part_of_a_page_leads_to_sign_in_and_back_to_the_page(
    client: Client, admin: User, page: str, back: str
) -> None:
    answer = client.get("/alarms/part/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/account/login/{back}")


def test_what_only_takes_a_post_leads_back_to_the_page_it_was_sent_from(client: Client, admin: User) -> None:
    sent = client.post("/rules/1/delete/", headers={"Referer": "http://testserver/rules/1/"})
    assert sent["Location"] == "/account/login/?next=%2Frules%2F1%2F"
    assert client.post("/rules/1/delete/")["Location"] == "/account/login/"


def test_a_refused_page_is_no_error_of_the_program(
    admin: User, viewer: User, signed_in: Callable[[User], Client], caplog: pytest.LogCaptureFixture
) -> None:
    refused = signed_in(viewer).get("/rules/new/")
    assert refused.status_code == 403
    assert "您的角色没有这个权限" in refused.content.decode()
    [line] = caplog.records
    assert (line.getMessage(), line.exc_info) == ("Forbidden: /rules/new/", None)


def test_the_start_leads_to_the_alarms(admin: User, signed_in: Callable[[User], Client]) -> None:
    assert signed_in(admin).get("/")["Location"] == "/alarms/"


def test_pages_are_sent_compressed_to_who_asks(client: Client, admin: User) -> None:
    page = client.get("/account/login/", headers={"Accept-Encoding": "gzip, br"})
    assert page["Content-Encoding"] == "gzip"
    assert b"csrfmiddlewaretoken" in gzip.decompress(page.content)
    assert "Content-Encoding" not in client.get("/account/login/")


def test_nothing_inline_and_nothing_foreign_may_run(client: Client, admin: User) -> None:
    page = client.get("/account/login/")
    assert "script-src 'self';" in page["Content-Security-Policy"]
    text = page.content.decode()
    assert "<style" not in text
    assert "style=" not in text
    assert "<script>" not in text
    assert "onclick" not in text


def test_the_language_is_kept_in_the_browser_and_for_the_person(
    admin: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(admin)
    back = client.post("/language/", {"language": "en", "next": "/account/password/?a=1"})
    assert back["Location"] == "/account/password/?a=1"
    admin.refresh_from_db()
    assert admin.language == "en"
    assert "Change password" in client.get("/account/password/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_language_switch_leads_to_no_foreign_page(client: Client, target: str) -> None:
    assert client.post("/language/", {"language": "en", "next": target})["Location"] == "/"


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    assert not client.post("/language/", {"language": "xx"}).cookies


def test_the_language_chosen_on_another_device_comes_along(client: Client, admin: User) -> None:
    admin.language = "en"
    admin.save()
    client.post("/account/login/", {"login": "wang", "password": PASSWORD})
    assert client.cookies["dingbell_language"].value == "en"


@pytest.mark.parametrize("path", ["/services/{}/accounts/1/", "/alarms/{}/", "/history/?before={}"])
def test_a_number_that_nothing_can_have_is_no_error(client: Client, admin: User, path: str) -> None:
    client.force_login(admin)
    assert client.get(path.format(2**63)).status_code in {200, 404}
