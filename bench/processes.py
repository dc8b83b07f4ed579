"""A child process: started, watched through /proc, stopped by its own id."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
_START_S = 60.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
# A proxy of the environment must not stand between us and our own loopback.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class BenchFailed(Exception):
    """What was measured does not count; the text says why."""


def python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def environment(**settings: str) -> dict[str, str]:
    """This one without settings of the product's, and `settings`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DINGBELL_", "DJANGO_"))}
    return kept | {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "NO_PROXY": "127.0.0.1"} | settings


def http(method: str, url: str, body: bytes | None = None, token: str = "") -> bytes:
    """The answer's body. Raises BenchFailed for HTTP 4xx and 5xx, OSError when nobody answers."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with _opener.open(request, timeout=60) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            raise BenchFailed(f"{url}: HTTP {error.code} {error.read()[:500].decode(errors='replace')}") from None


class Child:
    """`with Child(command, ready_url, log):` runs it from where it answers; at the end it is killed."""

    def __init__(
        self, command: list[str], ready: str, log: Path, env: dict[str, str] | None = None, *, wait: bool = True
    ) -> None:
        self._ready = ready
        self._log = log
        with log.open("ab") as output:
            self.started_at = time.time()
            # Its own session: Ctrl-C is for us, who then stop it.
            self._process = subprocess.Popen(
                command, env=env or environment(), cwd=log.parent, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True,
            )  # fmt: skip
        if wait:
            self.wait()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self) -> None:
        """Until it answers. Raises BenchFailed, and leaves nothing behind then."""
        deadline = time.monotonic() + _START_S
        try:
            while self._process.poll() is None and time.monotonic() < deadline:
                try:
                    http("GET", self._ready)
                    return
                except OSError:
                    time.sleep(0.01)
            raise BenchFailed(f"没有启动成功：{self._log.read_text('utf-8', 'replace')[-2000:]}")
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """kill -9: nothing is finished, nothing cleared away."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """As an orderly end: what it writes then is written."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def cpu_s(self) -> float:
        return cpu_s([self.pid])

    def resident_bytes(self) -> int:
        return self._status("VmRSS")

    def peak_bytes(self) -> int:
        """The most that was ever resident."""
        return self._status("VmHWM")

    def _status(self, name: str) -> int:
        found = re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text())
        assert found
        return int(found[1]) * 1024


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds (user and system) of these processes and of children they waited for."""
    total = 0
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:  # it ended in between
            continue
        total += sum(int(ticks) for ticks in stat.rpartition(")")[2].split()[11:15])
    return total * _TICK_S


def family(pid: int) -> list[int]:
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]
