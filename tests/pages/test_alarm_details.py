"""报警详情 as the link in a message opens it, and 发测试报警 before anything is connected."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect

from dingtalk_simulator.running import RunningSimulator
from tests.pages.visiting import VIEWER, Site
from tests.plant import Plant

pytestmark = pytest.mark.browser

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
SOMEBODY_ELSE = "wang"


def test_a_test_alarm_that_no_rule_wants_says_why(site: Site) -> None:
    page = site.visit("/alarms/")
    page.locator("main .head").get_by_role("button", name="发测试报警").click()
    dialog = page.get_by_role("dialog", name="发测试报警")
    expect(dialog.get_by_label("名称")).to_have_value("测试报警")
    expect(dialog.get_by_label("级别")).to_have_value("medium")
    dialog.get_by_role("button", name="发出").click()
    trace = page.get_by_role("dialog", name="测试报警", exact=True)
    expect(trace).to_contain_text("还没有通知规则，所以没有人收到。")
    expect(trace.get_by_role("link", name="去看通知规则")).to_be_visible()
    trace.get_by_role("button", name="恢复").click()
    expect(trace).to_contain_text("恢复未确认")
    trace.get_by_role("button", name="完成").click()
    expect(page.locator("tbody tr", has_text="测试报警")).to_contain_text("恢复未确认")


def test_a_test_alarm_walks_the_whole_path(site: Site, running_simulator: RunningSimulator) -> None:
    plant = Plant(site.server, running_simulator)
    plant.tell("robot", "account")
    running_simulator.post("/_sim/robots", {"token": "x" * 20, "name": "钉铃", "group": "别的群"})
    never = {"match": {"areas": ["二车间"]}, "states": ["active_unacked"]}
    block = {"service": site.server.get("/api/v1/services")["items"][0]["id"], "receivers": None}
    site.server.make("rules", name="二车间", notifications=[block], **never)

    page = site.visit("/alarms/")
    page.locator("main .head").get_by_role("button", name="发测试报警").click()
    page.get_by_label("名称").fill("全程试验")
    page.locator("dialog").get_by_label("级别").select_option("紧急")
    page.get_by_role("button", name="发出").click()
    trace = page.get_by_role("dialog", name="全程试验")
    expect(trace.locator(".delivery-sent")).to_have_count(2)
    expect(trace).to_contain_text("值班群")
    expect(trace).to_contain_text("全部报警")
    trace.get_by_role("button", name="恢复").click()
    expect(trace.locator(".delivery-sent")).to_have_count(4)
    titles = [message["title"] for message in plant.in_group()]  # the group is that of every file
    assert [title for title in titles if "全程试验" in title] == ["【紧急】全程试验", "【恢复】全程试验"]

    trace.get_by_role("link", name="报警详情").click()
    expect(page.get_by_role("heading", name="全程试验")).to_be_visible()
    cleared = page.locator(".story > li", has_text="恢复未确认")
    cleared.get_by_text("1 次尝试").first.click()
    expect(cleared.get_by_role("cell", name="200")).to_be_visible()
    cleared.get_by_text("其他规则为什么没有通知").click()
    expect(cleared).to_contain_text("区域：规则要求 二车间，报警是 测试")
    expect(cleared.get_by_role("link", name="二车间")).to_be_visible()


def test_a_test_alarm_refused_by_dingtalk_says_what_to_do(site: Site, running_simulator: RunningSimulator) -> None:
    running_simulator.reset()  # DingTalk knows neither robot nor app any more
    page = site.visit("/alarms/")
    page.locator("main .head").get_by_role("button", name="发测试报警").click()
    page.get_by_label("名称").fill("没有机器人")
    page.get_by_role("button", name="发出").click()
    failed = page.locator(".deliveries li", has=page.locator(".delivery-failed")).first
    expect(failed).to_be_visible()
    expect(failed.locator(".reason")).to_have_text(re.compile("请"))


def test_one_screen_on_a_phone_for_two_who_open_it(site: Site) -> None:
    site.server.raise_alarm(
        "phone", name="3号泵压力超高", priority="critical", value=12.4, unit="bar", limit=10.0, area="一车间",
        path="一车间/泵房/3号泵", description="请检查出口阀", ack_mode="manual_note",
    )  # fmt: skip
    address = f"/alarms/{_id(site, 'phone')}/"
    first = site.visit(address, width=390, height=700)
    second = site.visit(address, person=SOMEBODY_ELSE, width=390, height=844)
    for text in ("紧急", "活动未确认", "12.4 bar", "一车间/泵房/3号泵", "请检查出口阀", "人工确认，必须填写备注"):
        expect(first.locator(".facts-card")).to_contain_text(text)
    button = first.get_by_role("button", name="确认")
    expect(button).to_be_in_viewport(ratio=1)
    expect(first.locator(".shelve-choice summary")).to_be_in_viewport(ratio=1)
    expect(button).to_be_disabled()
    assert first.evaluate("document.documentElement.scrollWidth <= innerWidth")

    note = second.get_by_label("确认备注")
    note.fill("我也在看")
    later = datetime.now(UTC).isoformat()
    site.server.report({"key": "phone", "state": "active", "value": 13.0, "time": later})
    expect(second.locator(".facts-card")).to_contain_text("13 bar")
    expect(note).to_have_value("我也在看")
    first.get_by_label("确认备注").fill("已关阀")
    button.click()
    expect(_toast(first)).to_have_text("已确认 1 条报警。")
    expect(first.locator(".facts-card")).to_contain_text("已关阀")
    expect(first.get_by_label("确认备注")).to_have_count(0)
    expect(first.locator(".story > li.acked")).to_contain_text("li")


def test_somebody_was_faster_on_the_other_phone(site: Site) -> None:
    site.server.raise_alarm("faster", name="两个人都看到")
    address = f"/alarms/{_id(site, 'faster')}/"
    slow = site.visit(address, person=SOMEBODY_ELSE, width=390, height=844, tolerate=("ERR_", "htmx:"))
    slow.route("**/part/*", lambda route: route.abort())  # it was left open and sees nothing new
    quick = site.visit(address, width=390, height=844)
    quick.get_by_role("button", name="确认").click()
    expect(_toast(quick)).to_have_text("已确认 1 条报警。")
    slow.get_by_role("button", name="确认").click()
    expect(_toast(slow)).to_have_text("li 已经先确认了。")
    expect(slow.get_by_role("button", name="确认")).to_have_count(0)


def test_what_a_viewer_and_a_stranger_see(site: Site) -> None:
    site.server.raise_alarm("looked-at", name="给访客看的")
    address = f"/alarms/{_id(site, 'looked-at')}/"
    page = site.visit(address, person=VIEWER)
    expect(page.get_by_role("heading", name="给访客看的")).to_be_visible()
    expect(page.get_by_role("button", name="确认")).to_have_count(0)
    lost = site.visit("/alarms/999999/", tolerate=("404",))
    expect(lost.get_by_role("heading", name="没有这个页面")).to_be_visible()


def test_details_in_english(site: Site) -> None:
    robot = {"alias": "Shift", "webhook": "https://oapi.dingtalk.com/robot/send?access_token=nobody-is-told"}
    service = site.server.make("services", name="Hall 2", type="dingtalk", send_to=["robot"], robots=[robot])
    never = {"match": {"areas": ["Hall 2"]}, "states": ["active_unacked"]}
    site.server.make("rules", name="Hall 2", notifications=[{"service": service["id"], "receivers": None}], **never)
    site.server.raise_alarm("english", name="Pump pressure", priority="low", value=1.0, limit=2, path="Hall/Pump")
    page = site.visit(f"/alarms/{_id(site, 'english')}/", language="en-US")
    page.locator(".why summary").click()
    expect(page.locator(".reasons")).to_contain_text("the rule wants")
    left = CHINESE.findall(page.locator(".facts-card").inner_text())
    assert left == []


def _toast(page: Page) -> Locator:
    return page.locator("[data-toasts] [data-text]")


def _id(site: Site, key: str) -> str:
    items = site.server.get("/api/v1/alarms?limit=1000")["items"]
    return str(next(item["id"] for item in items if item["key"] == key))
