"""The product as an installation runs it: its own process, its own data directory, a loopback port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

START_S = 40.0
STOP_S = 20.0


@dataclass
class Server:
    """`dingbell serve`, ready to answer; `log` is what it wrote so far."""

    url: str
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")


@dataclass
class Installation:
    """`run("token-create", "x", "--scope", "admin")` gives what a command printed; `serve()` runs the server."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DINGBELL_", "DJANGO_"))}
        return kept | {"DINGBELL_DATA_DIR": str(self.data_dir), "NO_PROXY": "127.0.0.1"} | self.settings

    def run(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "dingbell", *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    @contextmanager
    def serve(self, *arguments: str) -> Iterator[Server]:
        port = free_port()
        log_file = self.data_dir.parent / f"serve-{port}.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dingbell", "serve", "--port", str(port), *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        server = Server(f"http://127.0.0.1:{port}", process, log_file)
        try:
            _wait_for(server)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: Server) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            # Any answer is one: the sign-in page needs the database, so the schema is there, too.
            with opener.open(f"{server.url}/account/login/", timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"dingbell serve did not start:\n{server.log}")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A fresh installation; `installation.settings["DINGBELL_…"]` sets more before it is run."""
    return Installation(tmp_path / "data")
