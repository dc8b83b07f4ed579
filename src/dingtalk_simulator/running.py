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

    def __init__(self, port: int = 0) -> None:
        """`port` 0 is any. Whoever calls `leave` gives one that no outgoing connection takes meanwhile."""
        self._socket = _bound(port)
        self._port = int(self._socket.getsockname()[1])
        self.host = f"127.0.0.1:{self._port}"
        self.url = f"http://{self.host}"
        self._config = config("127.0.0.1", self._port)
        # A proxy from the environment must not stand between a test and its own loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(START_S)
        self._socket.close()

    def leave(self) -> None:
        """Off its port, as if its computer had lost the network: nobody listens, and every connection is cut, also that
        of a call which was taken and not answered yet.
        """
        self._server.servers[0].get_loop().call_soon_threadsafe(self._cut)
        self._thread.join(START_S)

    def come_back(self) -> None:
        """On the same port, with all that it knew."""
        self._socket = _bound(self._port)
        self._listen()

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

    def _listen(self) -> None:
        self._server = uvicorn.Server(self._config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="dingtalk-simulator", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("钉钉模拟器没有启动")
            time.sleep(0.005)

    def _cut(self) -> None:
        for server in self._server.servers:
            server.close()
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        self._server.should_exit = True

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


def _bound(port: int) -> socket.socket:
    found = socket.socket()
    if port:  # connections that were cut may linger there
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    return found
