"""The simulator inside a test's own process, on a free loopback port."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import uvicorn

from dingtalk_simulator.server import config

START_S = 10.0


class SimulatorError(Exception):
    """The simulator answered with an HTTP error; its text is the answer."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"HTTP {status}: {body}")
        self.status = status
        self.body = body


class RunningSimulator:
    """`with RunningSimulator() as dingtalk:` — a real server in a background thread, stopped on exit.

    `url` is http://127.0.0.1:port, `host` the same without the scheme. `post` and `get` serve the control
    API and DingTalk's paths alike: they give the decoded JSON answer, or raise SimulatorError for HTTP 4xx
    and 5xx.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        port = int(self._socket.getsockname()[1])
        self.host = f"127.0.0.1:{port}"
        self.url = f"http://{self.host}"
        self._server = uvicorn.Server(config("127.0.0.1", port))
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="dingtalk-simulator", daemon=True
        )
        # A proxy from the environment must not stand between a test and its own loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("钉钉模拟器没有启动")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(START_S)
        self._socket.close()

    def post(self, path: str, json: object, headers: dict[str, str] | None = None) -> Any:
        return self._call("POST", path, json, headers or {})

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        return self._call("GET", path, None, headers or {})

    def messages(self, **filters: str | float) -> list[dict[str, Any]]:
        """GET /_sim/messages; filters are robot, user_id and since."""
        found: list[dict[str, Any]] = self.get(f"/_sim/messages?{urlencode(filters)}")["messages"]
        return found

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/_sim/stats")
        return found

    def reset(self) -> None:
        self.post("/_sim/reset", {})

    def _call(self, method: str, path: str, value: object, headers: dict[str, str]) -> Any:
        body = None if method == "GET" else json.dumps(value, ensure_ascii=False).encode("utf-8")
        sent = {"Content-Type": "application/json; charset=utf-8", **headers}
        request = urllib.request.Request(self.url + path, body, sent, method=method)  # noqa: S310 - own loopback
        try:
            with self._opener.open(request, timeout=60) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise SimulatorError(error.code, error.read().decode("utf-8", "replace")) from None
