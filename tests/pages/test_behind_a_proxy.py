"""The served product as a reverse proxy and those behind it meet it: TRUSTED_PROXIES, with real requests."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest

from tests.conftest import PASSWORD
from tests.serving import Server

HOST = "bell.plant"
LOGIN = "/account/login/"
FOR = "X-Forwarded-For"
HTTPS = {"X-Forwarded-Proto": "https", "Origin": f"https://{HOST}"}
HTTP = {"X-Forwarded-Proto": "http", "Origin": f"http://{HOST}"}


@dataclass
class Visitor:
    """A browser at HOST, which keeps its cookies; `headers` are what the proxy adds for it."""

    server: Server
    headers: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)

    def ask(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        """GET, or POST with `fields`: status and page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Host": HOST, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", **self.headers}
        connection.request("GET" if fields is None else "POST", path, fields and urlencode(fields), headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        self.set_cookies = answer.headers.get_all("Set-Cookie", [])
        for line in self.set_cookies:
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer.status, page

    def sign_in(self, name: str = "wang", password: str = PASSWORD) -> tuple[int, str]:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask(LOGIN)[1])
        assert token is not None
        return self.ask(LOGIN, {"csrfmiddlewaretoken": token[1], "login": name, "password": password})


@pytest.fixture
def served(installation: Callable[..., Server]) -> Callable[..., Server]:
    """`served("127.0.0.1")`: a running server that trusts these proxies, with an admin."""

    def serve(proxies: str, **environ: str) -> Server:
        server = installation(DINGBELL_TRUSTED_PROXIES=proxies, **environ)
        server.run("user-add", "wang", "--role", "admin", "--password-stdin", stdin=PASSWORD)
        server.start()
        return server

    return serve


def signed_in_from(server: Server) -> set[str]:
    entries = server.get("/api/v1/audit?limit=100")["items"]
    return {entry["after"]["address"] for entry in entries if entry["kind"] == "signin"}


def test_who_guesses_keeps_only_their_own_address_out(served: Callable[..., Server]) -> None:
    server = served("127.0.0.1")
    for number in range(10):  # whatever the guesser wrote in front of what the proxy adds
        guesser = Visitor(server, {FOR: f"10.0.0.{number}, 127.0.0.1, 10.0.0.66"})
        assert guesser.sign_in(f"guess{number}", "wrong")[0] == 200
    assert "尝试次数太多" in Visitor(server, {FOR: "10.0.0.66"}).sign_in()[1]
    colleague = Visitor(server, {FOR: "10.0.0.8"})
    assert colleague.sign_in()[0] == 302
    assert "10.0.0.8" in colleague.ask("/account/")[1]
    assert signed_in_from(server) == {"10.0.0.66", "10.0.0.8"}


def test_over_https_cookies_are_secure_and_inside_the_plant_one_signs_in_as_before(
    served: Callable[..., Server],
) -> None:
    server = served("127.0.0.1")
    browser = Visitor(server, {FOR: "10.0.0.8", **HTTPS})
    names = {"dingbell_csrf", "dingbell_session", "dingbell_language"}
    for headers, prefix in ((HTTPS, "__Host-"), (HTTP, ""), ({}, "")):
        browser.headers, browser.cookies = headers, {}
        given: list[str] = []
        for ask in (browser.sign_in, lambda: browser.ask("/language/", language(browser))):
            assert ask()[0] == 302
            given += browser.set_cookies
        assert {line.partition("=")[0] for line in given} == {prefix + name for name in names}
        assert all(("; Secure" in line) == bool(prefix) and "Path=/" in line for line in given)
        assert browser.ask("/account/")[0] == 200
        assert '<html lang="en"' in browser.ask("/account/")[1]


def language(browser: Visitor) -> dict[str, str]:
    token = re.search(r'data-csrf="([^"]+)"', browser.ask("/account/")[1])
    assert token is not None
    return {"csrfmiddlewaretoken": token[1], "language": "en"}


def test_a_session_of_plain_http_is_none_over_https(served: Callable[..., Server]) -> None:
    browser = Visitor(served("127.0.0.1"), HTTP)
    assert browser.sign_in()[0] == 302
    browser.headers = HTTPS
    assert browser.ask("/account/")[0] == 302
    assert browser.sign_in()[0] == 302
    assert len([name for name in browser.cookies if name.endswith("dingbell_session")]) == 2
    browser.headers = HTTP
    assert browser.ask("/account/")[0] == 200


def test_a_form_over_https_comes_from_a_page_over_https(served: Callable[..., Server]) -> None:
    server = served("127.0.0.1")
    for origin in ({}, {"Origin": f"http://{HOST}"}, {"Origin": "https://evil.example"}):
        assert Visitor(server, {"X-Forwarded-Proto": "https", **origin}).sign_in()[0] == 403
    referer = {"Referer": f"https://{HOST}{LOGIN}"}
    assert Visitor(server, {"X-Forwarded-Proto": "https", **referer}).sign_in()[0] == 302


@pytest.mark.parametrize("proxies", ["", "10.9.9.9, 10.9.0.0/24"])
def test_whom_nobody_trusts_is_not_believed(served: Callable[..., Server], proxies: str) -> None:
    server = served(proxies, FORWARDED_ALLOW_IPS="*")
    browser = Visitor(server, {FOR: "10.0.0.8", "X-Forwarded-Proto": "https", "Origin": f"http://{HOST}"})
    assert browser.sign_in()[0] == 302
    assert set(browser.cookies) == {"dingbell_csrf", "dingbell_session"}
    assert not any("Secure" in line for line in browser.set_cookies)
    assert signed_in_from(server) == {"127.0.0.1"}
    assert server.log.count("DINGBELL_TRUSTED_PROXIES") == (0 if proxies else 1)  # said once


@pytest.mark.parametrize("proxies", ["127.0.0.1", ""])
def test_nobody_is_at_the_machine_by_saying_so(installation: Callable[..., Server], proxies: str) -> None:
    server = installation(DINGBELL_TRUSTED_PROXIES=proxies)
    server.start()
    for chain in ("127.0.0.1", "127.0.0.1, 127.0.0.1", "::1, 10.0.0.66", "localhost", ""):
        for more in ({}, {"X-Forwarded-Proto": "https"}):
            page = Visitor(server, {"Host": "localhost", FOR: chain, **more}).ask("/setup/")[1]
            assert 'name="code"' in page
    plainly = Visitor(server, {"Host": "localhost"}).ask("/setup/")[1]
    assert ('name="code"' in plainly) == bool(proxies)  # a proxy may forward without a word


def test_alarms_come_through_the_proxy(served: Callable[..., Server]) -> None:
    server = served("127.0.0.1")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = b'{"source": "plc-1", "key": "P3#HH", "state": "active"}'
    headers = {"Authorization": f"Bearer {server.token}", FOR: "10.0.0.8", **HTTPS}
    for _ in range(2):  # the second time its token is known: sources/protocol.py
        connection.request("POST", "/api/v1/events", body, headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (202, b'{"accepted":1,"rejected":[]}')
    connection.close()
