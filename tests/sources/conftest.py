"""A server that is spoken to as an Alertmanager."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Answer, Server, eventually


def soon(seconds: float) -> str:
    """So many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


class Alertmanager:
    """`send` and `alerts` are what Prometheus and amtool do, `events` what became of it."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def send(self, *alerts: object, token: str | None = "") -> Answer:
        return self.server.post("/api/v2/alerts", list(alerts), token=token)

    def fire(self, name: str, *, ends: float, starts: str | None = None, **labels: str) -> None:
        alert = {"labels": {"alertname": name, **labels}, "startsAt": starts, "endsAt": soon(ends)}
        answer = self.send(alert)
        assert (answer.status, answer.body) == (200, b"")

    def get(self, path: str) -> Any:
        return self.server.get(f"/api/v2/{path}")

    def alerts(self, name: str) -> list[dict[str, Any]]:
        """The active ones of this name."""
        found: list[dict[str, Any]] = self.get(f"alerts?filter=alertname%3D{name}")
        return found

    def alarm(self, name: str) -> dict[str, Any]:
        found = self.server.get("/api/v1/alarms?limit=1000")["items"]
        return next(alarm for alarm in found if alarm["type"] == name)

    def events(self, name: str) -> list[str]:
        """What happened to the alarm, oldest first."""
        found = self.server.get(f"/api/v1/alarms/{self.alarm(name)['id']}/events?limit=1000")["items"]
        return [event["kind"] for event in found][::-1]


@pytest.fixture(scope="module")
def alertmanager(_fresh: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    """One for all tests of a file, which tells nobody: each test has alerts of its own name."""
    fresh, token = _fresh
    directory = tmp_path_factory.mktemp("alertmanager") / "data"
    shutil.copytree(fresh, directory)
    server = Server(directory, token, {})
    server.start()
    yield Alertmanager(server)
    server.stop(within_s=20)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """`program("prometheus", port, "--config.file=…")` runs it in `tmp_path` until the test ends."""
    with ExitStack() as stack:
        yield lambda name, port, *arguments: stack.enter_context(_running(tmp_path, name, port, *arguments))


@contextmanager
def _running(directory: Path, name: str, port: int, *arguments: str) -> Iterator[None]:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is missing: run scripts/install_test_packages as root")
    log = directory / f"{name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [found, f"--web.listen-address=127.0.0.1:{port}", *arguments], cwd=directory, stdout=out, stderr=out
        )

    def listens() -> bool:
        assert process.poll() is None, f"{name} ended:\n{log.read_text('utf-8', 'replace')[-4000:]}"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        eventually(listens, within_s=30, what=name)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
