"""How long the server takes for each page and list of a plant with a year of history (`bench.seeding`)."""

from __future__ import annotations

import http.cookiejar
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from bench.bench import Bench
from bench.figures import SQLITE, AtMost, Figure
from bench.processes import BenchFailed, Child, environment, free_port, python
from bench.seed import ADMIN, PASSWORD

_MOST_MS = 150
_PATIENCE_S = 60
_LOOKS = 9

# Of every page and list the plain one, and the questions that find little in much.
PAGES = (
    ("实时报警", "/alarms/"),
    ("实时报警，按区域", "/alarms/?area=3车间"),
    ("一个报警", "/alarms/7/"),
    ("通知服务", "/services/"),
    ("一个通知服务（5,000 个账号）", "/services/1/"),
    ("通知规则", "/rules/"),
    ("一个通知规则", "/rules/1/"),
    ("发送记录", "/deliveries/"),
    ("失败记录", "/deliveries/?state=failed"),
    ("发送记录，一个规则的失败", "/deliveries/?state=failed&rule=7"),
)


def measure(bench: Bench) -> list[Figure]:
    directory = bench.directory / "pages"
    _seed(bench, directory)
    port = free_port()
    serve = python("dingbell", "serve", "--port", str(port))
    settings = environment(DINGBELL_DATA_DIR=str(directory), DINGBELL_LOG_LEVEL="warning")
    with Child(serve, f"http://127.0.0.1:{port}/healthz", directory.with_suffix(".log"), settings):
        visitor = _Visitor(f"http://127.0.0.1:{port}")
        return [Figure(f"页面：{name}", "ms", {SQLITE: visitor.looks(path)}, AtMost(_MOST_MS)) for name, path in PAGES]


def _seed(bench: Bench, directory: object) -> None:
    size = bench.size
    command = python("bench.seed", "--data-dir", str(directory), "--alarms", str(size.history // 2))
    done = subprocess.run(
        [*command, "--events", str(size.history)], env=environment(), check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise BenchFailed(done.stderr[-2000:])


class _Visitor:
    """Somebody signed in, by the form of the page."""

    def __init__(self, address: str) -> None:
        self._address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
        form = self._get("/account/login/")
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        if token is None:
            raise BenchFailed("登录页没有表单")
        fields = {"csrfmiddlewaretoken": token[1].decode(), "login": ADMIN, "password": PASSWORD}
        self._get("/account/login/", urllib.parse.urlencode(fields).encode())

    def looks(self, path: str) -> list[float]:
        """Milliseconds of each look but the first, which fills what later ones are spared."""
        quoted = urllib.parse.quote(path, safe="/?=&")
        spent = []
        for _ in range(_LOOKS + 1):
            started = time.perf_counter()
            self._get(quoted)
            spent.append((time.perf_counter() - started) * 1000)
        return spent[1:]

    def _get(self, path: str, fields: bytes | None = None) -> bytes:
        try:
            answer = self._opener.open(self._address + path, fields, timeout=_PATIENCE_S)
        except urllib.error.HTTPError as error:
            raise BenchFailed(f"{path}：HTTP {error.code}") from None
        with answer:
            if path != "/account/login/" and answer.url.startswith(f"{self._address}/account/"):
                raise BenchFailed(f"{path} 要求登录")
            return bytes(answer.read())
