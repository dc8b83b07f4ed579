"""The product as its users have it: `dingbell serve` in a process of its own, spoken to over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dingtalk_simulator.running import RunningSimulator

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
START_S = 30.0


def eventually(look: Callable[[], T], *, within_s: float = 15.0, what: str = "") -> T:
    """The first true answer of `look`."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {what or look}; last seen: {found!r}")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """One data directory and the process that serves it; it can be killed and started again.

    `token` holds the scope admin, so it may do everything.
    """

    def __init__(self, data_dir: Path, token: str, environment: dict[str, str]) -> None:
        self.data_dir = data_dir
        self.token = token
        self.environment = environment
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data_dir.with_suffix(".log")
        # A proxy from the environment must not stand between a test and its own loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What all its processes wrote to stdout and stderr."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    def start(self, **environment: str) -> None:
        """`environment` is for this start only."""
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                command("serve", "--port", str(self.port), "--data-dir", str(self.data_dir)),
                env=surroundings(self.environment | environment), stdout=log, stderr=log, cwd=ROOT,
            )  # fmt: skip
        eventually(self._answers, within_s=START_S, what="dingbell serve")

    def kill(self) -> None:
        """kill -9: nothing is finished, nothing cleared away."""
        self._end(signal.SIGKILL)

    def stop(self, *, within_s: float = 30.0) -> None:
        self._end(signal.SIGTERM, within_s)

    def restart(self, **environment: str) -> None:
        self.kill()
        self.start(**environment)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = "",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """`body` is sent as JSON, or as it is when it is bytes; `token` None sends none, "" the server's own."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token}"
        request = urllib.request.Request(self.url + path, data, sent | (headers or {}), method=method)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())

    def post(self, path: str, body: object, **how: Any) -> Answer:
        return self.call("POST", path, body, **how)

    def get(self, path: str, **how: Any) -> Answer:
        return self.call("GET", path, **how)

    def raise_alarm(self, key: str, **fields: object) -> None:
        """Post an active event; it is on disk when this returns."""
        self.report(key, "active", **fields)

    def clear_alarm(self, key: str, **fields: object) -> None:
        self.report(key, "cleared", **fields)

    def report(self, key: str, state: str, **fields: object) -> None:
        answer = self.post("/api/v1/events", {"source": "plc-1", "key": key, "state": state, **fields})
        assert answer.status == 202, answer.body.decode()

    def configure(self, **configuration: Any) -> dict[str, Any]:
        """Services and rules in the words of the REST contract (tests.configuring); answers their ids."""
        return ask("-m", "tests.configuring", environment=self._own_environment(), stdin=json.dumps(configuration))

    def look(self, query: str) -> list[list[Any]]:
        """Rows of its database, read from outside."""
        return list(ask("-m", "tests.configuring", "--query", query, environment=self._own_environment()))

    def _own_environment(self) -> dict[str, str]:
        return self.environment | {"DINGBELL_DATA_DIR": str(self.data_dir)}

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"dingbell serve ended with {self._process.returncode}:\n{self.log[-4000:]}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def _end(self, with_signal: int, within_s: float = 10.0) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(with_signal)
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise AssertionError(f"dingbell serve did not end within {within_s} s:\n{self.log[-4000:]}") from None


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-X", "utf8", "-m", "dingbell", *arguments]


def surroundings(environment: dict[str, str]) -> dict[str, str]:
    """The tests' own environment without their settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DINGBELL_", "DJANGO_"))}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])} | environment


def ask(*arguments: str, environment: dict[str, str], stdin: str = "") -> Any:
    """The JSON that a Python process prints."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", *arguments], input=stdin, env=surroundings(environment), cwd=ROOT,
        capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def _fresh_data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An installation that was never served, and its admin token: migrated once, copied for each server."""
    directory = tmp_path_factory.mktemp("fresh") / "data"
    done = subprocess.run(
        command("token-create", "tests", "--scope", "admin", "--data-dir", str(directory)),
        env=surroundings({}), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return directory, done.stdout.strip()


@pytest.fixture
def installation(
    _fresh_data: tuple[Path, str], tmp_path: Path, simulator: RunningSimulator
) -> Iterator[Callable[..., Server]]:
    """`installation(DINGBELL_ROBOT_PER_MINUTE="0")`: a server of its own that sends to the simulator, not started."""
    made: list[Server] = []

    def make(**environment: str) -> Server:
        fresh, token = _fresh_data
        directory = tmp_path / f"data{len(made)}"
        shutil.copytree(fresh, directory)
        made.append(Server(directory, token, {
            "DINGBELL_DINGTALK_OAPI_URL": simulator.url,
            "DINGBELL_DINGTALK_API_URL": simulator.url,
            "DINGBELL_WEBHOOK_HOSTS": simulator.host,
            **environment,
        }))  # fmt: skip
        return made[-1]

    yield make
    for server in made:
        server.kill()


@pytest.fixture
def server(installation: Callable[..., Server]) -> Server:
    """A running `dingbell serve` that sends to the simulator."""
    made = installation()
    made.start()
    return made
