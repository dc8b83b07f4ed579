"""地址 and 备用通道 as an engineer meets them: from the wizard to a mail in place of a message that was refused."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.channels.mail_server import MailServer
from tests.pages.visiting import ENGINEER, VIEWER, Site
from tests.serving import eventually

pytestmark = pytest.mark.browser

PASSWORD = "the-mail-password-0815"


def test_from_an_address_to_a_mail_in_place_of_a_message(site: Site) -> None:
    for number, (name, alias) in enumerate((("一车间钉钉", "甲群"), ("备用钉钉", "乙群"))):
        robot = {"alias": alias, "webhook": f"no-such-robot-in-the-simulator-{number}"}
        site.server.make("services", name=name, type="dingtalk", send_to=["robot"], robots=[robot])
    with MailServer() as post:
        page = site.visit("/services/")
        _add_addresses(page, site, post)
        _add_rule(page, site)
        site.server.raise_alarm("pump", name="3号泵压力超高", priority="critical")
        eventually(lambda: len(post.mails) == 2, what="the mail after the test's")
    assert post.logins == [("ops", PASSWORD)] * 2
    _follow_the_record(page, site)


def _add_addresses(page: Page, site: Site, post: MailServer) -> None:
    page.get_by_role("button", name="新增", exact=True).click()
    page.get_by_role("radio", name="其他").check()
    page.get_by_role("button", name="下一步").click()
    page.locator("input#name").fill("邮件和企业微信")
    first = page.locator(".address").first
    first.get_by_label("别名").fill("值班邮箱")
    first.get_by_label("服务器").fill("not a server")
    first.get_by_label("加密").select_option("none")
    first.get_by_label("端口").fill(str(post.port))
    first.get_by_label("用户名").fill("ops")
    first.get_by_label("密码").fill(PASSWORD)
    first.get_by_label("发件人").fill("ops@plant.example")
    first.get_by_label("收件人").fill("shift@plant.example")
    first.get_by_label("收件人").press("Enter")
    page.get_by_role("button", name="添加地址").click()
    second = page.locator(".address").nth(1)
    second.get_by_label("别名").fill("企业微信群")
    second.get_by_label("方式").select_option(label="其他地址（Apprise URL）")
    second.get_by_role("textbox", name="Apprise URL").fill("dingtalk://token")
    page.get_by_role("button", name="确认").click()
    expect(first.get_by_text("请填写邮件服务器的主机名")).to_be_visible()
    expect(second.get_by_text("钉钉请用“钉钉”类型的通知服务：")).to_be_visible()
    first.get_by_label("服务器").fill("127.0.0.1")
    second.get_by_label("方式").select_option(label="企业微信群机器人")
    second.get_by_role("textbox", name="Webhook地址").fill(
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx"
    )
    page.get_by_role("button", name="确认").click()

    page.wait_for_timeout(1500)
    page.screenshot(path="/tmp/f-dbg.png", full_page=True)
    page.get_by_role("row", name="邮件和企业微信").get_by_role("link", name="邮件和企业微信", exact=True).click()
    expect(first.locator("code")).to_have_text(f"mailto://127.0.0.1:{post.port}/***")
    assert PASSWORD not in page.content()
    page.get_by_role("button", name="测试 值班邮箱").click()
    page.get_by_role("button", name="发送测试").click()
    expect(page.get_by_role("dialog", name="测试：值班邮箱")).to_contain_text("已经交给对方")


def _add_rule(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}/rules/new/")
    page.locator("input#name").fill("有备用的")
    block = page.locator(".block").first
    block.get_by_label("通知服务").first.select_option("一车间钉钉")
    part = block.locator("[data-fallback]")
    expect(part.locator("summary")).to_contain_text("没有")
    part.locator("summary").click()
    for service in ("邮件和企业微信", "备用钉钉", "备用钉钉"):
        part.get_by_role("button", name="添加备用通道").click()
        expect(page.get_by_role("button", name="确认")).to_be_disabled()
        _step(part, -1).get_by_label("通知服务").select_option(service)
    _step(part, -1).get_by_role("button", name="移除这个备用通道").click()
    _step(part, 0).get_by_label("全部接收者").uncheck()
    _step(part, 0).get_by_label("值班邮箱").check()
    _step(part, 1).get_by_role("button", name="上移").click()
    expect(part.locator("summary")).to_contain_text("备用钉钉 → 邮件和企业微信")
    page.get_by_role("button", name="其他", exact=True).click()
    other = page.locator(".block").nth(1)
    expect(other.get_by_label("通知服务").first.locator("option")).to_have_text(["请选择", "邮件和企业微信"])
    other.get_by_role("button", name="移除这个通知").click()
    page.get_by_role("button", name="确认").click()
    page.get_by_role("link", name="有备用的", exact=True).click()
    expect(part.locator("summary")).to_contain_text("备用钉钉 → 邮件和企业微信")
    part.locator("summary").click()
    expect(_step(part, 1).get_by_label("值班邮箱")).to_be_checked()
    expect(_step(part, 1).get_by_label("企业微信群")).not_to_be_checked()


def _step(part: Locator, number: int) -> Locator:
    return part.locator(".fallback-step").nth(number)


def _follow_the_record(page: Page, site: Site) -> None:
    page.goto(f"{site.server.url}/deliveries/")
    failed = page.get_by_role("row", name="甲群")
    expect(failed.get_by_role("link", name="备用通道也没有发出")).to_be_visible()
    page.get_by_role("row", name="乙群").get_by_role("link", name="已由备用通道发送").click()
    expect(page.get_by_text("备用：原发送第")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("值班邮箱")
    page.get_by_role("link", name="3号泵压力超高").click()
    expect(page.locator(".deliveries")).to_contain_text("已由备用通道发送")


def test_who_may_not_change_it_sees_no_buttons(site: Site) -> None:
    page = site.visit("/services/new/?type=apprise", person=ENGINEER, width=390, language="en-US")
    expect(page.get_by_text("Sent through Apprise, which only says whether it succeeded.")).to_be_visible()
    robot = {"alias": "丙", "webhook": "no-such-robot-in-the-simulator-3"}
    made = site.server.make("services", name="只看", type="dingtalk", send_to=["robot"], robots=[robot])
    block = {"service": made["id"]}
    rule = site.server.make("rules", name="只看的", states=["active_acked"], notifications=[block])
    page = site.visit(f"/rules/{rule['id']}/", person=VIEWER)
    page.locator("[data-fallback] summary").click()
    expect(page.get_by_role("button", name="添加备用通道")).to_have_count(0)
