"""A private PostgreSQL from Debian's binaries: its own directory, its own loopback port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.ports import free_port

PROGRAMS = Path("/usr/lib/postgresql")
_OPTIONS = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"


def installed() -> bool:
    return bool(_found())


def _found() -> list[Path]:
    return sorted(PROGRAMS.glob("*/bin/initdb"))


def binaries() -> Path:
    found = _found()
    if not found:
        raise RuntimeError("PostgreSQL is missing: run scripts/install_test_packages as root")
    return found[-1].parent


def _as_its_user() -> dict[str, Any]:
    """initdb refuses to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd="/", check=False, **_as_its_user())
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")


@dataclass
class Cluster:
    """A running server; `stop` ends it and removes its directory."""

    directory: Path
    port: int
    options: str

    @property
    def url(self) -> str:
        return f"postgresql://dingbell@127.0.0.1:{self.port}/postgres"

    @classmethod
    def start(cls, *, durable: bool = False) -> Self:
        """Without `durable` it flushes nothing to the disk: a test needs it fast, not safe."""
        directory = Path(tempfile.mkdtemp(prefix="dingbell-postgresql-"))
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres", "postgres")
        cluster = cls(directory, free_port(), _OPTIONS if durable else f"{_OPTIONS} -c fsync=off")
        try:
            _run(
                *(binaries() / "initdb", "-D", directory / "data", "-U", "dingbell", "--auth=trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            )
            cluster._start()
        except BaseException:
            shutil.rmtree(directory)
            raise
        return cluster

    def crash(self) -> None:
        """It ends without a word to those who use it, and comes back with all that was committed."""
        self._end()
        self._start()

    def stop(self) -> None:
        try:
            self._end()
        finally:
            shutil.rmtree(self.directory, ignore_errors=True)

    def _start(self) -> None:
        _run(
            *(binaries() / "pg_ctl", "-D", self.directory / "data", "-w", "-l", self.directory / "log"),
            *("-o", f"-p {self.port} {self.options}", "start"),
        )

    def _end(self) -> None:
        _run(binaries() / "pg_ctl", "-D", self.directory / "data", "-m", "immediate", "stop")
