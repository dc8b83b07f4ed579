"""A service from the wizard to its first message: test, diagnosis, health and help, as an engineer meets them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from dingtalk_simulator.running import RunningSimulator
from tests.pages.visiting import VIEWER, Site

pytestmark = pytest.mark.browser

TOKEN = "fedcba9876543210fedcba9876543210"
SECRET = "SECa-signing-secret-that-nobody-sees"


@pytest.fixture
def robot(site: Site, simulator: RunningSimulator) -> str:
    """The webhook of a signed robot in the simulator."""
    made = simulator.post("/_sim/robots", {"token": TOKEN, "name": "钉铃", "group": "值班群", "secret": SECRET})
    return str(made["webhook"])


def test_from_the_wizard_to_the_first_message(site: Site, robot: str, simulator: RunningSimulator) -> None:
    page = site.visit("/services/")
    page.get_by_role("button", name="新增").click()
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("dialog", name="在钉钉里怎么做")).to_be_visible()
    page.locator("input#name").fill("第一步")
    page.get_by_label("别名").fill("值班群")
    page.get_by_label("Webhook地址").fill(robot)
    page.get_by_label("加签", exact=True).fill("SECwrong")
    page.get_by_label("@ 提醒").select_option(label="@指定的人")
    page.get_by_label("手机号").first.fill("13900000001，")
    expect(page.get_by_text("保存后可以测试")).to_be_visible()
    page.get_by_role("button", name="确认").click()

    row = page.get_by_role("row", name="第一步")
    expect(row).to_contain_text("还没有发送过")
    row.get_by_role("button", name="测试 第一步").click()
    dialog = page.get_by_role("dialog", name="发送测试消息")
    expect(dialog.get_by_label("接收者")).to_have_value(re.compile("robot:"))
    dialog.get_by_role("button", name="发送测试").click()
    trial = page.get_by_role("dialog", name="测试：值班群")
    expect(trial).to_contain_text("失败")
    expect(trial).to_contain_text("310000")
    expect(trial).to_contain_text("加签密钥不对")
    expect(trial).to_contain_text("没有设置 PUBLIC_URL")
    trial.get_by_role("button", name="完成").click()
    expect(row).to_contain_text("异常")
    expect(page.locator("#wrong-refused")).to_contain_text("加签密钥不对")
    expect(row).to_contain_text("之后有消息再试")
    row.get_by_role("button", name="立即重试").click()
    expect(page.get_by_role("status").filter(has_text="马上试发")).to_be_visible()

    row.get_by_role("link", name="第一步", exact=True).click()
    expect(page.locator(".row-health")).to_contain_text("加签密钥不对")
    page.get_by_label("加签", exact=True).fill(SECRET)
    page.get_by_role("button", name="测试 值班群").click()
    expect(dialog).to_contain_text("没保存的修改")
    page.get_by_role("button", name="取消").last.click()
    page.get_by_role("button", name="确认").click()
    expect(row).to_contain_text("已修改，点“测试”验证。")
    expect(row).not_to_contain_text("加签密钥不对")
    expect(page.locator("#wrong-refused")).to_contain_text("已修改，点“测试”验证。")
    row.get_by_role("link", name="第一步", exact=True).click()
    page.get_by_role("button", name="测试 值班群").click()
    expect(page.locator("[data-unsaved]")).to_be_hidden()
    page.get_by_role("button", name="发送测试").click()
    expect(trial).to_contain_text("请到钉钉里确认")
    delivered = [one for one in simulator.messages(robot=TOKEN) if one["delivered"]]
    (message,) = [one for one in delivered if "不需要处理" in one["text"]]  # others are the system's own
    assert "@13900000001" in message["text"]


def test_a_waiting_test_says_until_when_and_the_diagnosis_fills(
    site: Site, robot: str, simulator: RunningSimulator
) -> None:
    site.server.make(
        "services", name="诊断的", type="dingtalk", send_to=["robot", "account"],
        robots=[{"alias": "值班群二", "webhook": robot.replace(TOKEN, TOKEN[::-1]), "keywords": ["报警"]}],
        app={"client_id": "dingapp", "client_secret": "no", "robot_code": "dingapp"},
        accounts=[{"user_id": "u1", "name": "张三"}],
    )  # fmt: skip
    simulator.post("/_sim/faults", {"path": "/robot/send", "times": 1, "errcode": 130101})
    page = site.visit("/services/?q=诊断的", width=390, height=844)
    page.get_by_role("button", name="测试 诊断的").click()
    page.get_by_role("button", name="发送测试").click()
    trial = page.get_by_role("dialog", name="测试：值班群二")
    expect(trial).to_contain_text("最早")
    expect(trial).to_contain_text("10 分钟")
    _fits(page)
    trial.get_by_role("button", name="诊断").click()
    diagnosis = page.get_by_role("dialog", name="诊断：诊断的")
    expect(diagnosis).to_contain_text("不会发出任何消息")
    expect(diagnosis.get_by_role("listitem").filter(has_text="网络连接").first).to_contain_text("正常")
    expect(diagnosis.get_by_role("listitem").filter(has_text="安全设置")).to_contain_text("报警")
    expect(diagnosis.get_by_role("listitem").filter(has_text="访问凭证")).to_contain_text("ClientSecret 不正确")
    _fits(page)
    diagnosis.get_by_role("button", name="完成").click()

    page.get_by_role("link", name="诊断的", exact=True).click()
    _fits(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="帮助").click()
    helped = page.get_by_role("dialog", name="在钉钉里怎么做")
    helped.get_by_label("搜索说明").fill("qyapi_robot")
    expect(helped.locator("details:visible")).to_have_count(1)
    helped.locator("summary").filter(has_text="权限").click()
    expect(helped).to_contain_text("企业内机器人发送消息权限")
    _fits(page)
    page.keyboard.press("Escape")
    expect(helped).to_be_hidden()


def test_the_help_stands_beside_the_form_where_it_was_left(site: Site) -> None:
    page = site.visit("/services/new/?type=dingtalk", language="en-US")
    helped = page.get_by_role("dialog", name="What to do in DingTalk")
    page.get_by_role("button", name="Open the help: Signing secret").click()
    expect(helped.get_by_text("starts with SEC")).to_be_visible()
    for chapter in helped.locator("details").all():
        chapter.evaluate("one => one.open = true")
    assert not re.findall(r"[\u4e00-\u9fff]", re.sub(r"\([^)]*\)", "", helped.inner_text()))
    helped.get_by_role("button", name="Close").click()
    page.reload()
    expect(helped).to_be_hidden()
    page.get_by_role("button", name="Help", exact=True).click()
    expect(helped).to_be_visible()


def test_of_several_people_one_is_chosen_by_name(site: Site) -> None:
    people = [{"user_id": f"u{number:02}", "name": f"员工{number:02}"} for number in range(12)]
    made = site.server.make(
        "services", name="很多人", type="dingtalk", send_to=["account"], accounts=people,
        app={"client_id": "dingmany", "client_secret": "secret", "robot_code": "dingmany"},
    )  # fmt: skip
    page = site.visit(f"/services/{made['id']}/")
    page.get_by_role("button", name="测试", exact=True).click()
    dialog = page.get_by_role("dialog", name="发送测试消息")
    expect(dialog.get_by_label("接收者")).to_have_value("")
    expect(dialog.get_by_role("button", name="发送测试")).to_be_disabled()
    dialog.get_by_label("查找账号").fill("员工07")
    expect(dialog.get_by_label("接收者").locator("option")).to_have_text(["请选择（找到 1 人）", "员工07 · u07"])
    expect(dialog.get_by_label("查找账号")).to_be_focused()
    dialog.get_by_label("接收者").select_option("员工07 · u07")
    expect(dialog.get_by_role("button", name="发送测试")).to_be_enabled()


def test_who_may_not_configure_neither_tests_nor_diagnoses(site: Site, robot: str) -> None:
    made = site.server.make(
        "services",
        name="只看健康",
        type="dingtalk",
        send_to=["robot"],
        robots=[{"alias": "群", "webhook": robot + "x"}],
    )
    page = site.visit("/services/?q=只看健康", person=VIEWER)
    expect(page.get_by_role("row", name="只看健康")).to_contain_text("还没有发送过")
    expect(page.get_by_role("button", name="测试 只看健康")).to_have_count(0)
    page.goto(f"{site.server.url}/services/{made['id']}/")
    expect(page.get_by_role("button", name="诊断")).to_have_count(0)
    token = page.locator("body").get_attribute("data-csrf") or ""
    for path in ("test/send/", "diagnose/0/", "diagnose/app/"):
        url = f"{site.server.url}/services/{made['id']}/{path}"
        assert page.request.post(url, headers={"X-CSRFToken": token}).status == 403


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
