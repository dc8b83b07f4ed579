"""通知服务 as an engineer meets it: from the empty list through the wizard to changing and deleting."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from dingbell.channels import apprise
from dingbell.notify.services import services
from dingbell.notify.services.documents import RobotInput, ServiceInput
from dingbell.users.models import User
from tests.pages.visiting import VIEWER, Site

pytestmark = pytest.mark.browser

TOKEN = "0123456789abcdef0123456789abcdef"
SECRET = "SECa-signing-secret-that-nobody-sees"
CLIENT_SECRET = "a-client-secret-that-nobody-sees"
FORM = "/services/new/?type=dingtalk"


@pytest.fixture
def make(site: Site) -> Callable[..., Any]:
    """`make("一号", secret=…)`: a stored service with one robot, as REST answers it."""

    def service(name: str, *, token: str = "", **robot: Any) -> Any:
        hook = f"{_host(site)}/robot/send?access_token={token or 'token-of-' + name.encode().hex()}"
        return site.server.make(
            "services",
            name=name,
            type="dingtalk",
            send_to=["robot"],
            robots=[{"alias": "值班群", "webhook": hook, **robot}],
        )

    return service


def test_from_an_empty_list_to_the_first_service(site: Site) -> None:
    page = site.visit("/services/")
    expect(page.get_by_role("heading", name="还没有通知服务")).to_be_visible()
    page.get_by_role("button", name="新增").click()
    dialog = page.get_by_role("dialog", name="新增通知服务")
    expect(dialog.get_by_role("radio", name="钉钉")).to_be_checked()
    dialog.get_by_role("button", name="下一步").click()

    expect(page.get_by_label("钉钉机器人")).to_be_checked()
    expect(page.get_by_label("ClientId")).to_be_hidden()
    _confirm(page, enabled=False)
    _name(page).fill("一车间钉钉")
    page.get_by_label("描述").fill("值班群和班长")
    page.get_by_label("别名").fill("一车间值班群")
    _confirm(page, enabled=False)
    page.get_by_label("Webhook地址").fill(f"  {_host(site)}/robot/send?access_token={TOKEN}&timestamp=1&sign=old ")
    _confirm(page, enabled=True)
    page.get_by_label("加签", exact=True).fill(SECRET)
    page.get_by_label("关键词", exact=True).fill("报警，恢复")
    page.get_by_role("button", name="添加机器人").click()
    _confirm(page, enabled=False)
    page.get_by_label("别名").nth(1).fill("设备部")
    page.get_by_label("Webhook地址").nth(1).fill(TOKEN[::-1])
    _save(page, site)

    row = page.get_by_role("row", name="一车间钉钉")
    expect(row).to_contain_text("钉钉")
    expect(row).to_contain_text("值班群和班长")
    expect(row.get_by_role("checkbox", name="启用 一车间钉钉")).to_be_checked()
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", row.inner_text())
    row.get_by_role("link", name="一车间钉钉", exact=True).click()
    expect(page.get_by_label("Webhook地址").first).to_have_value(re.compile(rf"access_token=\*+{TOKEN[-4:]}$"))
    expect(page.get_by_label("加签", exact=True).first).to_have_attribute("placeholder", "已设置")
    expect(page.get_by_label("加签", exact=True).nth(1)).to_have_attribute("placeholder", "未设置")
    assert page.locator(".tag").all_text_contents() == ["报警×", "恢复×"]


def test_typing_stays_and_each_problem_stands_at_its_field(site: Site, make: Callable[..., Any]) -> None:
    make("已有的")
    page = site.visit(FORM)
    _name(page).fill("已有的")
    page.get_by_label("别名").fill("群")
    page.get_by_label("Webhook地址").fill(f"https://evil.example/robot/send?access_token={TOKEN}")
    page.get_by_label("加签", exact=True).fill("SEC 密钥")
    page.get_by_role("button", name="添加机器人").click()
    page.get_by_label("别名").nth(1).fill("群")
    page.get_by_label("Webhook地址").nth(1).fill("不是地址")
    page.get_by_role("button", name="确认").click()

    expect(_box(_name(page))).to_contain_text("已经有同名的通知服务")
    expect(_name(page)).to_be_focused()
    expect(_box(page.get_by_label("Webhook地址").first)).to_contain_text("evil.example")
    expect(_box(page.get_by_label("加签", exact=True).first)).to_contain_text("加签密钥中不能有空格")
    expect(_box(page.get_by_label("别名").nth(1))).to_contain_text("别名与第 1 个机器人相同")
    expect(_box(page.get_by_label("Webhook地址").nth(1))).to_contain_text("这不是 Webhook 地址")
    expect(page.get_by_label("加签", exact=True).first).to_have_value("SEC 密钥")

    _name(page).fill("改好了")
    expect(_box(_name(page))).not_to_contain_text("同名")
    page.get_by_label("Webhook地址").first.fill(f"{_host(site)}/robot/send?access_token={TOKEN}a")
    page.get_by_label("加签", exact=True).first.fill(SECRET)
    page.get_by_role("button", name="移除这一行").nth(1).click()
    _save(page, site)
    expect(page.get_by_role("row", name="改好了")).to_be_visible()


def test_two_thousand_accounts(site: Site) -> None:
    page = site.visit(FORM)
    _name(page).fill("全厂")
    page.get_by_label("钉钉机器人").uncheck()
    _confirm(page, enabled=False)
    page.get_by_label("钉钉账号").check()
    page.get_by_label("ClientId").fill("dingapp")
    page.get_by_label("ClientSecret").fill(CLIENT_SECRET)
    expect(page.get_by_label("RobotCode")).to_have_attribute("placeholder", "通常与 ClientId 相同")
    page.get_by_label("RobotCode").fill("dingapp")
    lines = ["员工UserID\t姓名\t手机号"] + [f"user{n:04}\t员工{n}\t139{n:08}" for n in range(2_000)]
    _paste(page, "\n".join(lines))
    expect(page.get_by_text("共 2000 个")).to_be_visible()
    page.get_by_role("button", name="添加账号").click()
    page.get_by_label("唯一ID").last.fill("user1990")
    page.get_by_label("姓名").last.fill("重复的人")
    page.get_by_label("查找账号").fill("员工3")
    page.get_by_role("button", name="确认").click()
    expect(_box(page.get_by_label("唯一ID").last)).to_contain_text("与第 1991 个账号的 userId 相同")
    page.get_by_label("唯一ID").last.fill("user2000")
    _save(page, site)

    page.get_by_role("link", name="全厂", exact=True).click()
    expect(page.locator("#account-list")).to_contain_text("共 2001 个")
    expect(page.get_by_role("cell", name="user0000")).to_be_visible()
    expect(page.get_by_label("ClientSecret")).to_have_attribute("placeholder", "已设置，留空不变")
    page.get_by_role("button", name="下一页").click()
    expect(page.get_by_role("cell", name="user0020")).to_be_visible()
    page.get_by_label("查找账号").fill("重复的人")
    expect(page.locator("#account-list tbody tr")).to_have_count(1)
    expect(page.get_by_role("cell", name="user2000")).to_be_visible()
    stored = next(one for one in site.server.get("/api/v1/services")["items"] if one["name"] == "全厂")
    assert len(stored["accounts"]) == 2_001
    eighth = stored["accounts"][7]
    assert (eighth["user_id"], eighth["name"], eighth["mobile"]) == ("user0007", "员工7", "13900000007")


def test_what_is_left_alone_stays_and_a_secret_can_go(site: Site, make: Callable[..., Any]) -> None:
    made = make("不变", secret=SECRET, keywords=["报警"])
    page = site.visit(f"/services/{made['id']}/")
    page.get_by_label("描述").fill("新的描述")
    _save(page, site)
    stored = site.server.get(f"/api/v1/services/{made['id']}")
    assert stored == made | {"description": "新的描述"}

    page.get_by_role("link", name="不变", exact=True).click()
    page.get_by_role("button", name="移除已设置的密钥").click()
    expect(page.get_by_label("加签", exact=True)).to_have_attribute("placeholder", "保存后移除")
    page.get_by_role("button", name="移除 报警").click()
    _save(page, site)
    robot = site.server.get(f"/api/v1/services/{made['id']}")["robots"][0]
    assert (robot["has_secret"], robot["keywords"]) == (False, [])


def test_the_eye_shows_only_what_was_just_typed(site: Site, make: Callable[..., Any]) -> None:
    made = make("眼睛", secret=SECRET)
    page = site.visit(f"/services/{made['id']}/")
    secret = page.get_by_label("加签", exact=True)
    expect(secret).to_have_value("")
    secret.fill("SECnew")
    expect(secret).to_have_attribute("type", "password")
    page.get_by_role("button", name="显示或隐藏").first.click()
    expect(secret).to_have_attribute("type", "text")


def test_no_secret_stands_in_any_page(site: Site) -> None:
    made = site.server.make(
        "services",
        name="保密",
        type="dingtalk",
        send_to=["robot", "account"],
        robots=[{"alias": "群", "webhook": f"{_host(site)}/robot/send?access_token=s{TOKEN}", "secret": SECRET}],
        app={"client_id": "dingapp", "client_secret": CLIENT_SECRET, "robot_code": "dingapp"},
        accounts=[{"user_id": "user1", "name": "张三"}],
    )
    rule = site.server.make("rules", name="保密", states=["active_unacked"], notifications=[{"service": made["id"]}])
    page = site.visit("/services/")
    pages = ("/services/", f"/services/{made['id']}/", "/rules/", f"/rules/{rule['id']}/")
    shown = site.source(page, *pages, f"/rules/receivers/{made['id']}/")
    assert "user1" in shown
    for secret in (f"s{TOKEN}", TOKEN, SECRET, CLIENT_SECRET):
        assert secret not in shown


@pytest.mark.django_db
def test_secrets_of_another_key_ask_to_be_entered_again(
    engineer: User, signed_in: Callable[[User], Client], admin: User, settings: Any
) -> None:
    hook = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
    robot = RobotInput(alias="群", webhook=hook, secret=SECRET)
    made = services.create(ServiceInput(name="旧的", type="dingtalk", send_to=["robot"], robots=[robot]))
    settings.ENCRYPTION_KEY = "another key than before"
    client = signed_in(engineer)
    page = client.get(f"/services/{made.id}/").content.decode()
    assert "已保存的密钥无法读取" in page
    assert len(re.findall(r'required[^>]*placeholder="请重新填写"', page)) == 2
    again = {"robots": [{"id": made.robots[0].id, "alias": "群", "webhook": hook, "secret": SECRET}]}
    answer = client.post(f"/services/{made.id}/change/", again, content_type="application/json")
    assert answer.json() == {"location": "/services/"}
    assert services.describe(made.id).needs_secret is False


def test_switching_searching_and_sorting_in_the_list(site: Site, make: Callable[..., Any]) -> None:
    for name in ("甲 列表", "乙 列表"):
        make(name)
    page = site.visit("/services/?q=列表")
    expect(page.locator("tbody tr")).to_have_count(2)
    switch = page.get_by_role("checkbox", name="启用 甲 列表")
    switch.uncheck()
    expect(page.get_by_text("已停用：甲 列表")).to_be_visible()
    page.reload()
    expect(switch).not_to_be_checked()
    page.get_by_role("link", name="名称").click()
    expect(page.get_by_role("columnheader", name="名称")).to_have_attribute("aria-sort", "ascending")
    assert "乙" in page.locator("tbody tr").first.inner_text()
    page.get_by_role("searchbox").fill("没有这样的")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_role("heading", name="没有符合条件的条目")).to_be_visible()


def test_deleting_asks_and_names_the_rules_in_the_way(site: Site, make: Callable[..., Any]) -> None:
    made = make("要删的")
    rule = site.server.make("rules", name="还在用", states=["active_unacked"], notifications=[{"service": made["id"]}])
    page = site.visit("/services/?q=要删的")
    page.get_by_role("button", name="删除 要删的").click()
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    page.get_by_role("button", name="删除 要删的").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_role("alert")).to_contain_text("“还在用”")
    site.server.call("DELETE", f"/api/v1/rules/{rule['id']}")
    page.get_by_role("button", name="删除 要删的").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("已删除：要删的")).to_be_visible()


def test_leaving_a_changed_form_asks_first(site: Site) -> None:
    page = site.visit(FORM)
    page.get_by_label("关键词", exact=True).fill("报警")
    page.get_by_role("link", name="取消").click()
    asked = page.get_by_role("dialog", name="离开此页")
    expect(asked).to_be_visible()
    asked.get_by_role("button", name="取消").click()
    expect(page.get_by_role("heading", name="新增通知服务")).to_be_visible()
    page.get_by_role("link", name="取消").click()
    page.get_by_role("button", name="离开").click()
    expect(page).to_have_url(f"{site.server.url}/services/")


def test_who_may_not_configure_only_looks(site: Site, make: Callable[..., Any]) -> None:
    made = make("只看")
    page = site.visit("/services/?q=只看", person=VIEWER)
    expect(page.get_by_role("button", name="新增")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="启用 只看")).to_be_disabled()
    page.get_by_role("link", name="查看 只看").click()
    expect(page.get_by_label("别名")).to_be_disabled()
    expect(page.get_by_role("button", name="确认")).to_have_count(0)
    for path in ("new/", f"{made['id']}/change/", f"{made['id']}/enabled/", f"{made['id']}/delete/"):
        token = page.locator("body").get_attribute("data-csrf")
        answer = page.request.post(
            f"{site.server.url}/services/{path}", data="{}", headers={"X-CSRFToken": token or ""}
        )
        assert answer.status == 403


def test_in_english_on_a_phone(site: Site, make: Callable[..., Any]) -> None:
    make("phone")
    page = site.visit("/services/?q=phone", width=390, height=844, language="en-US")
    _nothing_is_cut_off(page)
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("DingTalk accounts").check()
    _nothing_is_cut_off(page)
    assert not re.findall(r"[\u4e00-\u9fff]", page.locator("main").inner_text())
    _name(page).fill("Line 1")
    page.get_by_label("DingTalk accounts").uncheck()
    page.get_by_label("Alias").fill("Shift")
    page.get_by_label("Webhook address").fill("https://oapi.dingtalk.com/other")
    page.get_by_role("button", name="Confirm").click()
    expect(_box(page.get_by_label("Webhook address"))).to_contain_text("must end with /robot/send")


def _host(site: Site) -> str:
    return site.server.settings["DINGBELL_DINGTALK_OAPI_URL"]


def _name(page: Page) -> Locator:
    return page.locator("input#name")


def _box(field: Locator) -> Locator:
    return field.locator("xpath=ancestor::*[@data-field][1]")


def _confirm(page: Page, *, enabled: bool) -> None:
    expect(page.get_by_role("button", name="确认")).to_be_enabled(enabled=enabled)


def _save(page: Page, site: Site) -> None:
    page.get_by_role("button", name="确认").click()
    expect(page).to_have_url(f"{site.server.url}/services/")


@pytest.mark.django_db
def test_without_apprise_the_wizard_says_what_to_install(
    signed_in: Callable[[User], Client], admin: User, engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(engineer)
    assert "dingbell[channels]" not in client.get("/services/").content.decode()
    monkeypatch.setattr(apprise, "available", lambda: False)
    shown = client.get("/services/").content.decode()
    assert re.search(r'value="apprise" disabled', shown)
    assert "需要安装 dingbell[channels]" in shown


def _paste(page: Page, text: str) -> None:
    page.get_by_label("唯一ID").first.evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def _nothing_is_cut_off(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
