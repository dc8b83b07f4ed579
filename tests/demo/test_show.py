"""`dingbell demo` as a visitor runs it: addresses, passwords, alarms in the chats, nothing left behind."""

from __future__ import annotations

import codecs
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import urllib3
from bench.ports import free_port

_ENDED = "演示结束，数据已删除。"


def test_demo_shows_alarms_and_leaves_nothing(tmp_path: Path) -> None:
    port, simulator_port = free_port(), free_port()
    demo = subprocess.Popen(
        _command(port, simulator_port),
        env=_environment(tmp_path),
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
    passwords = re.findall(r"用户 (?:admin|engineer|operator|viewer) +密码 (\S+)\n", printed)
    assert len(passwords) == 4
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Za-hjkmnp-z]{13}", password) for password in passwords), passwords
    assert printed.endswith(f"{_ENDED}\n")
    assert not list(tmp_path.iterdir())


def test_an_impatient_visitor_leaves_nothing(tmp_path: Path) -> None:
    """In a terminal, Ctrl-C goes to the children too."""
    with _Terminal(tmp_path) as terminal:
        terminal.read_until("按 Ctrl+C 结束")
        while terminal.demo.poll() is None:
            os.write(terminal.master, b"\x03")
            time.sleep(0.02)
        assert _ENDED in terminal.read_rest()
        assert terminal.demo.returncode == 0
    assert not list(tmp_path.iterdir())


def test_a_closed_terminal_leaves_nothing(tmp_path: Path) -> None:
    with _Terminal(tmp_path) as terminal:
        terminal.read_until("按 Ctrl+C 结束")
        terminal.close()
        terminal.demo.wait(40)
        assert not list(tmp_path.iterdir())
        for port in terminal.ports:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port))


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGHUP])
def test_signals_while_it_clears_away_change_nothing(tmp_path: Path, first: signal.Signals) -> None:
    with _Terminal(tmp_path) as terminal:
        terminal.read_until("密码")
        for number in (first, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            terminal.demo.send_signal(number)
            time.sleep(0.05)
        terminal.read_until(_ENDED)
        left = list(tmp_path.iterdir())
        assert terminal.demo.wait(40) == 0
    assert not left, "what it says is so"


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            _command(free_port(), port),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
            cwd=tmp_path,
        )
    assert done.returncode == 2
    assert str(port) in done.stderr
    assert 'make demo ARGS="--port ' in done.stderr


class _Terminal:
    """The demo in a terminal of its own, whose keyboard and screen are `master`."""

    def __init__(self, directory: Path) -> None:
        self.ports = free_port(), free_port()
        self.master, screen = pty.openpty()
        self._shown = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.demo = subprocess.Popen(
            ["setsid", "--ctty", *_command(*self.ports)],
            env=_environment(directory),
            cwd=directory,
            stdin=screen,
            stdout=screen,
            stderr=screen,
        )
        os.close(screen)

    def __enter__(self) -> _Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.demo.poll() is None:
            self.demo.terminate()
            self.demo.wait(40)
        self.close()

    def read_until(self, text: str) -> str:
        """All that was shown, once `text` was. Fails when it ends before."""
        while text not in self._shown:
            if not self._read():
                pytest.fail(self._shown)
        return self._shown

    def read_rest(self) -> str:
        """All that was shown, once nobody can show more."""
        while self._read():
            pass
        return self._shown

    def _read(self) -> bool:
        try:
            self._shown += self._decoder.decode(os.read(self.master, 65536))
        except OSError:  # nobody holds the other end any more
            return False
        return True

    def close(self) -> None:
        if self.master >= 0:
            os.close(self.master)
        self.master = -1


def _command(port: int, simulator_port: int) -> list[str]:
    ports = ["--port", str(port), "--simulator-port", str(simulator_port)]
    return [sys.executable, "-m", "dingbell", "demo", *ports]


def _environment(directory: Path) -> dict[str, str]:
    """`directory` is that of temporary files, too."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DINGBELL_", "DJANGO_"))}
    return kept | {"TMPDIR": str(directory), "TEMP": str(directory)}
