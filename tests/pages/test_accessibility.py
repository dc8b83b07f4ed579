"""Every page as a screen reader and a slow line meet it: axe finds nothing serious, and a page weighs little."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.pages.addresses import PAGES, furnish
from tests.pages.visiting import ADMIN, Site

pytestmark = pytest.mark.browser

_AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
_LOOK = """async (scheme) => {
  document.documentElement.dataset.bsTheme = scheme;
  await Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})));
  const rules = scheme === "dark" ? { runOnly: ["color-contrast"] } : {}; // the rest is the same in the dark
  const { violations } = await axe.run({ resultTypes: ["violations"], ...rules });
  return violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 4).join(" | ")}`);
}"""
_MOST_BYTES = 400 * 1024
_PHONE: ViewportSize = {"width": 390, "height": 844}
_DESKTOP: ViewportSize = {"width": 1440, "height": 900}


def test_no_page_shuts_anybody_out_weighs_much_or_is_cut_off(site: Site) -> None:
    made = furnish(site.server)
    page = site.visit("/account/", person=ADMIN, tolerate=("404",))
    received = _count_bytes(page)
    axe = _AXE.read_text("utf-8")
    complaints: list[str] = []
    for pattern in PAGES:
        path = pattern.format(**made)
        received.clear()
        page.goto(site.server.url + path)
        if sum(received) > _MOST_BYTES:
            complaints.append(f"{path} weighs {sum(received)} bytes")
        page.evaluate(axe)
        for scheme in ("light", "dark"):
            complaints += [f"{path} {scheme} {found}" for found in page.evaluate(_LOOK, scheme)]
        page.set_viewport_size(_PHONE)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            complaints.append(f"{path} is wider than a phone")
        page.set_viewport_size(_DESKTOP)
    assert not complaints, "\n".join(complaints)


def _count_bytes(page: Page) -> list[int]:
    """The bytes of every answer from now on, as they came over the line; nothing comes from the cache."""
    received: list[int] = []
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def count(event: dict[str, Any]) -> None:
        received.append(int(event["encodedDataLength"]))

    line.on("Network.loadingFinished", count)
    return received
