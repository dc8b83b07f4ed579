"""Long pages, long names and narrow screens: nothing is lost, nothing takes all the room."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.pages.visiting import Site

pytestmark = pytest.mark.browser


def test_the_menu_stays_in_view_on_a_long_page(site: Site) -> None:
    page = site.visit("/messages/new/", height=500)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.evaluate("scrollY") > 500
    menu = page.get_by_role("navigation", name="主菜单")
    expect(menu.get_by_role("link", name="钉铃")).to_be_in_viewport(ratio=0.9)
    assert abs(_box(menu)["y"]) < 1


@pytest.mark.parametrize("width", [1440, 390])
def test_one_long_alarm_leaves_room_for_the_others(site: Site, width: int) -> None:
    name, path = "长" * 2000, "一车间/" + "远" * 400
    site.server.raise_alarm("endless", name=name, description="述" * 2000, path=path)
    page = site.visit("/alarms/?q=endless", width=width)
    link = page.get_by_role("link", name="长长长")
    expect(link).to_have_attribute("title", name)
    assert _box(link)["height"] < 60
    assert _box(page.locator("tr.alarm"))["height"] < 220
    page.goto(f"{site.server.url}/history/?q=endless")
    assert _box(page.locator(".history-table tbody tr"))["height"] < 220
    page.get_by_role("link", name="长长长").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_the_history_in_english_fits_a_phone(site: Site) -> None:
    site.server.raise_alarm("narrow", name="Cooling", priority="critical", value=112.4, unit="bar", path="A/B")
    [alarm] = site.server.get("/api/v1/alarms?q=Cooling")["items"]
    site.server.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {"note": "On the way. " * 5})
    page = site.visit("/history/?q=Cooling", width=390, language="en-US")
    expect(page.locator(".of-kind")).to_have_text(["Acknowledged", "Raised"])
    right = _box(page.locator("#history"))["width"] + _box(page.locator("#history"))["x"]
    for cell in page.locator(".history-table td:visible").all():
        assert _box(cell)["x"] + _box(cell)["width"] <= right, cell.inner_text()


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_the_tiles_of_the_priorities_fit_a_phone(site: Site, language: str) -> None:
    site.server.report(*({"key": f"k{number}", "state": "active", "priority": "critical"} for number in range(100)))
    page = site.visit("/alarms/", width=390, language=language)
    expect(page.locator("#count-critical b")).to_have_text(re.compile("10[01]"))
    for tile in page.locator(".level-tile").all():
        name = _box(tile.locator(".level-name"))
        assert name["x"] + name["width"] <= _box(tile)["x"] + _box(tile)["width"]
        assert name["height"] < 24, "in two lines"


def _box(place: Locator) -> dict[str, float]:
    box = place.bounding_box()
    assert box is not None
    return dict(box)
