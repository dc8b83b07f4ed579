"""How long the server takes for each page and list of a plant with a year of history (`bench.seeding`)."""

from __future__ import annotations

import http.cookiejar
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from types import MappingProxyType

from bench.bench import Bench
from bench.figures import SQLITE, AtMost, Figure
from bench.ports import free_port
from bench.processes import BenchFailed, Child, environment, python
from bench.seed import ADMIN, PASSWORD

_MOST_MS = 150
_PATIENCE_S = 60
_LOOKS = 9

# Of every page and list the plain one, and the questions that find little in much.
PAGES = (
    ("实时报警", "/alarms/"),
    ("实时报警，按区域", "/alarms/?area=3车间"),
    ("实时报警，没有符合的", "/alarms/?q=没有这样的报警"),
    ("实时报警的更新", "/alarms/part/"),
    ("全部报警", "/alarms/?show=all"),
    ("全部报警，按来源", "/alarms/?show=all&source=plc-3"),
    ("全部报警，没有符合的", "/alarms/?show=all&q=没有这样的报警"),
    ("一个报警组的全部报警", "/alarms/?show=all&group=7"),
    ("一个报警", "/alarms/7/"),
    ("历史报警", "/history/"),
    ("历史报警，人做的", "/history/?kind=commented&area=3车间"),
    ("历史报警，30 天内按文字", "/history/?range=30d&q=HH"),
    ("历史报警，没有符合的", "/history/?level=critical&q=没有这样的报警"),
    ("搁置", "/shelved/"),
    ("报警组", "/groups/"),
    ("一个报警组", "/groups/7/"),
    ("静默", "/silences/"),
    ("新增静默", "/silences/new/"),
    ("通知服务", "/services/"),
    ("一个通知服务（5,000 个账号）", "/services/1/"),
    ("它的账号，按文字", "/services/1/accounts/?q=4999"),
    ("通知内容", "/messages/"),
    ("一个通知内容", "/messages/7/"),
    ("通知排程", "/schedules/"),
    ("一个通知排程", "/schedules/7/"),
    ("排程的月历", "/schedules/7/calendar/"),
    ("通知规则", "/rules/"),
    ("一个通知规则", "/rules/7/"),
    ("规则的接收者", "/rules/receivers/1/?q=4999"),
    ("试运行", "/rules/try/"),
    ("试运行的报警", "/rules/try/alarms/?q=没有这样的报警"),
    ("发送记录", "/deliveries/"),
    ("失败记录", "/deliveries/?state=unhandled"),
    ("发送记录，一个规则的失败", "/deliveries/?state=failed&rule=7"),
    ("发送记录，一个人", "/deliveries/?receiver=account:7"),
    ("发送记录，接收者的一部分", "/deliveries/?receiver=员工0007"),
    ("发送记录，静默拦下的", "/deliveries/?silence=7"),
    ("发送记录，没有符合的", "/deliveries/?reason=no_such_reason"),
    ("发送记录，一个服务、一种原因", "/deliveries/?service=1&reason=timeout&receiver=员工0007"),
    ("发送记录，30 天内按文字", "/deliveries/?range=30d&q=3号泵"),
    ("发送记录，五十万条以前", "/deliveries/?before=500000"),
    ("一条发送记录", "/deliveries/7/"),
    ("接入", "/sources/"),
    ("用户", "/users/"),
    ("令牌", "/tokens/"),
    ("审计", "/audit/"),
    ("审计，没有符合的", "/audit/?q=没有这样的对象"),
    ("设置", "/settings/"),
    ("REST 报警，1,000 条", "/api/v1/alarms?limit=1000"),
    ("REST 报警，按路径", "/api/v1/alarms?path=**/没有这样的路径"),
    ("REST 历史，1,000 条", "/api/v1/alarms/history?limit=1000"),
    ("REST 发送记录，1,000 条", "/api/v1/deliveries?limit=1000"),
    ("REST 审计，1,000 条", "/api/v1/audit?limit=1000"),
    ("REST 账号，1,000 个", "/api/v1/services/1/accounts?limit=1000"),
    ("REST 规则，1,000 个", "/api/v1/rules?limit=1000"),
    ("REST 统计", "/api/v1/stats"),
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
            self._get(quoted, headers={"Accept-Encoding": "gzip"})
            spent.append((time.perf_counter() - started) * 1000)
        return spent[1:]

    def _get(self, path: str, fields: bytes | None = None, headers: Mapping[str, str] = MappingProxyType({})) -> bytes:
        asked = urllib.request.Request(self._address + path, fields, dict(headers))
        try:
            answer = self._opener.open(asked, timeout=_PATIENCE_S)
        except urllib.error.HTTPError as error:
            raise BenchFailed(f"{path}：HTTP {error.code}") from None
        with answer:
            if path != "/account/login/" and answer.url.startswith(f"{self._address}/account/"):
                raise BenchFailed(f"{path} 要求登录")
            return bytes(answer.read())
