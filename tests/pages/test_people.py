"""用户, 令牌 and 我的账号: what an administrator does there, and what everybody does for themselves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import expect

from dingbell.storage.times import now_us
from dingbell.users import lockout, tokens
from dingbell.users.models import ApiToken, AuditEntry, Session, User
from tests.conftest import PASSWORD
from tests.pages.visiting import ADMIN, Site

SignedIn = Callable[[User], Client]


@pytest.fixture
def client(admin: User, signed_in: SignedIn) -> Client:
    cache.clear()
    return signed_in(admin)


@pytest.mark.django_db
def test_a_person_is_added_with_a_password_that_is_shown_once_and_must_be_changed(client: Client) -> None:
    page = client.post("/users/new/", {"username": "sun", "display_name": "孙工", "role": "engineer", "password": ""})
    shown = re.search(r'value="([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})"', page.content.decode())
    assert shown is not None
    assert shown[1] not in client.get("/users/").content.decode()
    theirs = Client()
    theirs.post("/account/login/", {"login": "sun", "password": shown[1]})
    assert theirs.get("/rules/")["Location"] == "/account/password/"
    assert "请先换成自己的密码" in theirs.get("/account/password/").content.decode()
    change = {"oldpassword": shown[1], "password1": PASSWORD, "password2": PASSWORD}
    assert theirs.post("/account/password/", change)["Location"] == "/account/"
    assert theirs.get("/rules/").status_code == 200
    assert theirs.get("/users/").status_code == theirs.get("/tokens/").status_code == 403
    kept = str(list(AuditEntry.objects.values()))
    assert shown[1] not in kept
    assert AuditEntry.objects.get(kind="user", action="created").actor == "user:wang"


@pytest.mark.django_db
def test_what_cannot_be_a_person_says_why(client: Client) -> None:
    wrong = {"username": "a b", "role": "operator", "password": "short"}
    page = client.post("/users/new/", wrong).content.decode()
    assert "用户名只能包含" in page
    assert "密码太短，至少需要 10 个字符。" in page
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_the_last_administrator_stays_whichever_way_one_tries(client: Client, admin: User, engineer: User) -> None:
    words = "至少需要一个启用的管理员。"
    assert words in client.post(f"/users/{admin.id}/", {"role": "viewer", "active": "on"}).content.decode()
    assert words.encode("unicode_escape") in client.post(f"/users/{admin.id}/enabled/")["HX-Trigger"].encode()
    assert words in client.post(f"/users/{admin.id}/delete/", follow=True).content.decode()
    page = client.post("/users/ticked/", {"do": "delete", "id": [admin.id, engineer.id]}, follow=True).content.decode()
    assert f"没有删除“{admin}”。{words}" in page
    assert list(User.objects.all()) == [admin]


@pytest.mark.django_db
def test_a_person_is_changed_reset_unlocked_and_signed_out(client: Client, engineer: User, signed_in: SignedIn) -> None:
    path = f"/users/{engineer.id}/"
    client.post(path, {"display_name": "李师傅", "role": "operator", "active": "on"})
    engineer.refresh_from_db()
    assert (engineer.display_name, engineer.role, engineer.is_active) == ("李师傅", "operator", True)

    for _ in range(lockout.TRIES):
        lockout.attempt("li", now_us())
    assert "锁定到" in client.get("/users/").content.decode()
    assert "已解锁：li" in client.post(f"{path}unlock/", follow=True).content.decode()

    theirs = signed_in(engineer)
    assert "已退出 1 台设备。" in client.post(f"{path}sessions/end/", follow=True).content.decode()
    assert theirs.get("/account/").status_code == 302

    theirs = signed_in(engineer)
    assert "的新密码" in client.post(f"{path}password/").content.decode()
    assert not Session.objects.filter(user=engineer).exists()
    assert theirs.get("/account/").status_code == 302
    done = AuditEntry.objects.filter(object_id=engineer.id).order_by("id").values_list("kind", "action")
    assert list(done) == [
        ("user", "changed"),
        ("signin", "unlocked"),
        ("signin", "sessions_ended"),
        ("user", "changed"),
    ]


@pytest.mark.django_db
def test_one_ends_what_is_ones_own_only(admin: User, engineer: User, signed_in: SignedIn) -> None:
    here, phone, other = signed_in(engineer), signed_in(engineer), signed_in(admin)
    page = here.get("/account/").content.decode()
    device = re.search(r'name="device" value="([0-9a-f]{16})"', page)
    assert device is not None
    assert "本机" in page
    assert phone.session.session_key not in page
    other.post("/account/devices/end/", {"device": device[1]})
    assert phone.get("/account/").status_code == 200
    here.post("/account/devices/end/", {"device": device[1]})
    assert phone.get("/account/").status_code == 302
    signed_in(engineer)
    here.post("/account/devices/end/")
    assert [one.session_key for one in Session.objects.filter(user=engineer)] == [here.session.session_key]
    assert other.get("/account/").status_code == 200


@pytest.mark.django_db
def test_a_token_is_shown_once_listed_and_revoked(client: Client) -> None:
    page = client.post("/tokens/new/", {"name": "一车间", "scopes": ["events:write"]}).content.decode()
    token = ApiToken.objects.get()
    plain = re.search(r'value="(dbt_[^"]+)"', page)
    assert plain is not None
    assert tokens.grants()[tokens.digest(plain[1])].name == "一车间"
    listed = client.get("/tokens/?state=valid").content.decode()
    assert "一车间" in listed
    assert plain[1] not in listed
    assert "已吊销：一车间" in client.post(f"/tokens/{token.id}/revoke/", follow=True).content.decode()
    assert tokens.grants() == {}
    assert "一车间" not in client.get("/tokens/?state=valid").content.decode()
    assert "checked" in client.get("/tokens/new/?scope=events:write").content.decode()
    assert "invalid-feedback" in client.post("/tokens/new/", {"name": "x", "scopes": ["all"]}).content.decode()
    assert plain[1] not in str(list(AuditEntry.objects.values()))


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_an_administrator_walks_through_people_and_tokens(site: Site, width: int) -> None:
    page = site.visit("/users/", person=ADMIN, width=width, language="zh-CN" if width > 600 else "en-US")
    zh = width > 600
    page.get_by_role("link", name="新增" if zh else "Add").click()
    name = f"new{width}"
    page.get_by_label("用户名" if zh else "User name").fill(name)
    page.get_by_role("link", name="取消" if zh else "Cancel").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_be_visible()
    asked.get_by_role("button", name="取消" if zh else "Cancel").click()
    page.get_by_role("button", name="确认" if zh else "Confirm").click()
    expect(page.locator("#secret")).to_have_value(re.compile(r"^\w{4}-\w{4}-\w{4}$"))
    page.get_by_role("button", name="复制" if zh else "Copy").click()
    expect(page.get_by_role("status")).to_have_text("已复制" if zh else "Copied")
    page.get_by_role("link", name="完成" if zh else "Done").click()
    page.get_by_role("checkbox", name=f"启用 {name}" if zh else f"Enable {name}").click()
    expect(page.get_by_role("status")).to_have_text(f"已停用：{name}" if zh else f"Disabled: {name}")

    page.goto(f"{site.server.url}/tokens/")
    page.get_by_role("link", name="新增" if zh else "Add").first.click()
    page.get_by_label("名称" if zh else "Name").fill("plc")
    page.get_by_label("events:write").check()
    page.get_by_role("button", name="确认" if zh else "Confirm").click()
    expect(page.locator("#secret")).to_have_value(re.compile("^dbt_"))
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
