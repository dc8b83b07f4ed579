"""What lists of configuration have in common: filters, ticks, copies, refusals told by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from dingbell.notify.models import Robot, Rule, Service
from dingbell.notify.rules import rules
from dingbell.notify.rules.documents import BlockInput, RuleInput
from dingbell.notify.services import services
from dingbell.notify.services.documents import RobotInput, ServiceAnswer, ServiceInput
from dingbell.storage.secrets import decrypt
from dingbell.users.models import User
from tests.pages.visiting import Site

SECRET = "SECa-signing-secret"


def make(name: str, **changes: Any) -> ServiceAnswer:
    robot = RobotInput(alias="值班群", webhook=f"token-of-{name.encode().hex():0>24}", secret=SECRET)
    return services.create(ServiceInput(name=name, type="dingtalk", send_to=["robot"], robots=[robot], **changes))


def tell_through(service: ServiceAnswer, name: str) -> None:
    rules.create(RuleInput(name=name, states=["active_unacked"], notifications=[BlockInput(service=service.id)]))


@pytest.fixture
def client(admin: User, engineer: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(engineer)


def names(client: Client, query: str) -> list[str]:
    return [row.name for row in client.get(f"/services/{query}").context["listing"].rows]


@pytest.mark.django_db
def test_a_list_is_filtered_and_sorted_and_passes_over_what_is_not_there(client: Client) -> None:
    for name, enabled in (("乙", True), ("甲", False), ("丙", True)):
        make(name, enabled=enabled)
    assert names(client, "") == names(client, "?sort=token&enabled=perhaps&page=x") == ["丙", "甲", "乙"]
    assert names(client, "?enabled=yes&sort=name") == ["丙", "乙"]
    assert names(client, "?enabled=no") == ["甲"]
    assert names(client, "?q=%00甲") == ["甲"]
    page = client.get("/services/?enabled=no&q=乙").content.decode()
    assert "没有符合条件的条目" in page
    assert 'name="enabled" value="no"' in page  # a search keeps the chip


@pytest.mark.django_db
def test_one_press_for_all_ticked_rows_tells_which_refused(client: Client) -> None:
    free, used = make("没人用"), make("有人用")
    tell_through(used, "夜班")
    ids = [str(free.id), str(used.id), "987654", "x", "9" * 40]
    assert (
        client.post("/services/ticked/?sort=name", {"do": "disable", "id": ids})["Location"] == "/services/?sort=name"
    )
    assert not Service.objects.filter(enabled=True).exists()
    page = client.post("/services/ticked/", {"do": "delete", "id": ids}, follow=True).content.decode()
    assert "已删除 1 项" in page
    assert "没有删除“有人用”。通知规则正在使用这个服务：“夜班”。" in page
    assert list(Service.objects.values_list("name", flat=True)) == ["有人用"]
    for wrong in ({"do": "burn", "id": ids}, {}):
        assert client.post("/services/ticked/", wrong).status_code == 400


@pytest.mark.django_db
def test_many_refusals_fit_into_one_note(client: Client) -> None:
    made = [make(f"{number} 号") for number in range(7)]
    for service in made:
        tell_through(service, f"规则 {service.id}")
    page = client.post("/services/ticked/", {"do": "delete", "id": [one.id for one in made]}, follow=True)
    text = page.content.decode()
    assert text.count("没有删除“") == 5
    assert "还有 2 项" in text


@pytest.mark.django_db
def test_a_copy_has_the_secrets_and_does_not_send(client: Client) -> None:
    first = make("一车间")
    for expected in ("一车间 (副本)", "一车间 (副本 2)"):
        made = client.post(f"/services/{first.id}/copy/")
        copied = Service.objects.latest("id")
        assert (made["Location"], copied.name, copied.enabled) == (f"/services/{copied.id}/", expected, False)
        assert decrypt(Robot.objects.get(service=copied).secret) == SECRET
    assert Robot.objects.filter(service=first.id).count() == 1
    tell_through(first, "长" * 100)
    client.post(f"/rules/{Rule.objects.get().id}/copy/")
    rule = Rule.objects.latest("id")
    assert (rule.name, rule.enabled) == ("长" * 95 + " (副本)", False)
    assert rule.blocks.get().service_id == first.id
    assert client.post("/rules/987654/copy/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/services/ticked/", "/services/1/copy/", "/rules/ticked/", "/rules/1/copy/"])
def test_who_only_looks_changes_nothing(
    admin: User, viewer: User, signed_in: Callable[[User], Client], path: str
) -> None:
    assert signed_in(viewer).post(path, {"do": "delete", "id": "1"}).status_code == 403


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_rows_are_ticked_and_copied(site: Site, width: int) -> None:
    for number, name in enumerate(("甲", "乙")):
        robot = {"alias": "群", "webhook": f"a-robots-own-token-{width}-{number}"}
        site.server.make("services", name=f"{name}{width}", type="dingtalk", send_to=["robot"], robots=[robot])
    page = site.visit(f"/services/?q={width}", width=width)
    page.get_by_role("checkbox", name="全选").check()
    page.get_by_role("button", name="停用", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("已停用 2 项")
    expect(page.get_by_role("checkbox", name=f"启用 甲{width}")).not_to_be_checked()
    page.get_by_role("link", name="启用", exact=True).click()
    expect(page.get_by_role("heading", name="没有符合条件的条目")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name=f"复制 甲{width}").click()
    expect(page.get_by_label("名称", exact=True)).to_have_value(f"甲{width} (副本)")
    page.goto(f"{site.server.url}/services/?q={width}")
    _tick(page, f"甲{width}")
    page.get_by_role("button", name="删除", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_role("status")).to_have_text("已删除 1 项")


def _tick(page: Page, name: str) -> None:
    page.get_by_role("checkbox", name=f"选择“{name}”").check()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
