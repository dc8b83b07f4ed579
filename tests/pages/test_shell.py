"""From the first start to signing out, as a person does it in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import PASSWORD
from tests.serving import Server

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]


@pytest.mark.parametrize("width", [1440, 390])
def test_from_set_up_to_sign_out(server: Server, browser: OpenPage, width: int) -> None:
    page = browser(width=width)
    page.goto(server.url)
    expect(page).to_have_url(f"{server.url}/setup/")
    create = page.get_by_role("button", name="创建并登录")
    expect(create).to_be_disabled()
    page.get_by_label("用户名").fill("王工")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入密码").fill(PASSWORD)
    create.click()
    expect(page).to_have_url(f"{server.url}/alarms/")

    page.goto(f"{server.url}/account/password/")
    _nothing_is_cut_off(page)
    _reach_the_menu(page, width)
    entries = page.get_by_role("navigation", name="主菜单").get_by_role("link")
    assert [text.strip() for text in entries.all_inner_texts()] == ["钉铃", "报警", "报警通知", "接入", "系统"]
    page.keyboard.press("Escape")

    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Change password")).to_be_visible()
    chinese = re.findall(r"[\u4e00-\u9fff]+", page.locator("body").inner_text())
    assert set(chinese) == ({"中文", "王工"} if width > 600 else {"中文"})
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page.get_by_role("button", name="My account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{server.url}/account/login/")
    page.get_by_label("User name").fill("王工")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("Wrong user name or password.")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{server.url}/alarms/")
    assert "Traceback" not in server.log
    assert "Warning:" not in server.log


def test_dark_follows_the_system_until_one_is_chosen(server: Server, browser: OpenPage) -> None:
    page = browser(scheme="dark")
    page.goto(f"{server.url}/setup/")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="明暗").click()
    page.get_by_role("button", name="浅色").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="明暗").click()
    page.get_by_role("button", name="跟随系统").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_a_browser_that_speaks_english_is_answered_in_english(server: Server, browser: OpenPage) -> None:
    page = browser(language="en-US")
    page.goto(server.url)
    expect(page.get_by_role("heading", name="Welcome to DingBell")).to_be_visible()


def test_a_page_weighs_little(server: Server, browser: OpenPage) -> None:
    page = browser()
    received: list[int] = []
    page.on("requestfinished", lambda request: received.append(request.sizes()["responseBodySize"]))
    page.goto(server.url)
    page.wait_for_load_state("networkidle")
    assert 0 < sum(received) < 400 * 1024


def _reach_the_menu(page: Page, width: int) -> None:
    if width < 992:
        expect(page.get_by_role("navigation", name="主菜单")).to_be_hidden()
        page.get_by_role("button", name="菜单", exact=True).click()
    expect(page.get_by_role("navigation", name="主菜单")).to_be_visible()


def _nothing_is_cut_off(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
