"""Two people change the same thing: nobody's change is lost unseen."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.pages.visiting import ADMIN, Site


def test_a_form_asks_before_it_replaces_what_somebody_else_saved(site: Site) -> None:
    group = site.server.make("groups", name="两个窗口", paths=["一车间/**"])["id"]
    first, second = site.visit(f"/groups/{group}/"), site.visit(f"/groups/{group}/", person=ADMIN)
    second.get_by_label("描述").fill("管理员写的")
    second.get_by_role("button", name="确认").click()
    expect(second.locator(".note")).to_contain_text("已保存：两个窗口")

    def description() -> str:
        [now] = [one for one in site.server.get("/api/v1/groups")["items"] if one["id"] == group]
        return str(now["description"])

    first.get_by_label("描述").fill("工程师写的")
    save = first.locator("form[data-document]").get_by_role("button", name="确认")
    save.click()
    asked = first.locator("#confirm")
    expect(asked).to_contain_text(f"打开这一页之后，{ADMIN} 已经修改了“两个窗口”")
    asked.get_by_role("button", name="取消").click()
    expect(first.get_by_label("描述")).to_have_value("工程师写的")
    assert description() == "管理员写的"
    save.click()
    asked.get_by_role("button", name="覆盖并保存").click()
    expect(first.locator(".note")).to_contain_text("已保存：两个窗口")
    assert description() == "工程师写的"
