"""The sign-in is lost while a page is open: nothing typed goes with it, and signing in leads back to the page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.pages.visiting import ENGINEER, PASSWORD, Site

pytestmark = pytest.mark.browser


def test_the_live_list_leads_to_sign_in_and_back_as_it_was_narrowed(site: Site) -> None:
    page = site.visit("/alarms/?level=high")
    _lose(page)
    expect(page).to_have_url(re.compile("/account/login/"))
    _sign_in(page)
    expect(page).to_have_url(site.server.url + "/alarms/?level=high")
    expect(page.get_by_role("heading", name="实时报警")).to_be_visible()


def test_the_page_of_an_alarm_leads_to_sign_in_and_back(site: Site) -> None:
    site.server.raise_alarm("left", name="离开的报警")
    page = site.visit("/alarms/?q=离开的报警")
    page.get_by_role("link", name="离开的报警").click()
    expect(page.get_by_role("heading", name="离开的报警")).to_be_visible()
    address = page.url
    _lose(page)
    expect(page).to_have_url(re.compile("/account/login/"))
    _sign_in(page)
    expect(page).to_have_url(address)
    expect(page.get_by_role("heading", name="离开的报警")).to_be_visible()


def test_a_preview_does_not_take_what_was_typed(site: Site) -> None:
    page = site.visit("/messages/new/")
    name = page.get_by_label("名称", exact=True)
    name.fill("没有丢的内容")
    _lose(page)
    for end in ("一", "二"):
        with page.expect_response("**/messages/preview/"):
            page.get_by_label("描述").fill(f"改了{end}")
    expect(page.locator(".note")).to_have_count(1)
    expect(page.locator(".note")).to_contain_text("登录已失效。请在新窗口登录")
    expect(name).to_have_value("没有丢的内容")

    window = page.context.new_page()
    window.goto(site.server.url + "/account/login/")
    _sign_in(window)
    with page.expect_response("**/messages/preview/") as preview:
        page.get_by_label("描述").fill("改完了")
    assert preview.value.status == 200
    expect(page.locator(".note")).to_have_count(0)
    page.locator("#message-form").get_by_role("button", name="确认", exact=True).click()
    expect(page.locator(".note")).to_contain_text("已保存：没有丢的内容")


def test_what_refreshes_behind_a_dialog_does_not_take_what_was_typed_into_it(site: Site) -> None:
    site.server.raise_alarm("talked", name="有备注的报警")
    page = site.visit("/alarms/?q=有备注的报警")
    page.get_by_role("button", name="备注：有备注的报警").click()
    note = page.locator("#dialog").get_by_role("textbox")
    note.fill("阀门已关")
    _lose(page)
    expect(page.locator(".note")).to_contain_text("登录已失效。请在新窗口登录")
    expect(note).to_have_value("阀门已关")


def _lose(page: Page) -> None:
    page.context.clear_cookies(name="dingbell_session")


def _sign_in(page: Page) -> None:
    page.locator("[name=login]").fill(ENGINEER)
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("form:has([name=password]) [type=submit]").click()
