"""实时报警 as the people at the plant meet it: watching, acknowledging, narrowing, going back in time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.visiting import VIEWER, Site

pytestmark = pytest.mark.browser

CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def test_from_the_first_steps_to_the_first_alarm(site: Site) -> None:
    page = site.visit("/alarms/")
    expect(page.get_by_role("heading", name="还没有报警")).to_be_visible()
    steps = page.locator(".first-steps li")
    expect(steps.get_by_role("link", name="通知服务")).to_have_attribute("href", "/services/")
    expect(steps.get_by_role("link", name="通知规则")).to_have_attribute("href", "/rules/")
    expect(steps.get_by_role("button", name="发测试报警")).to_be_visible()

    site.server.raise_alarm(
        "first", name="3号泵压力超高", priority="critical", value=12.4, unit="bar", limit=10.0, path="一车间/泵房"
    )
    row = _row(page, "3号泵压力超高")
    expect(row).to_be_visible()
    expect(row).to_have_class(re.compile("fresh"))
    for text in ("紧急", "活动未确认", "12.4 bar", "限值 10 bar", "一车间/泵房", "不到 1 分钟"):
        expect(row).to_contain_text(text)
    expect(page.locator("#count-critical b")).to_have_text("1")

    site.server.clear_alarm("first")
    expect(row).to_contain_text("恢复未确认")


def test_acknowledging_with_the_note_it_needs(site: Site) -> None:
    site.server.raise_alarm("noted", name="锅炉一氧化碳", priority="high", ack_mode="manual_note")
    page = site.visit("/alarms/?q=锅炉一氧化碳")
    row = _row(page, "锅炉一氧化碳")
    row.get_by_role("button", name="确认").click()
    dialog = page.get_by_role("dialog", name="确认报警")
    expect(dialog).to_contain_text("锅炉一氧化碳")
    confirm = dialog.get_by_role("button", name="确认")
    expect(confirm).to_be_disabled()
    dialog.get_by_label("备注").fill("已通风，人员撤离")
    confirm.click()
    expect(dialog).to_be_hidden()
    expect(_toast(page)).to_have_text("已确认 1 条报警。")
    expect(row).to_contain_text("活动已确认")
    expect(row).to_contain_text("li")
    expect(row).to_contain_text("已通风，人员撤离")
    expect(row.get_by_role("button", name="确认", exact=True)).to_have_count(0)


def test_ticked_rows_and_the_focus_outlive_what_comes_in_between(site: Site) -> None:
    for number in (1, 2, 3):
        site.server.raise_alarm(f"ticked-{number}", name=f"输送机 {number}")
    page = site.visit("/alarms/?q=输送机")
    for number in (1, 2):
        page.get_by_label(f"选择“输送机 {number}”").check()
    search = page.get_by_role("searchbox")
    search.focus()
    before = page.locator("#alarm-" + _id(site, "ticked-1") + "-1").element_handle()
    site.server.raise_alarm("ticked-4", name="输送机 4")
    expect(_row(page, "输送机 4")).to_be_visible()
    assert before is not None
    assert before.evaluate("row => row.isConnected")
    expect(search).to_be_focused()
    expect(page.locator("[data-tick]:checked")).to_have_count(2)

    page.get_by_role("button", name="确认所选").click()
    dialog = page.get_by_role("dialog", name="确认 2 条报警")
    dialog.get_by_role("button", name="确认").click()
    expect(_toast(page)).to_have_text("已确认 2 条报警。")
    expect(page.locator("tr.acked")).to_have_count(2)
    expect(page.get_by_role("button", name="确认所选")).to_be_hidden()


def test_somebody_was_faster_and_it_came_back(site: Site) -> None:
    site.server.raise_alarm("raced", name="被抢先的报警")
    page = site.visit("/alarms/?q=被抢先的报警")
    _row(page, "被抢先的报警").get_by_role("button", name="确认").click()
    confirm = page.get_by_role("dialog").get_by_role("button", name="确认")
    expect(confirm).to_be_enabled()
    site.server.post(f"/api/v1/alarms/{_id(site, 'raced')}/acknowledge", {})
    confirm.click()
    expect(_toast(page)).to_have_text("tests 已经先确认了。")

    site.server.clear_alarm("raced")
    site.server.raise_alarm("raced", name="被抢先的报警")
    _row(page, "被抢先的报警").get_by_role("button", name="确认").click()
    expect(confirm).to_be_enabled()
    site.server.clear_alarm("raced")
    site.server.raise_alarm("raced", name="被抢先的报警")
    confirm.click()
    expect(_toast(page).last).to_contain_text("报警在您查看之后又发生了一次")
    expect(_row(page, "被抢先的报警")).to_contain_text("活动未确认")


def test_narrowing_the_list(site: Site) -> None:
    site.server.raise_alarm("narrow-1", name="过滤器压差高", priority="critical", area="Water", source="opc-ua")
    site.server.raise_alarm("narrow-2", name="过滤器温度高", priority="low", area="Air")
    page = site.visit("/alarms/")
    page.get_by_role("searchbox").fill("过滤器")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator(".level-tile", has_text="低").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"level=low&q="))
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("区域").select_option("Water")
    expect(page.get_by_role("heading", name="没有符合条件的报警")).to_be_visible()
    page.locator(".level-tile", has_text="低").click()
    expect(_row(page, "过滤器压差高")).to_be_visible()
    page.get_by_label("接入").select_option("opc-ua")
    page.get_by_label("状态").select_option("活动已确认")
    page.get_by_role("link", name="清除条件").click()
    expect(page).to_have_url(f"{site.server.url}/alarms/")


def test_everything_page_by_page(site: Site) -> None:
    past: list[dict[str, Any]] = [{"key": f"past-{n}", "name": f"旧报警 {n}", "ack_mode": "auto"} for n in range(120)]
    site.server.report(*({**alarm, "state": "active"} for alarm in past))
    site.server.report(*({**alarm, "state": "cleared"} for alarm in past))
    page = site.visit("/alarms/?q=旧报警")
    expect(page.get_by_role("heading", name="没有符合条件的报警")).to_be_visible()
    page.get_by_role("link", name="全部", exact=True).click()
    expect(page.locator("tbody tr").first).to_contain_text("旧报警")
    page.goto(f"{site.server.url}/alarms/?show=all&q=旧报警")
    expect(page.locator("tbody tr")).to_have_count(100)
    expect(page.locator("tbody tr").first).to_contain_text("恢复已确认")
    page.get_by_role("link", name="更早的").click()
    expect(page.locator("tbody tr")).to_have_count(20)
    page.get_by_role("link", name="回到最新").click()
    expect(page.locator("tbody tr")).to_have_count(100)


def test_a_viewer_looks_and_presses_nothing(site: Site) -> None:
    site.server.raise_alarm("seen", name="只能看的报警")
    page = site.visit("/alarms/?q=只能看的报警", person=VIEWER)
    row = _row(page, "只能看的报警")
    expect(row).to_be_visible()
    for place in (row, page.locator("main")):
        expect(place.get_by_role("button")).to_have_count(0)
        expect(place.locator("[data-tick], [data-tick-all]")).to_have_count(0)
    answer = page.request.get(f"{site.server.url}/alarms/test/")
    assert answer.status == 403
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="只能看的报警")).to_be_visible()
    expect(page.get_by_label("确认备注")).to_have_count(0)


def test_cards_under_one_thumb(site: Site) -> None:
    site.server.raise_alarm("card", name="手机上的报警", value=1.5, unit="MPa", path="一车间/罐区/很长的路径/2号储罐")
    page = site.visit("/alarms/?q=手机上的报警", width=390, height=844)
    row = _row(page, "手机上的报警")
    expect(row).to_contain_text("1.5 MPa")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    button = row.get_by_role("button", name="确认")
    box = button.bounding_box()
    assert box is not None
    assert box["width"] > 200
    assert box["height"] >= 40
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(row).to_contain_text("活动已确认")


def test_in_english_nothing_is_left_in_chinese(site: Site) -> None:
    site.server.raise_alarm("english", name="Pump pressure", priority="high", value=True)
    page = site.visit("/alarms/?q=Pump+pressure", language="en-US")
    row = _row(page, "Pump pressure")
    for text in ("High", "Active, unacknowledged", "Yes", "under 1 min"):
        expect(row).to_contain_text(text)
    row.get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog", name="Acknowledge alarm")
    assert _chinese(dialog) == set()
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(_toast(page)).to_have_text("1 alarm acknowledged.")
    assert _chinese(page.locator("main")) == set()
    assert page.evaluate("document.querySelector('.table-responsive').scrollWidth <= innerWidth")


@pytest.fixture
def restarted(site: Site) -> Iterator[None]:
    yield
    site.server.restart()


@pytest.mark.usefixtures("restarted")
def test_a_server_that_is_away_is_said_quietly(site: Site) -> None:
    page = site.visit("/alarms/", tolerate=("ERR_", "htmx:"))
    lost = page.get_by_text("连不上服务器，正在重试")
    expect(lost).to_be_hidden()
    site.server.kill()
    expect(lost).to_be_visible()
    expect(_toast(page)).to_have_count(0)
    site.server.start()
    expect(lost).to_be_hidden()


def _row(page: Page, name: str) -> Locator:
    return page.locator("tbody tr", has_text=name)


def _toast(page: Page) -> Locator:
    return page.locator("[data-toasts] [data-text]")


def _id(site: Site, key: str) -> str:
    items = site.server.get(f"/api/v1/alarms?q={key}&limit=1000")["items"]
    return str(next(item["id"] for item in items if item["key"] == key))


def _chinese(place: Locator) -> set[str]:
    return set(CHINESE.findall(place.inner_text()))
