"""通知规则 as an engineer meets it: conditions, the sentence that says what they select, and whom to tell."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dingtalk_simulator.running import RunningSimulator
from tests.pages.visiting import VIEWER, Site
from tests.serving import eventually

pytestmark = pytest.mark.browser


def test_without_a_service_the_first_step_is_to_add_one(site: Site) -> None:
    for kind in ("rules", "services"):
        for one in site.server.get(f"/api/v1/{kind}?limit=1000")["items"]:
            assert site.server.call("DELETE", f"/api/v1/{kind}/{one['id']}").status == 204
    page = site.visit("/rules/")
    expect(page.get_by_role("heading", name="先添加通知服务")).to_be_visible()
    page.get_by_role("link", name="去添加通知服务").click()
    expect(page).to_have_url(f"{site.server.url}/services/")


def test_from_conditions_to_a_message_in_the_group(site: Site, running_simulator: RunningSimulator) -> None:
    token = "group-of-the-first-workshop-0001"
    running_simulator.post("/_sim/robots", {"token": token, "name": "钉铃", "group": "一车间值班群"})
    _service(site, "一车间", robots={"一车间值班群": token, "别的群": "another-group-0001"}, people=["张三", "李四"])
    site.server.raise_alarm("old", area="二车间", priority="high")
    page = site.visit("/rules/new/")
    _confirm(page, enabled=False)
    _name(page).fill("一车间紧急")
    expect(page.get_by_label("活动未确认")).to_be_checked()
    for state in ("恢复未确认", "恢复已确认"):
        page.get_by_label(state).uncheck()
    page.get_by_label("紧急").check()
    _tag(page, "区域", "一车间")
    _tag(page, "路径", "一车间/**")
    page.get_by_role("button", name="添加标签").click()
    page.get_by_label("标签名").fill("line")
    page.get_by_label("标签值").fill("A")
    sentence = page.locator(".selects")
    expect(sentence).to_contain_text(
        "级别为紧急、区域为“一车间”、路径符合“一车间/**”、标签“line = A”的报警，变为“活动未确认”时通知。"
    )
    expect(sentence).to_contain_text("当前报警中有 0 条符合")
    _confirm(page, enabled=False)
    page.get_by_label("通知服务").select_option("一车间")
    expect(page.locator(".block > details > summary")).to_contain_text("一车间 · 全部接收者（4 个）")
    _confirm(page, enabled=True)
    page.get_by_label("全部接收者").uncheck()
    _confirm(page, enabled=False)
    page.get_by_label("一车间值班群").check()
    expect(page.locator(".block > details > summary")).to_contain_text("一车间 · 1 个接收者")
    _save(page, site)

    row = page.get_by_role("row", name="一车间紧急")
    expect(row).to_contain_text("级别为紧急")
    expect(row).to_contain_text("一车间 · 1 个接收者")
    site.server.raise_alarm("pump", area="一车间", path="一车间/泵房", priority="critical", labels={"line": "A"})
    eventually(lambda: running_simulator.messages(robot=token), what="the message in the group")
    row.get_by_role("link", name="一车间紧急", exact=True).click()
    expect(page.locator(".selects")).to_contain_text("当前报警中有 1 条符合")
    expect(page.get_by_label("一车间值班群")).to_be_checked()
    expect(page.get_by_label("别的群")).not_to_be_checked()


def test_what_is_opened_and_confirmed_stays_as_it_was(site: Site) -> None:
    service = _service(site, "照旧", robots={"甲群": "robot-of-zhaojiu-01", "乙群": "robot-of-zhaojiu-02"})
    named = [{"robot": service["robots"][1]["id"]}]
    made = site.server.make(
        "rules",
        name="照旧",
        states=["active_acked"],
        shelved=True,
        match={
            "priorities": ["high"], "sources": ["plc-1", "plc-2"], "areas": ["一车间"], "paths": ["一车间/*/泵"],
            "types": ["HH"], "labels": {"line": "A", "班组": "甲"},
        },
        notifications=[{"service": service["id"]}, {"service": service["id"], "receivers": named}],
    )  # fmt: skip
    page = site.visit(f"/rules/{made['id']}/")
    expect(page.locator(".block").last.get_by_label("乙群")).to_be_checked()
    _save(page, site)
    assert site.server.get(f"/api/v1/rules/{made['id']}") == made


def test_groups_contents_and_schedules_are_chosen_and_told_in_a_line(site: Site) -> None:
    service = _service(site, "组合", robots={"群": "robot-of-groups-0001"}, people=["张三"])
    group = site.server.make("groups", name="全部泵", paths=["一车间/**"])
    content = site.server.make("messages", name="简短", type="dingtalk")
    period = {"weekdays": [1, 2, 3, 4, 5], "start": "08:00:00", "end": "20:00:00"}
    made = site.server.post("/api/v1/schedules", {"name": "白班", "kind": "standard", "periods": [period]})
    schedule = made.json
    page = site.visit("/rules/new/")
    _name(page).fill("组合")
    page.get_by_label("全部泵").check()
    expect(page.locator(".selects")).to_contain_text("在报警组“全部泵”里的报警")
    page.get_by_label("通知服务").select_option("组合")
    page.get_by_label("通知内容").select_option("简短")
    page.get_by_label("通知排程").select_option("白班")
    page.get_by_label("账号收到个人链接").check()
    expect(page.locator(".block > details > summary")).to_contain_text("组合 · 全部接收者（2 个） · 简短 · 白班")
    for name in ("line", "line"):
        page.get_by_role("button", name="添加标签").click()
        page.get_by_label("标签名").last.fill(name)
    page.get_by_role("button", name="确认").click()
    expect(page.locator(".label-row").last).to_contain_text("这个标签名已经填过")
    expect(page.get_by_label("标签名").last).to_be_focused()
    page.get_by_role("button", name="移除这个标签").last.click()
    page.get_by_label("标签值").fill("A")
    _save(page, site)
    rule = next(one for one in site.server.get("/api/v1/rules")["items"] if one["name"] == "组合")
    assert (rule["match"]["groups"], rule["match"]["labels"]) == ([group["id"]], {"line": "A"})
    block = rule["notifications"][0]
    assert (block["service"], block["message"], block["schedule"]) == (service["id"], content["id"], schedule["id"])
    assert block["personal_link"]


def test_without_public_url_the_form_says_that_messages_hold_no_link(site: Site) -> None:
    _service(site, "只有群", robots={"无人群": "robot-of-nobody-0001"})
    page = site.visit("/rules/new/")
    expect(page.get_by_text("没有设置 PUBLIC_URL，消息里没有任何链接")).to_be_visible()
    page.get_by_label("通知服务").select_option("只有群")
    expect(page.get_by_label("账号收到个人链接")).to_be_hidden()
    expect(page.get_by_text("没有设置 PUBLIC_URL，消息里没有任何链接")).to_be_visible()


def test_a_rule_is_tried_before_it_is_saved(site: Site) -> None:
    _service(site, "试试", robots={"试试群": "robot-of-trying-0001"})
    site.server.raise_alarm("tried", name="试一试的报警", area="五车间", priority="high")
    page = site.visit("/rules/new/")
    _name(page).fill("试试")
    _tag(page, "区域", "五车间")
    page.get_by_label("通知服务").select_option("试试")
    page.get_by_role("button", name="试运行").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("查找报警").fill("试一试")
    dialog.get_by_label("试一试的报警").check()
    dialog.get_by_role("button", name="试运行").click()
    expect(dialog.get_by_role("heading", name="会通知")).to_be_visible()
    expect(dialog.locator(".try-told")).to_contain_text("试试群")
    expect(dialog.locator(".bubble")).to_contain_text("试一试的报警")
    dialog.get_by_label("自己填一个").check()
    dialog.get_by_label("区域").fill("六车间")
    dialog.get_by_role("button", name="试运行").click()
    expect(dialog.locator(".try-why")).to_have_text("区域：规则要求 五车间，报警是 六车间")
    dialog.get_by_role("button", name="关闭").click()
    assert "试试" not in {rule["name"] for rule in site.server.get("/api/v1/rules")["items"]}
    page.get_by_role("button", name="确认").click()
    expect(page).to_have_url(f"{site.server.url}/rules/")

    page.get_by_role("link", name="试运行").click()
    page.get_by_label("查找报警").fill("试一试")
    page.get_by_label("试一试的报警").check()
    page.get_by_role("button", name="试运行").click()
    expect(page.locator(".try-rule.fires").filter(has_text="试试群")).to_be_visible()


def test_rules_are_put_in_order(site: Site) -> None:
    service = _service(site, "次序", robots={"群": "robot-of-order-00001"})
    for name in ("次序一", "次序二"):
        site.server.make("rules", name=name, states=["active_unacked"], notifications=[{"service": service["id"]}])
    page = site.visit("/rules/")
    page.get_by_role("button", name="移动 次序二").click()
    page.get_by_role("button", name="移到最前").click()
    expect(page.locator("tbody tr").first).to_contain_text("次序二")
    names = [rule["name"] for rule in site.server.get("/api/v1/rules")["items"]]
    assert names.index("次序二") < names.index("次序一")


def test_blocks_come_go_and_fold(site: Site) -> None:
    _service(site, "积木", robots={"群": "robot-of-blocks-0001"})
    page = site.visit("/rules/new/")
    blocks = page.locator(".block")
    expect(page.get_by_role("button", name="移除这个通知")).to_be_hidden()
    for _ in range(2):
        page.get_by_role("button", name="钉钉", exact=True).click()
    expect(blocks).to_have_count(3)
    page.get_by_role("button", name="移除这个通知").nth(1).click()
    expect(blocks).to_have_count(2)
    blocks.first.locator("> details > summary").click()
    expect(blocks.first.get_by_label("通知服务")).to_be_hidden()
    blocks.last.get_by_label("通知服务").select_option("积木")
    _name(page).fill("积木")
    _confirm(page, enabled=False)
    blocks.first.locator("> details > summary").click()
    blocks.first.get_by_label("通知服务").select_option("积木")
    _save(page, site)
    expect(page.get_by_role("row", name="积木").locator(".told")).to_have_count(2)


def test_each_problem_stands_at_its_field(site: Site) -> None:
    service = _service(site, "毛病", robots={"群": "robot-of-problems-01"})
    rule = {"states": ["active_unacked"], "notifications": [{"service": service["id"]}]}
    site.server.make("rules", name="已有的规则", **rule)
    page = site.visit("/rules/new/")
    _name(page).fill("已有的规则")
    _tag(page, "路径", "一车间/泵*")
    page.get_by_label("通知服务").select_option("毛病")
    page.get_by_role("button", name="确认").click()
    expect(_box(_name(page))).to_contain_text("已经有同名的通知规则")
    expect(_box(page.get_by_label("路径"))).to_contain_text("* 和 ** 只能单独占一段")
    expect(_name(page)).to_be_focused()
    page.get_by_role("button", name="移除 一车间/泵*").click()
    _name(page).fill("没有毛病了")
    for state in ("活动未确认", "恢复未确认", "恢复已确认"):
        page.get_by_label(state).uncheck()
    _confirm(page, enabled=False)
    expect(page.locator(".selects")).to_contain_text("还没有勾选报警条件")
    page.get_by_label("搁置", exact=True).check()
    _save(page, site)


def test_known_values_are_suggested(site: Site) -> None:
    site.server.raise_alarm("known", area="三车间", path="三车间/炉", type="温度")
    page = site.visit("/rules/new/")
    for name, value in (("areas", "三车间"), ("paths", "三车间/炉"), ("types", "温度"), ("sources", "plc-1")):
        assert value in page.locator(f"#known-{name} option").evaluate_all("all => all.map((one) => one.value)")


def test_switching_and_deleting_in_the_list(site: Site) -> None:
    service = _service(site, "名单", robots={"群": "robot-of-the-list-01"})
    site.server.make("rules", name="要停的", states=["active_unacked"], notifications=[{"service": service["id"]}])
    page = site.visit("/rules/?q=要停的")
    page.get_by_role("checkbox", name="启用 要停的").uncheck()
    expect(page.get_by_text("已停用：要停的")).to_be_visible()
    page.get_by_role("button", name="删除 要停的").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("已删除：要停的")).to_be_visible()
    assert "要停的" not in {rule["name"] for rule in site.server.get("/api/v1/rules")["items"]}


def test_many_receivers_are_searched(site: Site) -> None:
    _service(site, "几百人", people=[f"员工{number}" for number in range(300)])
    page = site.visit("/rules/new/")
    page.get_by_label("通知服务").select_option("几百人")
    page.get_by_label("全部接收者").uncheck()
    expect(page.get_by_text("只显示前 100 个")).to_be_visible()
    page.get_by_label("查找接收者").fill("员工299")
    page.get_by_label("员工299").check()
    page.get_by_label("查找接收者").fill("员工12")
    expect(page.get_by_label("员工299")).to_be_checked()
    expect(page.locator(".block > details > summary")).to_contain_text("1 个接收者")


def test_leaving_a_changed_form_asks_first(site: Site) -> None:
    page = site.visit("/rules/new/")
    _tag(page, "区域", "一车间")
    page.get_by_role("link", name="取消").click()
    page.get_by_role("dialog").get_by_role("button", name="离开").click()
    expect(page).to_have_url(f"{site.server.url}/rules/")


def test_who_may_not_configure_only_looks(site: Site) -> None:
    service = _service(site, "看看", robots={"群": "robot-of-the-viewer-1"})
    rule = {"states": ["active_unacked"], "notifications": [{"service": service["id"]}]}
    made = site.server.make("rules", name="只看的规则", **rule)
    page = site.visit("/rules/?q=只看的规则", person=VIEWER)
    page.get_by_role("link", name="查看 只看的规则").click()
    expect(page.get_by_label("紧急")).to_be_disabled()
    expect(page.locator(".selects")).to_contain_text("所有报警")
    expect(page.get_by_role("button", name="确认")).to_have_count(0)
    token = page.locator("body").get_attribute("data-csrf") or ""
    for path in ("new/", f"{made['id']}/change/", f"{made['id']}/enabled/", f"{made['id']}/delete/"):
        answer = page.request.post(f"{site.server.url}/rules/{path}", data="{}", headers={"X-CSRFToken": token})
        assert answer.status == 403


def test_in_english_on_a_phone(site: Site) -> None:
    service = _service(site, "phone", robots={"Shift": "robot-of-the-phone-1"})
    rule = {"states": ["active_unacked"], "notifications": [{"service": service["id"]}]}
    made = site.server.make("rules", name="Phone", **rule)
    page = site.visit(f"/rules/{made['id']}/", width=390, height=844, scheme="dark", language="en-US")
    expect(page.locator(".selects")).to_contain_text("All alarms: notify when they become “Active, unacknowledged”.")
    _nothing_is_cut_off(page)
    shown = re.sub(r"三车间\S*|全部泵|简短|白班", "", page.locator("main").inner_text())
    services = {one["name"] for one in site.server.get("/api/v1/services")["items"]}
    assert not [text for text in re.findall(r"[\u4e00-\u9fff]+", shown) if text not in services]
    page.get_by_label("Critical").check()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Saved: Phone")).to_be_visible()
    page.goto(f"{site.server.url}/rules/?q=Phone")
    _nothing_is_cut_off(page)


def _service(site: Site, name: str, *, robots: dict[str, str] | None = None, people: list[str] | None = None) -> Any:
    """A stored service; `robots` are tokens by alias."""
    hook = f"{site.server.settings['DINGBELL_DINGTALK_OAPI_URL']}/robot/send?access_token="
    return site.server.make(
        "services",
        name=name,
        type="dingtalk",
        send_to=[*(["robot"] if robots else []), *(["account"] if people else [])],
        robots=[{"alias": alias, "webhook": hook + token} for alias, token in (robots or {}).items()],
        app={"client_id": "dingapp", "client_secret": "secret", "robot_code": "dingapp"} if people else None,
        accounts=[{"user_id": f"u{number}", "name": person} for number, person in enumerate(people or [])],
    )


def _name(page: Page) -> Locator:
    return page.locator("input#name")


def _tag(page: Page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).fill(value)
    page.get_by_label(label, exact=True).press("Enter")


def _box(field: Locator) -> Locator:
    return field.locator("xpath=ancestor::*[@data-field][1]")


def _confirm(page: Page, *, enabled: bool) -> None:
    expect(page.get_by_role("button", name="确认")).to_be_enabled(enabled=enabled)


def _save(page: Page, site: Site) -> None:
    page.get_by_role("button", name="确认").click()
    expect(page).to_have_url(f"{site.server.url}/rules/")


def _nothing_is_cut_off(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
