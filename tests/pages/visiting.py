"""A served product with a person of each kind, and a browser in which one of them is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from tests.serving import Server

PASSWORD = "a bell in every hall"
ADMIN, ENGINEER, VIEWER = "wang", "li", "guest"

Cookies = list[dict[str, Any]]


def add_people(server: Server) -> None:
    def add(person: tuple[str, str]) -> None:
        name, role = person
        server.run("user-add", name, "--role", role, "--password-stdin", stdin=PASSWORD)

    with ThreadPoolExecutor() as pool:
        list(pool.map(add, [(ADMIN, "admin"), (ENGINEER, "engineer"), (VIEWER, "viewer")]))


@dataclass
class Site:
    """`visit("/services/")` opens a page as the engineer."""

    server: Server
    browser: Callable[..., Page]
    cookies: dict[str, Cookies]

    def visit(self, path: str, *, person: str = ENGINEER, **browser: Any) -> Page:
        page = self.browser(**browser)
        if person not in self.cookies:
            self.cookies[person] = _sign_in(page, self.server.url, person)
        page.context.add_cookies(self.cookies[person])  # type: ignore[arg-type]
        page.goto(self.server.url + path)
        return page

    def source(self, page: Page, *paths: str) -> str:
        """The HTML that the server answers there."""
        return "\n".join(page.request.get(self.server.url + path).text() for path in paths)


def _sign_in(page: Page, url: str, person: str) -> Cookies:
    login = f"{url}/account/login/"
    form = page.request.get(login).text()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    fields = {"csrfmiddlewaretoken": token[1], "login": person, "password": PASSWORD}
    page.request.post(login, form=fields, headers={"Referer": login}, max_redirects=0)
    cookies: Cookies = [dict(cookie) for cookie in page.context.cookies()]
    assert any(cookie["name"] == "dingbell_session" for cookie in cookies), "not signed in"
    return cookies
