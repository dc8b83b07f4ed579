"""通知内容 as an engineer writes it, with the phone beside it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dingtalk_simulator.running import RunningSimulator
from tests.pages.visiting import VIEWER, Site

pytestmark = pytest.mark.browser

TOKEN = "the-group-that-reads-messages-0001"


def test_a_message_is_written_looked_at_tried_and_kept(site: Site, running_simulator: RunningSimulator) -> None:
    webhook = running_simulator.post("/_sim/robots", {"token": TOKEN, "name": "钉铃", "group": "试读群"})["webhook"]
    site.server.make(
        "services", name="试读", type="dingtalk", send_to=["robot"], robots=[{"alias": "试读群", "webhook": webhook}]
    )
    site.server.raise_alarm("M1", name="搅拌机*过载*", value=7)
    page = site.visit("/messages/new/")
    phone, body = page.locator(".phone"), page.locator("#body-raised")
    expect(phone).to_contain_text("您收到一条报警信息")
    page.get_by_label("名称").fill("试读通知")

    body.fill("### 位于 、\n| a |\n|---|")
    body.evaluate("field => field.setSelectionRange(7, 7)")
    inserting = page.locator("details[data-kind=raised] [data-inserting]")
    inserting.get_by_role("button", name="路径", exact=True).press("Enter")
    expect(body).to_have_value("### 位于 {path}、\n| a |\n|---|")
    expect(phone.locator(".h3")).to_have_text("位于 一车间/泵房/3号泵/出口压力、")
    expect(page.locator(".losses")).to_contain_text("表格")
    body.fill("**{{ nmae }}**")
    expect(page.get_by_role("alert")).to_contain_text("第 1 行：没有这个参数：nmae")
    page.get_by_role("button", name="确认", exact=True).click()
    expect(page.locator("[data-problem]")).to_have_text("第 1 行：没有这个参数：nmae")

    body.fill("**{name}**：{value}")
    page.get_by_label("形式").first.select_option("action_card")
    page.get_by_role("button", name="添加按钮").click()
    page.get_by_label("链接").fill("https://drawings.example/{{ name|urlencode }}")
    page.get_by_label("用哪条报警预览").select_option(label="搅拌机*过载*")
    expect(phone.locator("b").last).to_have_text("搅拌机＊过载＊")
    expect(phone.locator(".phone-button")).to_have_text("查看并确认")

    page.get_by_role("button", name="发送测试").first.click()
    page.get_by_role("dialog").get_by_role("button", name="发送测试").click()
    expect(page.get_by_role("dialog")).to_contain_text("已发送")
    [arrived] = running_simulator.messages(robot=TOKEN)
    assert arrived["title"] == "【测试】搅拌机*过载*"
    assert "**搅拌机＊过载＊**：7" in arrived["text"]
    page.get_by_role("button", name="完成").click()
    page.get_by_role("button", name="确认", exact=True).click()
    row = page.get_by_role("row", name="试读通知")
    expect(row).to_contain_text("发生")
    expect(row).to_contain_text("未使用")
    row.get_by_role("link", name="试读通知", exact=True).click()
    expect(body).to_have_value("**{name}**：{value}")


def test_on_a_phone_a_viewer_reads_it(site: Site) -> None:
    message = site.server.make("messages", name="只读", type="dingtalk")
    page = site.visit(f"/messages/{message['id']}/", person=VIEWER, width=390, scheme="dark", language="en-US")
    expect(page.locator(".phone")).to_be_visible()
    expect(page.locator("#body-raised")).to_be_disabled()
    expect(page.get_by_role("button", name="Send test")).to_have_count(0)
    page.locator("details[data-kind=cleared] > summary").click()
    expect(page.locator("#preview")).to_contain_text("Event: Cleared")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
