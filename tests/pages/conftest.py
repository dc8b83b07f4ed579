"""One served product for all page tests of a file, with people who are signed in once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.pages.visiting import Cookies, Site, add_people
from tests.serving import Server


@pytest.fixture(scope="module")
def _cookies(shared_server: Server) -> dict[str, Cookies]:
    add_people(shared_server)
    return {}


@pytest.fixture
def site(shared_server: Server, browser: Callable[..., Page], _cookies: dict[str, Cookies]) -> Site:
    """The product in a browser. Its data is that of the whole file: name things so that tests do not meet."""
    return Site(shared_server, browser, _cookies)
