"""Chromium as a person would use it: a page that complains fails the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright

EXECUTABLE = Path("/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

OpenPage = Callable[..., Page]

# How long something may take to appear says something about the machine, nothing about the product.
_PATIENCE_MS = 20_000
expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not EXECUTABLE.exists():
        pytest.fail("Chromium is missing: run scripts/install_test_packages as root")
    # Playwright's event loop lives in this thread, and Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=EXECUTABLE, args=_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def browser(chromium: Browser) -> Iterator[OpenPage]:
    """`browser(width=390, scheme="dark", language="en-US", tolerate=("403",))`: a page in a fresh profile.

    The test fails at its end when any of its pages logged an error, raised one, or could not load something;
    `tolerate` names parts of texts that are expected.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(
        *,
        width: int = 1440,
        height: int = 900,
        scheme: str = "light",
        language: str = "zh-CN",
        tolerate: tuple[str, ...] = (),
    ) -> Page:
        def complain(text: str) -> None:
            if not any(part in text for part in tolerate):
                complaints.append(text)

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                complain(f"console: {message.text} ({message.location.get('url')})")

        def on_failed(request: Request) -> None:
            # A page left while it loads gives its requests up: that is no failure.
            if request.failure != "net::ERR_ABORTED":
                complain(f"request failed: {request.url} {request.failure}")

        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=language,
            timezone_id="Asia/Shanghai",
            has_touch=width < 600,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", on_console)
        page.on("pageerror", lambda error: complain(f"script: {error}"))
        page.on("requestfailed", on_failed)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
