"""The parts that pages are put together from, in the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from dingbell.users.models import User

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visit(
    settings: Any, live_server: Any, browser: Callable[..., Page], admin: User, signed_in: Callable[[User], Client]
) -> Callable[..., Page]:
    """`visit("/services/", width=390)`: 王工's browser on a page of the showcase."""
    settings.ROOT_URLCONF = "tests.pages.showcase"
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]
    client = signed_in(admin)

    def open_page(path: str, **how: Any) -> Page:
        page = browser(**how)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page.goto(live_server.url + path)
        return page

    return open_page


def test_a_list_is_searched_and_paged(visit: Callable[..., Page]) -> None:
    page = visit("/services/")
    expect(page.locator(".count")).to_have_text("共 45 条")
    tabs = page.get_by_role("navigation", name="报警通知").get_by_role("link")
    expect(tabs.first).to_have_text("通知服务")
    expect(tabs.last).to_have_text("额度")
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_text("第 2 / 3 页")).to_be_visible()
    page.get_by_role("searchbox").fill("45 号")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("searchbox").fill("没有")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("heading", name="没有找到")).to_be_visible()


def test_a_deletion_asks_first(visit: Callable[..., Page]) -> None:
    page = visit("/services/")
    row = page.locator("tbody tr").first
    row.get_by_role("button", name="删除").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("删除“1 号车间钉钉”？")
    expect(dialog).to_contain_text("使用它的规则会停用。")
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)
    row.get_by_role("button", name="删除").click()
    dialog.get_by_role("button", name="删除").click()
    expect(page.get_by_role("alert")).to_have_text("1 号还在规则里使用，不能删除。")
    page.get_by_role("button", name="关闭", exact=True).click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_form_waits_for_its_required_fields_and_shows_errors(visit: Callable[..., Page]) -> None:
    page = visit("/services/new/")
    confirm = page.get_by_role("button", name="确认")
    expect(confirm).to_be_disabled()
    page.get_by_label("名称").fill("重复")
    expect(confirm).to_be_disabled()
    page.get_by_label("钉钉账号").check()
    expect(confirm).to_be_enabled()
    confirm.click()
    expect(page.get_by_text("已经有这个名称。")).to_be_visible()
    expect(page.get_by_label("名称")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("名称").fill("一车间")
    confirm.click()
    expect(page.get_by_role("status")).to_have_text("已保存。")


def test_leaving_a_changed_form_asks_first(visit: Callable[..., Page]) -> None:
    page = visit("/services/new/")
    page.get_by_role("link", name="取消").click()
    expect(page.get_by_role("heading", name="通知服务")).to_be_visible()
    page.go_back()
    page.get_by_label("描述").fill("改过")
    page.get_by_role("link", name="取消").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("离开此页？")
    dialog.get_by_role("button", name="取消").click()
    expect(page.get_by_label("描述")).to_have_value("改过")
    page.get_by_role("link", name="取消").click()
    dialog.get_by_role("button", name="离开").click()
    expect(page.locator(".count")).to_be_visible()


def test_the_eye_shows_a_secret(visit: Callable[..., Page]) -> None:
    page = visit("/services/new/")
    secret = page.get_by_label("加签")
    secret.fill("SEC123")
    page.get_by_role("button", name="显示或隐藏").click()
    expect(secret).to_have_attribute("type", "text")
    page.get_by_role("button", name="显示或隐藏").click()
    expect(secret).to_have_attribute("type", "password")


def test_a_part_is_fetched_and_a_failure_is_told(visit: Callable[..., Page]) -> None:
    page = visit("/services/", tolerate=("500", "/broken/"))
    page.get_by_role("button", name="取一部分").click()
    expect(page.locator("#part")).to_have_text("新的部分")
    expect(page.get_by_role("status")).to_have_text("done")
    page.get_by_role("button", name="出错").click()
    page.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(page.get_by_role("alert")).to_contain_text("操作没有成功")


@pytest.mark.parametrize("path", ["/services/", "/services/new/"])
def test_nothing_is_wider_than_a_phone(visit: Callable[..., Page], path: str) -> None:
    page = visit(path, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_page_that_is_not_there_says_so(visit: Callable[..., Page]) -> None:
    page = visit("/nowhere/", tolerate=("404",))
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
