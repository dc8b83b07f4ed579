"""What pages say when the system itself is in trouble, and where people say when a source is missed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import expect

from dingbell.alarms.models import SourceRow
from dingbell.delivery.models import Lane, SilentLane
from dingbell.notify.models import Robot, Service
from dingbell.storage.times import MINUTE, now_us
from dingbell.users.models import User
from tests.pages.visiting import Site


@pytest.fixture
def person(admin: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(admin)


def _robot(alias: str, key: str) -> None:
    service, _made = Service.objects.get_or_create(name="一车间钉钉", type="dingtalk")
    Robot.objects.create(service=service, alias=alias, url="https://x", token="", budget_key=key)


@pytest.mark.django_db
def test_the_banner_says_what_is_wrong_and_since_when(person: Client) -> None:
    quiet = person.get("/system/banner/").content.decode()
    assert 'class="silence' not in quiet
    for alias, key in (("值班群", "r:1"), ("备用群", "r:2")):
        _robot(alias, key)
    SilentLane.objects.create(lane="r:1", since_us=now_us() - 20 * MINUTE, noticed_us=now_us())
    Lane.objects.create(key="r:2", trouble="token_invalid", trouble_us=now_us() - MINUTE)
    Lane.objects.create(key="r:deleted", trouble="token_invalid", trouble_us=1)
    SourceRow.objects.create(name="<plc>", silent_minutes=5, silent_us=now_us() - 9 * MINUTE)

    shown = person.get("/system/banner/").content.decode()
    for words in ("消息发不出去：值班群", "钉钉拒绝：备用群", "接入没有声音：&lt;plc&gt;"):
        assert words in shown
    assert "消息发不出去：值班群" in person.get("/sources/").content.decode(), "on every page"
    stamp = re.findall(r'name="stamp" value="(\w+)"', shown)[0]
    assert person.get("/system/banner/", {"stamp": stamp}).status_code == 204
    assert person.get("/system/banner/", {"stamp": "other"}).status_code == 200
    assert Client().get("/system/banner/").status_code == 204, "nobody is led away from a form by it"


@pytest.mark.browser
def test_how_long_a_source_may_be_silent(site: Site) -> None:
    site.server.report({"source": "一车间/plc", "key": "S1", "state": "active"})
    page = site.visit("/sources/", width=390)
    page.get_by_role("button", name="一车间/plc 无声多久提醒：不提醒").click()
    minutes = page.get_by_label("分钟")
    expect(minutes).to_be_focused()
    minutes.fill("99999999")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_text("应为 0 到 43200 分钟")).to_be_visible()
    minutes.fill("15")
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("button", name="一车间/plc 无声多久提醒：15 分钟")).to_be_visible()
    (source,) = (one for one in site.server.get("/api/v1/sources")["items"] if one["name"] == "一车间/plc")
    assert source["silent_minutes"] == 15


@pytest.mark.browser
def test_a_service_is_chosen_for_system_notices(site: Site) -> None:
    made = site.server.make(
        "services",
        name="系统群",
        type="dingtalk",
        robots=[{"alias": "系统群", "webhook": "https://oapi.dingtalk.com/robot/send?access_token=" + "5" * 32}],
    )
    page = site.visit(f"/services/{made['id']}/")
    page.get_by_label("接收系统通知").check()
    page.get_by_role("button", name="确认").click()
    expect(page.get_by_role("row", name="系统群").get_by_text("系统通知")).to_be_visible()
    assert site.server.get(f"/api/v1/services/{made['id']}")["tells_system"] is True
