"""The people of a service on its page: imported from Excel, found, changed and removed one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from dingbell.users.models import User
from dingtalk_simulator.running import RunningSimulator
from tests.contact_files import BAD_FILES, LAYOUT_B, xlsx
from tests.pages.visiting import VIEWER, Site

pytestmark = pytest.mark.browser

APP = {"client_id": "dingapp", "client_secret": "the-client-secret-of-the-app", "robot_code": "dingapp"}
FILE = xlsx([
    ["员工UserID", "姓名", "手机号", "部门"],
    ["zhang3", "张三丰", "13900000001", "一车间"],
    *([f"u{number:03}", f"员工{number}", "", ""] for number in range(30)),
    [4220, "钱七", "", ""],
    [1234567890123456789, "孙八", "", ""],
])  # fmt: skip


@pytest.fixture
def make(site: Site) -> Callable[..., Any]:
    """`make("一号", accounts=[…])`: a stored service that sends to people."""

    def service(name: str, **changes: Any) -> Any:
        accounts = [{"user_id": "zhang3", "name": "张三"}, {"user_id": "li4", "name": "李四"}]
        document = {"name": name, "type": "dingtalk", "send_to": ["account"], "app": APP, "accounts": accounts}
        return site.server.make("services", **document | changes)

    return service


def test_import_into_a_stored_service(site: Site, make: Callable[..., Any], tmp_path: Path) -> None:
    made = make("导入")
    page = site.visit(f"/services/{made['id']}/")
    page.get_by_role("button", name="导入", exact=True).click()
    dialog = page.get_by_role("dialog", name="从 Excel 导入账号")
    expect(dialog.get_by_role("link", name="下载空白模板")).to_be_visible()
    _choose(page, tmp_path, BAD_FILES["job_number"])
    expect(dialog.get_by_role("alert")).to_contain_text("工号不是 UserID")
    _choose(page, tmp_path, FILE)
    expect(dialog.get_by_role("tab", name="30 新账号")).to_be_visible()
    expect(dialog.get_by_role("tab", name="30 新账号")).to_have_attribute("aria-selected", "true")
    expect(dialog.locator("tbody tr")).to_have_count(8)
    dialog.get_by_role("button", name="下一页").click()
    expect(dialog.get_by_role("cell", name="u008")).to_be_visible()
    dialog.get_by_role("tab", name="1 变更").click()
    expect(dialog.locator("tbody")).to_contain_text("姓名：张三 → 张三丰")
    dialog.get_by_role("tab", name="1 不能导入").click()
    expect(dialog.locator("tbody")).to_contain_text("Excel 已丢失末尾几位")
    assert len(site.server.get(f"/api/v1/services/{made['id']}/accounts")["items"]) == 2
    expect(dialog.get_by_role("button", name="导入 31 人")).to_be_enabled()
    dialog.get_by_label("待核对的 UserID 没有错，一并导入").check()
    dialog.get_by_label("移除不在文件中的账号").check()
    dialog.get_by_role("button", name="写入 33 项修改").click()
    expect(page.get_by_text("已导入 32 人。移除了 1 个账号。1 行不能导入。")).to_be_visible()
    expect(page.locator("#account-list")).to_contain_text("共 32 个")
    expect(dialog).to_be_hidden()


def test_one_account_at_a_time(site: Site, make: Callable[..., Any]) -> None:
    made = make("逐个")
    page = site.visit(f"/services/{made['id']}/", tolerate=("422",))
    page.get_by_role("button", name="添加账号").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("唯一ID").fill("zhang3")
    dialog.get_by_label("姓名").fill("王五")
    dialog.get_by_role("button", name="确认").click()
    expect(dialog).to_contain_text("这个服务已经有这个 userId：张三")
    dialog.get_by_label("唯一ID").fill("wang5")
    dialog.get_by_label("部门").fill("二车间")
    dialog.get_by_role("button", name="确认").click()
    expect(page.get_by_role("row", name="wang5")).to_contain_text("二车间")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="编辑 王五").click()
    expect(dialog.get_by_label("唯一ID")).to_be_focused()  # what is typed before would go there
    dialog.get_by_label("手机号").fill("13900000005")
    dialog.get_by_role("button", name="确认").click()
    expect(page.get_by_role("row", name="wang5")).to_contain_text("13900000005")
    page.get_by_role("button", name="移除 李四").click()
    page.get_by_role("dialog").get_by_role("button", name="移除").click()
    expect(page.get_by_role("row", name="li4")).to_have_count(0)
    page.get_by_label("描述").fill("账号不受影响")
    page.get_by_role("button", name="确认").click()
    expect(page).to_have_url(f"{site.server.url}/services/")
    stored = site.server.get(f"/api/v1/services/{made['id']}")
    assert [one["user_id"] for one in stored["accounts"]] == ["zhang3", "wang5"]


def test_by_mobile_number_and_a_check_of_the_directory(
    site: Site, make: Callable[..., Any], running_simulator: RunningSimulator
) -> None:
    running_simulator.post("/_sim/apps", APP)
    for user_id, name, mobile in (("zhang3", "张三", "13900000001"), ("zhao6", "赵六", "13900000006")):
        running_simulator.post("/_sim/users", {"user_id": user_id, "name": name, "mobile": mobile})
    made = make("通讯录")
    page = site.visit(f"/services/{made['id']}/")
    dialog = page.locator("#dialog")
    page.get_by_role("button", name="按手机号添加").click()
    dialog.get_by_label("手机号").fill("13900000006\n13911111111")
    dialog.get_by_role("button", name="查询").click()
    expect(dialog).to_contain_text("赵六")
    expect(dialog).to_contain_text("没有使用这个手机号的员工")
    dialog.get_by_role("button", name="添加 1 人").click()
    expect(page.get_by_text("已添加 1 人。")).to_be_visible()
    expect(page.get_by_role("row", name="zhao6")).to_contain_text("在职")
    page.get_by_role("button", name="核对通讯录").click()
    dialog.get_by_role("button", name="开始核对").click()
    expect(dialog).to_contain_text("核对完成。 已核对 3 / 3，已离职 1 人。")
    dialog.get_by_role("button", name="关闭").click()
    expect(page.get_by_role("row", name="li4")).to_contain_text("已离职")
    choice = page.request.get(f"{site.server.url}/rules/receivers/{made['id']}/").json()
    assert {one["name"]: one["detail"] for one in choice["found"]}["李四"] == "li4 · 已离职"
    page.get_by_role("button", name="已离职 1").click()
    expect(page.locator("#account-list tbody tr")).to_have_count(1)
    page.get_by_role("button", name="移除这些").click()
    page.get_by_role("dialog").get_by_role("button", name="移除", exact=True).click()
    expect(page.get_by_text("移除了 1 个账号。")).to_be_visible()
    assert [one["user_id"] for one in site.server.get(f"/api/v1/services/{made['id']}/accounts")["items"]] == [
        "zhang3", "zhao6",
    ]  # fmt: skip


def test_namesakes_of_one_department_are_told_apart(site: Site, make: Callable[..., Any]) -> None:
    same = {"name": "王强", "department": "一车间"}
    numbers = {"a1": "13900000021", "a2": "13900000022", "a3": ""}
    people = [same | {"user_id": user_id, "mobile": mobile} for user_id, mobile in numbers.items()]
    made = make("同名", accounts=[*people, {"user_id": "b", "name": "李强", "department": "一车间"}])
    page = site.visit("/services/")
    found = page.request.get(f"{site.server.url}/rules/receivers/{made['id']}/").json()["found"]
    assert [one["detail"] for one in found] == ["一车间 · 尾号 0021", "一车间 · 尾号 0022", "一车间 · a3", "一车间"]


def test_rows_that_are_left_out_say_why_and_their_people_are_found_by_mobile_number(
    site: Site, make: Callable[..., Any], running_simulator: RunningSimulator, tmp_path: Path
) -> None:
    running_simulator.post("/_sim/apps", APP)
    running_simulator.post("/_sim/users", {"user_id": "zhao8", "name": "赵洋", "mobile": "13900000008"})
    made = make("漏了编号")
    page = site.visit(f"/services/{made['id']}/")
    page.get_by_role("button", name="导入", exact=True).click()
    dialog = page.get_by_role("dialog", name="从 Excel 导入账号")
    _choose(page, tmp_path, xlsx([
        ["员工UserID", "姓名", "手机号"],
        ["", "赵洋", "13900000008"],
        ["li4", "李四", ""],
        ["li4", "李思", ""],
        [1234567890123456789, "孙八", ""],
    ]))  # fmt: skip
    expect(dialog.get_by_role("status").filter(has_text="UserID 相同而姓名不同")).to_be_visible()
    dialog.get_by_role("tab", name="1 合并的行").click()
    expect(dialog.get_by_role("row", name="4 li4 李思 3 李四")).to_be_visible()
    dialog.get_by_role("tab", name="1 不能导入").click()
    expect(dialog.locator("tbody")).to_contain_text("1.23457E+18")
    expect(dialog.get_by_role("button", name="按手机号查")).to_be_hidden()
    dialog.get_by_role("tab", name="1 跳过的行").click()
    expect(dialog.locator("tbody")).to_contain_text("没有 UserID")
    dialog.get_by_role("button", name="按手机号查这 1 人").click()
    page.locator("#dialog").get_by_role("button", name="添加 1 人").click()
    expect(page.locator("#dialog")).to_be_hidden()
    expect(dialog.locator("tbody")).to_contain_text("已有账号“赵洋”")
    expect(dialog.get_by_role("button", name="按手机号查")).to_be_hidden()


def test_import_while_creating_on_a_phone(site: Site, tmp_path: Path) -> None:
    page = site.visit("/services/new/?type=dingtalk", width=390)
    page.locator("input#name").fill("手机上新建")
    page.get_by_label("钉钉机器人").uncheck()
    page.get_by_label("钉钉账号").check()
    for label in ("ClientId", "ClientSecret", "RobotCode"):
        page.get_by_label(label).fill("dingapp")
    page.get_by_role("button", name="导入", exact=True).click()
    _choose(page, tmp_path, xlsx(LAYOUT_B))
    page.get_by_role("button", name="导入 2 人").scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="导入 2 人").click()
    expect(page.get_by_text("共 2 个")).to_be_visible()
    expect(page.get_by_label("唯一ID").nth(1)).to_have_value("012345678901234567890")
    page.get_by_role("button", name="确认").click()
    expect(page).to_have_url(f"{site.server.url}/services/")
    stored = next(one for one in site.server.get("/api/v1/services")["items"] if one["name"] == "手机上新建")
    assert [one["department"] for one in stored["accounts"]] == ["一车间/维修班", "二车间"]


def test_who_may_not_configure_only_reads(site: Site, make: Callable[..., Any]) -> None:
    made = make("只读账号")
    page = site.visit(f"/services/{made['id']}/", person=VIEWER)
    expect(page.get_by_role("row", name="zhang3")).to_be_visible()
    for button in ("添加账号", "导入", "编辑 张三"):
        expect(page.get_by_role("button", name=button)).to_have_count(0)


@pytest.mark.django_db
def test_only_engineers_import(viewer: User, admin: User, signed_in: Callable[[User], Client], engineer: User) -> None:
    addresses = [
        reverse("account_import_new"), reverse("account_import", args=[1]), reverse("account_new", args=[1]),
        reverse("account", args=[1, 1]), reverse("account_remove", args=[1, 1]), reverse("account_mobiles", args=[1]),
        reverse("account_check_begin", args=[1]),
    ]  # fmt: skip
    assert {signed_in(viewer).post(address).status_code for address in addresses} == {403}
    missing = signed_in(engineer)
    assert missing.post(addresses[1]).json() == {"problem": "文件是空的。"}
    assert [missing.get(address).status_code for address in addresses[2:4]] == [404, 404]


def _choose(page: Page, directory: Path, content: bytes) -> None:
    file = directory / "通讯录.xlsx"
    file.write_bytes(content)
    page.locator("dialog#import input[type=file]").set_input_files(file)
