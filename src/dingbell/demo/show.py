"""The processes of the demo: started, fed, and gone without a trace."""

from __future__ import annotations

import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from dingbell.channels.http import Http, NetworkError

_START_S = 60.0
_http = Http(extra_hosts=("127.0.0.1",))


class DemoFailed(Exception):
    """One of the demo's processes did not start; the text says which and what it printed."""


class _Ended(BaseException):
    """A signal asks for the end. Not KeyboardInterrupt: CPython may end by SIGINT after one that was caught."""


def run(port: int, simulator_port: int) -> int:
    """Blocks until Ctrl-C, or until the terminal is closed. Raises DemoFailed."""
    clearing = False

    def end(*_: object) -> None:
        if not clearing:
            raise _Ended

    _on_endings(end)
    try:
        with tempfile.TemporaryDirectory(prefix="dingbell-demo-") as directory, ExitStack() as started:
            try:
                _play(Path(directory), port, simulator_port, started)
            finally:
                clearing = True  # an impatient second one would leave the rest behind
                _on_endings(signal.SIG_IGN)
    except _Ended:
        with suppress(OSError):  # a closed terminal
            print("\n演示结束，数据已删除。", flush=True)
    return 0


def _play(directory: Path, port: int, simulator_port: int, started: ExitStack) -> None:
    product, simulator = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{simulator_port}"
    os.environ.update(_environment(directory, simulator))
    log = directory / "demo.log"
    _start(["dingtalk_simulator", "--port", str(simulator_port)], f"{simulator}/_sim/stats", log, started)
    passwords, token = _prepare(simulator)
    _start(["dingbell", "serve", "--port", str(port)], f"{product}/healthz", log, started)
    _greet(product, simulator, passwords)
    _feed(product, token)


def _environment(directory: Path, simulator: str) -> dict[str, str]:
    return {
        "DINGBELL_DATA_DIR": str(directory),
        "DINGBELL_DATABASE_URL": "",
        "DINGBELL_CONFIG_FILE": str(directory / "dingbell.toml"),
        "DINGBELL_DINGTALK_OAPI_URL": simulator,
        "DINGBELL_DINGTALK_API_URL": simulator,
        "DINGBELL_WEBHOOK_HOSTS": simulator.removeprefix("http://"),
        "DINGBELL_PUBLIC_URL": "",
        "DINGBELL_PROXY": "",
        "DINGBELL_LOG_LEVEL": "warning",
    }


def _prepare(simulator: str) -> tuple[dict[str, str], str]:
    """Furnish the simulator and the product; the users' passwords and the plant's token."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "dingbell.settings"
    django.setup(set_prefix=False)
    from django.db import connections

    from dingbell.demo import stage
    from dingbell.storage.schema import migrate

    webhooks = []
    for alias, secret in stage.ROBOTS:
        robot: dict[str, Any] = {"token": secrets.token_hex(32), "name": "钉铃", "group": alias}
        robot |= {"secret": secret} if secret else {"keywords": ["报警"]}
        webhooks.append(str(_post(f"{simulator}/_sim/robots", robot)["webhook"]))
    app = stage.App("dingdemo" + secrets.token_hex(6), secrets.token_urlsafe(32))
    _post(
        f"{simulator}/_sim/apps",
        {"client_id": app.client_id, "client_secret": app.client_secret, "robot_code": app.client_id},
    )
    for user_id, name, mobile in stage.PEOPLE:
        _post(f"{simulator}/_sim/users", {"user_id": user_id, "name": name, "mobile": mobile})
    migrate()
    passwords = stage.people()
    stage.configuration(webhooks, app)
    token = stage.token()
    connections.close_all()
    return passwords, token


def _greet(product: str, simulator: str, passwords: dict[str, str]) -> None:
    print(f"钉铃：      {product}/", flush=True)
    print(f"钉钉模拟器：{simulator}/  （群和个人的聊天）", flush=True)
    for name, password in passwords.items():
        print(f"  用户 {name:<10} 密码 {password}", flush=True)
    print("工厂已开始运行，按 Ctrl+C 结束。", flush=True)


def _feed(product: str, token: str) -> None:
    from dingbell.demo.plant import Plant

    plant = Plant(random.Random(), time.monotonic())  # noqa: S311 -- a play, not a secret
    while True:
        events = plant.step(time.monotonic())
        if events:
            try:
                _post(f"{product}/api/v1/events", events, {"authorization": f"Bearer {token}"})
            except (NetworkError, DemoFailed) as error:
                print(f"发送报警失败：{error}", file=sys.stderr, flush=True)
        time.sleep(1)


def _post(url: str, value: object, headers: dict[str, str] | None = None) -> dict[str, Any]:
    reply = _http.post_json(url, msgspec.json.encode(value), headers)
    if reply.status >= 300:
        raise DemoFailed(f"{url}: HTTP {reply.status} {reply.body[:300].decode('utf-8', 'replace')}")
    answer: dict[str, Any] = msgspec.json.decode(reply.body)
    return answer


def _start(arguments: list[str], ready_url: str, log: Path, started: ExitStack) -> None:
    """A child that answers at `ready_url`, ended with `started`. Raises DemoFailed."""
    _refuse_taken(ready_url)
    with log.open("ab") as output:
        child = subprocess.Popen(  # noqa: S603 -- our own program
            [sys.executable, "-m", *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        started.callback(_end, child)
    _wait(child, ready_url, log)


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(15)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _refuse_taken(url: str) -> None:
    """Another program on the port would answer in the child's place."""
    address = urlsplit(url)
    try:
        socket.create_connection((str(address.hostname), address.port or 80), timeout=2).close()
    except OSError:
        return
    raise DemoFailed(
        f"端口 {address.port} 已被别的程序占用，请用 --port 或 --simulator-port 换一个，"
        f'例如 make demo ARGS="--port 8081 --simulator-port 8091"'
    )


def _wait(child: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while child.poll() is None and time.monotonic() < deadline:
        try:
            if _http.request("GET", url).status < 500:
                return
        except NetworkError:
            pass
        time.sleep(0.1)
    raise DemoFailed(f"没有启动成功：\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _on_endings(handler: Callable[..., object] | signal.Handlers) -> None:
    """Of Ctrl-C, a request to end and a closed terminal."""
    signal.signal(signal.SIGINT, handler)  # a shell that begins it in the background has it ignored
    signal.signal(signal.SIGTERM, handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # not on Windows, nor in nohup
        signal.signal(signal.SIGHUP, handler)
