"""Take the pictures of docs/guide.md: `.venv/bin/python scripts/guide_pictures.py` runs the demo and photographs it.

Needs the packages of the tests (Chromium, Chinese fonts). Nothing is left behind but docs/guide/*.png.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "guide"
PORT, SIMULATOR_PORT = 28080, 28090
_RUNS_FOR_S = 45  # until the plant has had something to tell
_WIDE, _PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 780}


def main() -> int:
    PICTURES.mkdir(exist_ok=True)
    with _demo() as password, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = chromium.new_page(viewport=_WIDE, locale="zh-CN", timezone_id="Asia/Shanghai")
        _sign_in(page, password)
        time.sleep(_RUNS_FOR_S)
        _photograph(page)
        chromium.close()
    print("\n".join(sorted(str(one.relative_to(ROOT)) for one in PICTURES.glob("*.png"))))
    return 0


def _photograph(page: Page) -> None:
    """In the order of the guide."""
    for name, path in (
        ("users", "/users/"),
        ("services", "/services/"),
        ("service", "/services/1/"),
        ("message", "/messages/1/"),
        ("schedule", "/schedules/1/"),
        ("calendar", "/schedules/1/calendar/"),
        ("rule", "/rules/2/"),
        ("sources", "/sources/"),
        ("alarms", "/alarms/"),
        ("history", "/history/"),
        ("deliveries", "/deliveries/"),
    ):
        page.goto(f"http://127.0.0.1:{PORT}{path}")
        _take(page, name)
    page.goto(f"http://127.0.0.1:{PORT}/alarms/")
    waiting = page.locator("tr", has=page.get_by_role("button", name="确认", exact=True)).first
    alarm = waiting.locator("a[href^='/alarms/']").first.get_attribute("href")
    page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
    page.goto(f"http://127.0.0.1:{PORT}{alarm}")
    _take(page, "acknowledge")


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png")


def _sign_in(page: Page, password: str) -> None:
    page.goto(f"http://127.0.0.1:{PORT}/account/login/")
    page.get_by_label("用户名").fill("admin")
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/alarms/")


@contextmanager
def _demo() -> Iterator[str]:
    """The administrator's password of a running `dingbell demo`."""
    command = [sys.executable, "-m", "dingbell", "demo", "--port", str(PORT), "--simulator-port", str(SIMULATOR_PORT)]
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        for line in demo.stdout or ():
            if found := re.search(r"admin\s+密码 (\S+)", line):
                yield found[1]
                return
        raise SystemExit("the demo did not start")
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(30)


if __name__ == "__main__":
    sys.exit(main())
