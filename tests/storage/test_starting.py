"""Who may read the files of an installation."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.serving import Server, command, surroundings


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def called(*arguments: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    settings = options.pop("settings", {})
    return subprocess.run(
        command(*arguments), cwd=cwd, env=surroundings() | settings, capture_output=True, text=True, encoding="utf-8",
        timeout=60, check=False, **options,
    )  # fmt: skip


def test_nobody_else_may_read_what_a_command_makes(tmp_path: Path) -> None:
    assert called("token-create", "x", "--scope", "admin", cwd=tmp_path, umask=0o022).returncode == 0
    data = tmp_path / "data"
    assert mode(data) == 0o700
    assert {file.name: mode(file) for file in data.iterdir()} == dict.fromkeys(
        ("dingbell.sqlite3", "encryption.key", "secret.key"), 0o600
    )


def test_an_installation_that_everybody_could_read_is_closed_when_it_starts(
    installation: Callable[..., Server],
) -> None:
    server = installation()
    server.start()
    server.kill()
    parts = [server.data_dir / f"dingbell.sqlite3{end}" for end in ("", "-wal", "-shm")]
    for part in parts:
        part.chmod(0o644)
    server.data_dir.chmod(0o755)
    server.start()
    assert [mode(part) for part in parts] == [0o600] * 3
    assert mode(server.data_dir) == 0o755, "whoever made the directory knows why"
