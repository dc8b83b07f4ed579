"""发送记录: who was told, what DingTalk said, and what to do about what failed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dingtalk_simulator.running import RunningSimulator
from tests.pages.visiting import VIEWER, Site
from tests.plant import Plant
from tests.serving import eventually

pytestmark = pytest.mark.browser

CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def test_before_anything_was_sent(site: Site) -> None:
    page = site.visit("/deliveries/")
    expect(page.get_by_role("heading", name="还没有发送过通知")).to_be_visible()
    expect(page.locator("#tab-count")).to_be_hidden()
    page.goto(f"{site.server.url}/deliveries/?state=failed")
    expect(page.get_by_role("heading", name="还没有发送过通知")).to_be_visible()


def test_what_happens_appears_by_itself_and_failures_are_counted(
    site: Site, running_simulator: RunningSimulator
) -> None:
    plant = Plant(site.server, running_simulator)
    service = plant.tell("robot", "account")
    plant.fault("/robot/send", times=1, errcode=300001)
    page = site.visit("/deliveries/")
    site.server.raise_alarm("one", name="1号空压机温度高", area="空压站")
    expect(_rows(page)).to_have_count(2)
    person = _rows(page).filter(has_text="user000")
    expect(person).to_contain_text("已发送")
    expect(person).to_contain_text("全部报警")
    failed = _rows(page).filter(has_text="值班群")
    expect(failed).to_contain_text("失败")
    expect(failed.locator(".reason")).to_have_text(re.compile("请|，"))
    expect(page.locator("#tab-count")).to_have_text("1")

    failed.get_by_text("1 次尝试").click()
    attempt = page.locator(".attempts[open] tbody tr")
    expect(attempt).to_contain_text("200")
    expect(attempt).to_contain_text("300001")
    assert site.server.post(f"/api/v1/services/{service['id']}/retry", {}).status == 200
    site.server.raise_alarm("two", name="2号空压机温度高", area="空压站")
    expect(_rows(page)).to_have_count(4)
    expect(attempt).to_be_visible()


def test_narrowing_the_records(site: Site) -> None:
    page = site.visit("/deliveries/")
    expect(_rows(page)).to_have_count(4)
    page.get_by_role("link", name="失败记录").click()
    expect(_rows(page)).to_have_count(1)
    expect(page.get_by_label("状态")).to_have_value("unhandled")
    page.get_by_label("时间范围").select_option("最近 7 天")
    page.get_by_label("状态").select_option("已发送")
    expect(_rows(page)).to_have_count(3)
    page.get_by_label("接收者").fill("user")
    expect(_rows(page)).to_have_count(2)
    expect(page).to_have_url(re.compile("state=sent&receiver=user&range=7d"))
    page.get_by_role("searchbox").fill("2号空压机")
    expect(_rows(page)).to_have_count(1)
    page.reload()
    expect(_rows(page)).to_have_count(1)
    page.get_by_label("通知规则").select_option("全部报警")
    page.get_by_label("通知服务").select_option("值班")
    page.get_by_role("searchbox").fill("没有这样的报警")
    expect(page.get_by_role("heading", name="没有符合条件的记录")).to_be_visible()
    page.get_by_role("link", name="清除条件").click()
    expect(_rows(page)).to_have_count(4)

    page.get_by_label("时间范围").select_option("自选时间…")
    page.get_by_label("到", exact=True).fill("2020-01-01T00:00")
    expect(page.get_by_role("heading", name="没有符合条件的记录")).to_be_visible()
    page.get_by_label("到", exact=True).fill("")
    page.get_by_label("从", exact=True).fill("2020-01-01T00:00")
    expect(_rows(page)).to_have_count(4)
    _rows(page).first.locator(".of-name a").click()
    expect(page.get_by_role("heading", name=re.compile("空压机温度高"))).to_be_visible()
    page.get_by_role("link", name="发送记录", exact=True).last.click()
    expect(_rows(page)).to_have_count(2)


def test_page_by_page(site: Site) -> None:
    site.server.report(*({"key": f"many-{n}", "state": "active", "name": f"第 {n} 条"} for n in range(30)))
    eventually(lambda: len(site.server.deliveries()) == 64)
    page = site.visit("/deliveries/")
    expect(_rows(page)).to_have_count(50)
    newest = _rows(page).first.get_attribute("id")
    page.get_by_role("link", name="更早的").click()
    expect(_rows(page)).to_have_count(14)
    expect(_rows(page).last).to_contain_text("1号空压机温度高")
    page.get_by_role("link", name="回到最新").click()
    expect(_rows(page).first).to_have_attribute("id", newest or "")


def test_a_rule_that_is_gone_keeps_its_name(site: Site) -> None:
    rule = site.server.get("/api/v1/rules")["items"][0]["id"]
    assert site.server.call("DELETE", f"/api/v1/rules/{rule}").status == 204
    page = site.visit("/deliveries/?q=1号空压机", person=VIEWER)
    expect(_rows(page).first).to_contain_text("全部报警（已删除）")


def test_cards_on_a_phone_and_english(site: Site) -> None:
    page = site.visit("/deliveries/?state=failed&range=7d", width=390, height=844)
    expect(_rows(page)).to_have_count(1)
    _rows(page).get_by_text("1 次尝试").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page = site.visit("/deliveries/?state=failed&range=7d", language="en-US")
    expect(page.get_by_role("heading", name="Deliveries")).to_be_visible()
    row = _rows(page)
    expect(row).to_contain_text("Failed")
    _rows(page).get_by_text("1 attempt").click()
    expect(row.locator(".reason")).to_have_text(re.compile(r"^[A-Z][^\u4e00-\u9fff]+$"))
    assert CHINESE.findall(page.locator("thead").first.inner_text()) == []
    assert page.evaluate("document.querySelector('.table-responsive').scrollWidth <= innerWidth")


def test_sent_again_seen_to_and_taken_off(site: Site) -> None:
    page = site.visit("/deliveries/")
    page.get_by_role("link", name="失败记录").click()
    page.get_by_role("checkbox", name=re.compile("选择第")).check()
    page.get_by_role("button", name="重发").click()
    page.get_by_role("dialog").get_by_role("button", name="重发").click()
    expect(page.get_by_text("已重发 1 条")).to_be_visible()
    expect(page).to_have_url(re.compile("state=unhandled"))
    expect(page.get_by_role("heading", name="没有失败的记录")).to_be_visible()
    expect(page.locator("#tab-count")).to_be_hidden()

    page.get_by_role("link", name="全部", exact=True).click()
    _rows(page).first.get_by_role("link", name="重发自").click()
    expect(page.get_by_text("已重发为")).to_be_visible()
    expect(page.locator(".delivery-tries")).to_contain_text("300001")
    expect(page.locator(".bubble")).to_contain_text("1号空压机温度高")
    page.get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("已删除 1 条")).to_be_visible()
    page.get_by_label("状态").select_option("失败")
    expect(page.get_by_role("heading", name="没有失败的记录")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 CSV").click()
    assert download.value.path().read_bytes().startswith(b"\xef\xbb\xbf")

    page = site.visit("/deliveries/", person=VIEWER)
    expect(page.get_by_role("checkbox")).to_have_count(0)


def _rows(page: Page) -> Locator:
    return page.locator(".delivery-table > tbody > tr")
