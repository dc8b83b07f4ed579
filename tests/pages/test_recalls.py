"""已读 and 撤回, from the alarm to the person's chat and back, as an engineer sees it; and over REST."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from dingtalk_simulator.running import RunningSimulator
from tests.pages.visiting import VIEWER, Site
from tests.plant import Plant
from tests.serving import eventually

pytestmark = pytest.mark.browser


def told(site: Site, alarm_key: str) -> list[dict[str, Any]]:
    alarm = next(one for one in site.server.get("/api/v1/alarms")["items"] if one["key"] == alarm_key)
    items: list[dict[str, Any]] = site.server.get(f"/api/v1/deliveries?alarm={alarm['id']}")["items"]
    return items


def sent(site: Site, alarm_key: str, count: int) -> list[dict[str, Any]]:
    def all_sent() -> list[dict[str, Any]]:
        found = told(site, alarm_key)
        return found if [one["state"] for one in found] == ["sent"] * count else []

    return eventually(all_sent, what="sent")


def test_asking_who_has_read_it_and_taking_it_back(site: Site, running_simulator: RunningSimulator) -> None:
    plant = Plant(site.server, running_simulator, people=2)
    plant.tell("account")
    site.server.raise_alarm("pump", name="3号泵压力超高")
    second, first = sent(site, "pump", 2)
    running_simulator.post("/_sim/read", {"user_id": "user000"})

    page = site.visit(f"/deliveries/{first['id']}/")
    page.get_by_role("button", name="查询已读").click()
    expect(page.get_by_text("已读：user000。 未读：user001。")).to_be_visible()
    expect(page.locator(".facts .in-chat.read")).to_have_text("已读")
    page.get_by_role("button", name="撤回").click()
    expect(page.get_by_role("dialog")).to_contain_text("所有人的钉钉里消失")
    page.get_by_role("dialog").get_by_role("button", name="撤回").click()
    expect(page.get_by_text("已撤回 1 条")).to_be_visible()
    expect(page.locator(".facts .in-chat.recalled")).to_have_text("已撤回")
    expect(page.get_by_role("button", name="撤回")).to_have_count(0)
    answers = [site.server.get(f"/api/v1/deliveries/{one['id']}") for one in (first, second)]
    assert all(one["recalled_at"] and one["state"] == "sent" for one in answers)
    assert [one["read_at"] is None for one in answers] == [False, True]

    page.goto(f"{site.server.url}/deliveries/")
    expect(page.locator(".delivery-table .in-chat.recalled")).to_have_count(2)
    assert "撤回时间" in site.source(page, "/deliveries/export.csv")


def test_an_alarm_s_messages_are_taken_back_from_its_page(site: Site, running_simulator: RunningSimulator) -> None:
    site.server.raise_alarm("valve", name="2号阀门未关")
    sent(site, "valve", 2)
    site.server.clear_alarm("valve")
    alarm = sent(site, "valve", 4)[0]["alarm"]
    expect(site.visit(f"/alarms/{alarm}/", person=VIEWER).locator(".story-card")).to_be_visible()
    page = site.visit(f"/alarms/{alarm}/")
    running_simulator.post(
        "/_sim/faults",
        {"path": "/v1.0/robot/otoMessages/batchRecall", "times": 1, "code": "system.error", "status": 400},
    )
    page.get_by_role("button", name="撤回个人消息").click()
    page.get_by_role("dialog").get_by_role("button", name="撤回").click()
    expect(page.locator(".story .in-chat.recalled")).to_have_count(4)  # DingTalk's first no was of the passing kind
    expect(page.get_by_role("button", name="撤回个人消息")).to_have_count(0)
    looked = site.server.post(f"/api/v1/alarms/{alarm}/recall", None)
    assert looked.json == {"recalled": [], "waiting": [], "refused": []}


def test_a_viewer_may_only_look(site: Site) -> None:
    page = site.visit("/deliveries/", person=VIEWER)
    page.locator(".delivery-table .of-time a").first.click()
    expect(page.get_by_role("button", name="撤回")).to_have_count(0)
    expect(page.get_by_role("button", name="查询已读")).to_have_count(0)
