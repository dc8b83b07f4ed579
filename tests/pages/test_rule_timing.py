"""发送时机 in a block of a rule: filled in, said in one line, refused at its field, kept and opened again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.pages.test_rules import _service
from tests.pages.visiting import Site

pytestmark = pytest.mark.browser


def test_a_timing_is_said_in_a_line_and_kept(site: Site) -> None:
    groups = _service(site, "时机群", robots={"群": "robot-of-timing-0001"})
    _service(site, "时机人", people=["张三"])
    made = site.server.make("rules", name="时机", states=["active_unacked"], notifications=[{"service": groups["id"]}])
    page = site.visit(f"/rules/{made['id']}/")
    timing = page.locator("[data-object=timing]").first
    line = timing.locator("summary")
    expect(line).to_contain_text("立即发送，只发一次")
    line.click()
    expect(timing.get_by_label("恢复后撤回")).to_be_hidden()
    timing.get_by_label("延迟").fill("30")
    timing.get_by_label("每几分钟提醒一次").fill("10")
    timing.get_by_label("最多提醒几次").fill("999")
    for box in ("报警已恢复", "报警被搁置"):
        timing.get_by_label(box).uncheck()
    timing.get_by_label("收集几秒").fill("20")
    timing.get_by_label("排程之外").select_option("等排程开始再发送")
    expect(line).to_contain_text("延迟 30 秒；每 10 分钟重复，最多 999 次，直到确认；收集 20 秒")
    page.get_by_role("button", name="确认").click()
    expect(timing.get_by_label("最多提醒几次")).to_be_focused()
    expect(timing).to_contain_text("应在 0 和 100 之间")
    timing.get_by_label("最多提醒几次").fill("3")
    page.get_by_label("通知服务").select_option("时机人")
    timing.get_by_label("恢复后撤回").check()
    page.get_by_role("button", name="确认").click()
    expect(page).to_have_url(f"{site.server.url}/rules/")
    kept = site.server.get(f"/api/v1/rules/{made['id']}")["notifications"][0]["timing"]
    assert kept == {
        "delay_s": 30, "repeat_minutes": 10, "repeat_most": 3, "quiet": ["acked"], "recovery_to_told": False,
        "outside": "hold", "gather": {"delay_s": 20, "every_s": 0}, "recall_on_clear": True, "receipts": False,
    }  # fmt: skip
    page.goto(f"{site.server.url}/rules/{made['id']}/")
    expect(line).to_contain_text("最多 3 次，直到确认；收集 20 秒，合并成一条；排程之外的等到排程开始再发；恢复后撤回")
    page.get_by_role("button", name="确认").click()
    expect(page).to_have_url(f"{site.server.url}/rules/")
    assert site.server.get(f"/api/v1/rules/{made['id']}")["notifications"][0]["timing"] == kept
