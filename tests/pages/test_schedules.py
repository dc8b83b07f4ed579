"""通知排程 and 静默 as people meet them in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.pages.visiting import VIEWER, Site

pytestmark = pytest.mark.browser


def test_a_week_is_put_together_from_rows(site: Site) -> None:
    page = site.visit("/schedules/")
    page.get_by_role("button", name="新增").click()
    page.get_by_role("button", name="下一步").click()
    confirm = page.get_by_role("button", name="确认")
    rows = page.locator(".period")
    expect(confirm).to_be_disabled()
    page.get_by_label("名称").fill("两班")
    expect(confirm).to_be_enabled()
    page.get_by_role("button", name="时段", exact=True).click()
    expect(confirm).to_be_disabled()
    rows.nth(1).get_by_text("周六").click()
    rows.nth(1).get_by_label("开始时间").fill("830")
    rows.nth(1).get_by_label("结束时间").fill("12：00：30")
    rows.nth(1).get_by_label("结束时间").blur()
    expect(rows.nth(1).get_by_label("开始时间")).to_have_value("08:30:00")
    expect(confirm).to_be_enabled()
    rows.nth(1).get_by_role("button", name="复制这一行").click()
    rows.nth(2).get_by_text("周日").click()
    page.get_by_role("button", name="夜班").click()
    expect(rows.nth(3).get_by_text("次日")).to_be_visible()
    rows.nth(3).get_by_role("button", name="移除这一行").click()
    expect(page.locator(".week tr").last).to_contain_text("08:30–12:00:30")
    confirm.click()
    row = page.get_by_role("row", name="两班")
    expect(row).to_contain_text("周一至周五 08:00–20:00")
    expect(row).to_contain_text("周六、周日 08:30–12:00:30")
    [made] = [one for one in site.server.get("/api/v1/schedules")["items"] if one["name"] == "两班"]
    assert [one["weekdays"] for one in made["periods"]] == [[1, 2, 3, 4, 5], [6], [6, 7]]
    row.get_by_role("link", name="查看排程 两班").click()
    expect(page.locator(".month time")).not_to_have_count(0)
    page.get_by_role("link", name="下个月").click()
    expect(page.get_by_role("link", name="本月")).to_be_visible()


def test_holidays_are_filled_in_changed_and_kept(site: Site) -> None:
    page = site.visit("/schedules/new/?kind=holiday", width=390)
    page.get_by_label("名称").first.fill("假期")
    confirm = page.get_by_role("button", name="确认")
    page.get_by_role("button", name="法定节假日和调休").first.click()
    expect(page.locator("#holiday-lists .alert")).to_be_visible()
    page.get_by_role("button", name="添加假期").click()
    last = page.locator("#range-rows .date-row").last
    expect(confirm).to_be_disabled()
    last.get_by_label("名称").fill("厂庆")
    last.get_by_label("第一天").fill("2199-05-20")
    last.get_by_label("最后一天").fill("2199-05-19")
    for other in page.locator("#range-rows .date-row").all()[:-1]:
        if not other.get_by_label("第一天").input_value():
            other.get_by_role("button", name="移除这一行").click()
    confirm.click()
    expect(last).to_contain_text("结束日期早于开始日期")
    last.get_by_label("最后一天").fill("2199-05-21")
    confirm.click()
    expect(page.get_by_role("row", name="假期").first).to_contain_text("节假日")
    [made] = [one for one in site.server.get("/api/v1/schedules")["items"] if one["name"] == "假期"]
    assert made["ranges"][-1] == {"name": "厂庆", "start": "2199-05-20", "end": "2199-05-21"}


def test_a_silence_is_seen_by_everybody_until_somebody_ends_it(site: Site) -> None:
    page = site.visit("/alarms/", tolerate=("422",))
    watching = site.visit("/rules/", person=VIEWER, width=390)
    expect(watching.get_by_role("button", name="静默通知")).to_have_count(0)
    page.get_by_role("button", name="静默通知").click()
    begin = page.locator("#silence-dialog").get_by_role("button", name="静默")
    expect(begin).to_be_disabled()
    page.get_by_label("原因").fill("3 号泵检修")
    page.get_by_label("一个路径").check()
    expect(begin).to_be_disabled()
    page.get_by_label("路径", exact=True).fill("一车间/泵*")
    begin.click()
    expect(page.locator("#silence-dialog")).to_contain_text("只能单独占一段")
    page.get_by_label("路径", exact=True).fill("一车间/**")
    page.get_by_text("8 小时").click()
    page.locator("#silence-dialog").get_by_role("button", name="静默").click()
    expect(page.locator(".silence")).to_contain_text("静默中：路径 一车间/**", timeout=15_000)
    expect(watching.locator(".silence")).to_contain_text("3 号泵检修", timeout=15_000)
    expect(watching.get_by_role("button", name="提前结束")).to_have_count(0)
    page.goto(f"{site.server.url}/silences/")
    page.get_by_role("row", name="一车间/**").get_by_role("button", name="提前结束").click()
    page.locator("#confirm").get_by_role("button", name="确认").click()
    expect(page.locator(".silence")).to_have_count(0, timeout=15_000)
    expect(page.get_by_role("heading", name="已经结束")).to_be_visible()
    watching.reload()
    expect(watching.locator(".silence")).to_have_count(0)
