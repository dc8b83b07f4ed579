"""审计, 接入 and 设置 as pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from dingbell.notify.rules import rules
from dingbell.notify.rules.documents import BlockInput, MatchDocument, RuleInput
from dingbell.notify.services import services
from dingbell.notify.services.documents import RobotInput, ServiceInput
from dingbell.users import acting, audit
from dingbell.users.models import AuditEntry, User
from tests.pages.visiting import ADMIN, Site

SignedIn = Callable[[User], Client]


@pytest.fixture
def client(admin: User, signed_in: SignedIn) -> Client:
    return signed_in(admin)


@pytest.mark.django_db
def test_a_change_reads_as_in_the_form(client: Client, admin: User) -> None:
    with acting.acting_as(acting.person("wang")):
        robots = [RobotInput(alias="值班群", webhook="a-robots-own-token-0001")]
        service = services.create(ServiceInput(name="一车间", type="dingtalk", send_to=["robot"], robots=robots))
        block = BlockInput(service=service.id, receivers=[{"robot": service.robots[0].id}])
        rule = rules.create(RuleInput(name="夜班", states=["active_unacked"], notifications=[block]))
        match = MatchDocument(priorities=["critical"], paths=["一车间/**"])
        rules.update(rule.id, RuleInput(match=match, enabled=False, states=["cleared_acked"]))
        changed = AuditEntry.objects.latest("id")
        secret = RobotInput(id=service.robots[0].id, secret="SECabc")
        services.update(service.id, ServiceInput(robots=[secret]))
    page = _text(client.get(f"/audit/{changed.id}/"))
    for line in ("启用 是 否", "报警条件 活动未确认 恢复已确认", "匹配 · 级别 — 紧急", "匹配 · 路径 — 一车间/**"):
        assert line in page
    created = AuditEntry.objects.get(kind="rule", action="created")
    assert "通知“1” 通知服务 一车间，接收者 值班群" in _text(client.get(f"/audit/{created.id}/"))
    assert "机器人“值班群” · 密钥 — 已更换" in _text(client.get(f"/audit/{AuditEntry.objects.latest('id').id}/"))
    listed = _text(client.get("/audit/?kind=rule&actor=user:wang"))
    assert "王工 修改 通知规则 夜班" in listed
    assert "一车间" not in listed


@pytest.mark.django_db
def test_it_is_paged_and_what_cannot_be_understood_does_not_narrow(client: Client) -> None:
    for number in range(60):
        audit.record("rule", number, f"规则 {number}", None, {"name": "x"})
    page = client.get("/audit/?kind=rule&since=x&object=y").content.decode()
    assert page.count("<details") == 50
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    page = client.get(following[1].replace("&amp;", "&")).content.decode()
    assert page.count("<details") == 10
    assert "回到最新" in page
    assert "没有符合条件的条目" in client.get("/audit/?q=nothing%00").content.decode()
    assert client.get("/audit/987654/").status_code == 404


@pytest.mark.django_db
def test_settings_say_what_is_set_and_hide_what_is_secret(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DINGBELL_PROXY", "http://me:hidden@10.0.0.1:3128")
    page = _text(client.get("/settings/"))
    assert "DINGBELL_SECRET_KEY 已设置" in page
    assert "DINGBELL_TIME_ZONE Asia/Shanghai 默认" in page
    assert "没有设置 DINGBELL_PUBLIC_URL" in page
    assert "Django" in page
    assert "hidden" not in page
    assert str(settings.ENCRYPTION_KEY) not in page


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/audit/", "/settings/"])
def test_they_are_for_administrators(admin: User, engineer: User, signed_in: SignedIn, path: str) -> None:
    assert signed_in(engineer).get(path).status_code == 403


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_from_a_source_to_what_stands_in_the_audit(site: Site, width: int) -> None:
    site.server.raise_alarm(f"key-{width}", source=f"plc-{width}")
    english = width < 600
    page = site.visit("/sources/", person=ADMIN, width=width, language="en-US" if english else "zh-CN")
    expect(page.get_by_role("row").filter(has_text=f"plc-{width}")).to_be_visible()
    expect(page.locator("#curl")).to_contain_text(f"{site.server.url}/api/v1/events")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="New token" if english else "新建令牌").click()
    expect(page.get_by_label("events:write")).to_be_checked()
    page.locator("[name=name]").fill(f"plc {width}")
    page.get_by_role("button", name="Confirm" if english else "确认").click()
    page.goto(f"{site.server.url}/audit/?kind=token")
    entry = page.locator(".audit li").filter(has_text=f"plc {width}")
    entry.locator("summary").click()
    expect(entry.get_by_role("row").filter(has_text="events:write")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto(f"{site.server.url}/settings/")
    expect(page.get_by_text("DINGBELL_TIME_ZONE")).to_be_visible()
    if english:
        assert not re.search(r"[\u4e00-\u9fff]", page.locator("main").inner_text())


def _text(response: Any) -> str:
    """The text of the page, a space between any two parts."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
