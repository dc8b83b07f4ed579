"""搁置, 备注, 历史报警 and 报警组 in the browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.pages.test_alarm_details import _id, _toast
from tests.pages.visiting import VIEWER, Site

pytestmark = pytest.mark.browser

CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def test_shelved_from_the_list_left_out_and_taken_back(site: Site) -> None:
    for number in (1, 2):
        site.server.raise_alarm(f"shelf-{number}", name=f"搁置试验 {number}", path="搁置/泵")
    page = site.visit("/alarms/?q=搁置试验")
    for number in (1, 2):
        page.get_by_label(f"选择“搁置试验 {number}”").check()
    page.get_by_role("button", name="搁置所选").click()
    dialog = page.get_by_role("dialog", name="搁置 2 条报警")
    dialog.get_by_text("2 小时").click()
    dialog.get_by_label("备注").fill("检修")
    dialog.get_by_role("button", name="搁置", exact=True).click()
    expect(_toast(page)).to_contain_text("已搁置 2 条报警，到")
    expect(page.get_by_role("heading", name="没有符合条件的报警")).to_be_visible()
    page.locator("#shelved-count").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator(".shelved-mark").first).to_have_attribute("title", "li · 检修")

    page.goto(site.server.url + "/shelved/")
    row = page.locator("tbody tr", has_text="搁置试验 1")
    expect(row).to_contain_text("检修")
    row.get_by_role("button", name="取消搁置").click()
    expect(_toast(page)).to_have_text("已取消搁置 1 条报警。")
    expect(page.locator("tbody tr", has_text="搁置试验")).to_have_count(1)

    page.get_by_role("button", name="搁置路径").click()
    page.locator("#path").fill("搁置/**")
    page.get_by_role("button", name="看看有多少条").click()
    page.get_by_role("button", name="搁置 2 条").click()
    expect(_toast(page)).to_contain_text("已搁置 2 条报警，到")
    expect(page.locator("tbody tr", has_text="搁置试验")).to_have_count(2)
    viewer = site.visit("/shelved/", person=VIEWER)
    expect(viewer.locator("tbody tr", has_text="搁置试验")).to_have_count(2)
    expect(viewer.get_by_role("button", name="取消搁置")).to_have_count(0)


def test_shelved_and_commented_on_the_alarms_own_page(site: Site) -> None:
    site.server.raise_alarm("own-page", name="自己页面上搁置", ack_mode="manual_note")
    page = site.visit(f"/alarms/{_id(site, 'own-page')}/", width=390, height=700)
    page.locator(".shelve-choice summary").click()
    page.get_by_role("button", name="30 分钟").click()
    expect(_toast(page)).to_contain_text("已搁置 1 条报警，到")
    expect(page.locator(".shelved-note")).to_contain_text("已搁置到")
    page.get_by_placeholder("写一条备注，不通知任何人").fill("已通知维修")
    page.get_by_role("button", name="写入").click()
    expect(page.locator(".story > li.commented")).to_contain_text("已通知维修")
    page.get_by_role("button", name="取消搁置").click()
    expect(page.locator(".story > li.unshelved")).to_contain_text("li")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_history_finds_what_happened(site: Site) -> None:
    site.server.raise_alarm("past", name="历史里的报警", priority="high")
    site.server.clear_alarm("past")
    page = site.visit("/history/")
    page.get_by_role("searchbox").fill("历史里")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("事件").select_option("恢复")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("kind=cleared"))
    with page.expect_download() as download:
        page.get_by_role("link", name="导出 CSV").click()
    assert download.value.path().read_text("utf-8-sig").count("历史里的报警") >= 1
    page.goto(site.server.url + "/history/?q=没有这样的")
    expect(page.get_by_role("heading", name="没有符合条件的事件")).to_be_visible()


def test_a_group_is_made_counted_and_refused_to_go(site: Site) -> None:
    site.server.raise_alarm("grouped", name="组里的报警", path="组/一号")
    page = site.visit("/groups/new/")
    page.get_by_label("名称").fill("试验组")
    page.locator("#paths").fill("组*")
    page.locator("#paths").press("Enter")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_text("只能单独占一段")).to_be_visible()
    page.get_by_role("button", name="移除").click()
    page.locator("#paths").fill("组/**")
    page.locator("#paths").press("Enter")
    page.get_by_role("button", name="确认").click()
    expect(_toast(page)).to_have_text("已保存：试验组")
    page.get_by_role("link", name="“试验组”的报警").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator(".chip-filter")).to_contain_text("试验组")
    group = site.server.get("/api/v1/groups")["items"][0]["id"]
    service = site.server.make(
        "services", name="组用", type="dingtalk", send_to=["account"],
        app={"client_id": "a", "client_secret": "b", "robot_code": "c"}, accounts=[{"user_id": "u", "name": "u"}],
    )  # fmt: skip
    block = {"service": service["id"], "receivers": None}
    site.server.make("rules", name="选组", states=["active_unacked"], match={"groups": [group]}, notifications=[block])
    page.goto(site.server.url + "/groups/")
    expect(page.locator(f"#group-count-{group}")).to_have_text("1")
    page.get_by_role("button", name="删除 试验组").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(_toast(page)).to_contain_text("通知规则 “选组” 正在使用它")


def test_these_pages_in_english(site: Site) -> None:
    site.server.raise_alarm("in-english", name="Valve", path="Hall/Valve")
    site.server.post(f"/api/v1/alarms/{_id(site, 'in-english')}/shelve", {"minutes": 60, "note": "spare part"})
    for path in ("/shelved/", "/history/?q=Valve", "/groups/new/"):
        page = site.visit(path, language="en-US")
        texts = page.locator("main .head, main thead, main label, main .form-hint, main .row-actions").all_inner_texts()
        assert CHINESE.findall(" ".join(texts)) == []
