"""The product as a sender, a reader and a power cut meet it: it can be posted to, killed and started again."""

from __future__ import annotations

import json
import os
import shutil
import signal
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
from bench.ports import free_port

from dingtalk_simulator.running import RunningSimulator

T = TypeVar("T")
ROOT = Path(__file__).parent.parent
START_S = 40.0


def eventually(look: Callable[[], T], *, within_s: float = 30.0, what: str = "") -> T:
    """The first true answer of `look`."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {what or look}; last seen: {found!r}")
        time.sleep(0.02)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """One data directory and the process that serves it. `token` may do everything (scope admin)."""

    def __init__(self, data_dir: Path, token: str, settings: dict[str, str]) -> None:
        self.data_dir = data_dir
        self.token = token
        self.settings = settings
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

    @property
    def environment(self) -> dict[str, str]:
        return surroundings() | {"DINGBELL_DATA_DIR": str(self.data_dir)} | self.settings

    def run(self, *arguments: str, stdin: str = "") -> str:
        """What a command of this installation printed."""
        return run(*arguments, environment=self.environment, stdin=stdin)

    def start(self, *arguments: str, **settings: str) -> None:
        """`settings` are for this start only."""
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                command("serve", "--port", str(self.port), *arguments), env=self.environment | settings,
                stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        eventually(self._answers, within_s=START_S, what="dingbell serve")

    def kill(self) -> None:
        """kill -9: nothing is finished, nothing cleared away."""
        self._end(signal.SIGKILL, 10)

    def stop(self, *, within_s: float) -> None:
        self._end(signal.SIGTERM, within_s)

    def restart(self, **settings: str) -> None:
        """After a kill -9."""
        self.kill()
        self.start(**settings)

    def call(self, method: str, path: str, body: object = None, *, token: str | None = "") -> Answer:
        """`body` goes as JSON, or as it is when it is bytes; `token` None sends none, "" its own."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.token}"
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())

    def post(self, path: str, body: object, *, token: str | None = "") -> Answer:
        return self.call("POST", path, body, token=token)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status == 200, answer.body.decode()
        return answer.json

    def make(self, kind: str, **fields: Any) -> Any:
        """`make("rules", name=…)`: what POST /api/v1/rules answers."""
        answer = self.post(f"/api/v1/{kind}", fields)
        assert answer.status == 201, answer.body.decode()
        return answer.json

    def raise_alarm(self, key: str, **fields: object) -> None:
        """Post an active event; it is on disk when this returns."""
        self.report({"key": key, "state": "active", **fields})

    def clear_alarm(self, key: str, **fields: object) -> None:
        self.report({"key": key, "state": "cleared", **fields})

    def report(self, *events: dict[str, object]) -> None:
        answer = self.post("/api/v1/events", [{"source": "plc-1", **event} for event in events])
        assert answer.status == 202, answer.body.decode()
        assert answer.json == {"accepted": len(events), "rejected": []}

    def deliveries(self) -> list[dict[str, Any]]:
        """What it owes and owed, oldest first."""
        items: list[dict[str, Any]] = self.get("/api/v1/deliveries?limit=1000")["items"]
        return items[::-1]

    def states(self) -> list[str]:
        return [delivery["state"] for delivery in self.deliveries()]

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"dingbell serve ended with {self._process.returncode}:\n{self.log[-4000:]}")
        try:
            return self.call("GET", "/healthz", token=None).status == 200
        except OSError:
            return False

    def _end(self, with_signal: int, within_s: float) -> None:
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
    return [sys.executable, "-m", "dingbell", *arguments]


def surroundings() -> dict[str, str]:
    """The environment of the tests without their settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DINGBELL_", "DJANGO_"))}
    return kept | {"PYTHONPATH": str(ROOT / "src"), "NO_PROXY": "127.0.0.1"}


def run(*arguments: str, environment: dict[str, str], stdin: str = "") -> str:
    done = subprocess.run(
        command(*arguments), env=environment, input=stdin, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="session")
def _fresh(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory that was never served, and its admin token: migrated once, copied for each server."""
    directory = tmp_path_factory.mktemp("fresh") / "data"
    environment = surroundings() | {"DINGBELL_DATA_DIR": str(directory)}
    return directory, run("token-create", "tests", "--scope", "admin", environment=environment)


def _installation(fresh: tuple[Path, str], directory: Path, simulator: RunningSimulator) -> Server:
    data, token = fresh
    shutil.copytree(data, directory)
    to_simulator = {
        "DINGBELL_DINGTALK_OAPI_URL": simulator.url,
        "DINGBELL_DINGTALK_API_URL": simulator.url,
        "DINGBELL_WEBHOOK_HOSTS": simulator.host,
    }
    return Server(directory, token, to_simulator)


@pytest.fixture
def installation(
    _fresh: tuple[Path, str], tmp_path: Path, simulator: RunningSimulator
) -> Iterator[Callable[..., Server]]:
    """`installation(DINGBELL_ROBOT_PER_MINUTE="0")`: a server that sends to the simulator, not started."""
    made: list[Server] = []

    def make(**settings: str) -> Server:
        made.append(_installation(_fresh, tmp_path / f"data{len(made)}", simulator))
        made[-1].settings |= settings
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


@pytest.fixture(scope="module")
def shared_server(
    _fresh: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory, running_simulator: RunningSimulator
) -> Iterator[Server]:
    """A running `dingbell serve` for all tests of a file, which must not get into each other's way."""
    made = _installation(_fresh, tmp_path_factory.mktemp("shared") / "data", running_simulator)
    made.start()
    yield made
    made.kill()
