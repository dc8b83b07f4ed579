"""`dingbell demo` as a visitor runs it: addresses, passwords, alarms in the chats, nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import urllib3
from bench.ports import free_port


def test_demo_shows_alarms_and_leaves_nothing(tmp_path: Path) -> None:
    port, simulator_port = free_port(), free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DINGBELL_", "DJANGO_"))}
    demo = subprocess.Popen(
        [sys.executable, "-m", "dingbell", "demo", "--port", str(port), "--simulator-port", str(simulator_port)],
        env=kept | {"TMPDIR": str(tmp_path), "TEMP": str(tmp_path)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    http = urllib3.PoolManager(retries=False, timeout=5.0)
    messages: list[dict[str, object]] = []
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline and not messages and demo.poll() is None:
            time.sleep(0.2)
            try:
                reply = http.request("GET", f"http://127.0.0.1:{simulator_port}/_sim/messages")
                messages = reply.json()["messages"]
            except urllib3.exceptions.HTTPError:
                continue
        if messages:
            assert http.request("GET", f"http://127.0.0.1:{port}/account/login/").status == 200
    finally:
        demo.send_signal(signal.SIGINT)
        printed = demo.communicate(timeout=40)[0]
    assert messages, f"an alarm within a minute: {printed}"
    assert demo.returncode == 0, printed
    assert f"http://127.0.0.1:{port}/" in printed
    assert f"http://127.0.0.1:{simulator_port}/" in printed
    assert len(re.findall(r"用户 (admin|engineer|operator|viewer) +密码 \S{12}", printed)) == 4
    assert not list(tmp_path.iterdir()), f"left behind in {tempfile.gettempdir()}"


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "dingbell", "demo", "--port", str(free_port()), "--simulator-port", str(port)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode == 2
    assert str(port) in done.stderr
