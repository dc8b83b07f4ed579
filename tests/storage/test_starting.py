"""What `dingbell` says when it cannot start, what it writes where nobody sees a console, and who may read its files."""

from __future__ import annotations

import errno
import os
import resource
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from bench.ports import free_port

from dingbell.storage.startup_errors import sentence
from tests.postgresql import Cluster
from tests.serving import Server, command, surroundings

PASSWORD = "Sesame-9"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def called(*arguments: str, cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    settings = options.pop("settings", {})
    return subprocess.run(
        command(*arguments), cwd=cwd, env=surroundings() | settings, capture_output=True, text=True, encoding="utf-8",
        timeout=60, check=False, **options,
    )  # fmt: skip


def refusal(cwd: Path, *arguments: str, **options: Any) -> str:
    """What `serve` ended with: the same in the log file as on the console."""
    done = called("serve", "--port", str(free_port()), *arguments, "--log-file", "bell.log", cwd=cwd, **options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.startswith("dingbell: ")
    assert "Traceback" not in done.stderr
    assert done.stdout == "", "no greeting"
    assert (cwd / "bell.log").read_text("utf-8").endswith(done.stderr)
    assert PASSWORD not in done.stderr
    return done.stderr


def test_an_impossible_port_is_refused(tmp_path: Path) -> None:
    assert "--port 99999" in refusal(tmp_path, "--port", "99999")


def test_a_taken_port_is_named_before_the_greeting(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refusal(tmp_path, "--port", str(port))
    assert str(port) in told
    assert "--port" in told


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    assert "--host 192.0.2.1" in refusal(tmp_path, "--host", "192.0.2.1")


def test_a_broken_setting_is_told_in_the_log_file_too(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dingbell.toml").write_text("keep_days = 'long'", "utf-8")
    assert "KEEP_DAYS" in refusal(tmp_path)


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dingbell.sqlite3").write_text("a table of alarms" * 300)
    told = refusal(tmp_path)
    assert str(tmp_path / "data" / "dingbell.sqlite3") in told
    assert "backup" in told


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = refusal(tmp_path, "--data-dir", "file/data")
    assert str(tmp_path / "file" / "data") in told
    assert "--data-dir" in told


def test_a_disk_that_takes_no_more_is_named(tmp_path: Path) -> None:
    told = refusal(
        tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    )
    assert str(tmp_path / "data" / "dingbell.sqlite3") in told


def test_a_log_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    done = called("serve", "--log-file", str(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f"dingbell: --log-file {tmp_path}")
    assert not (tmp_path / "data").exists()


def test_postgresql_that_does_not_run_is_named_at_once(tmp_path: Path) -> None:
    port = free_port()
    told = refusal(
        tmp_path, settings={"DINGBELL_DATABASE_URL": f"postgresql://bell:{PASSWORD}@127.0.0.1:{port}/alarms"}
    )
    assert f"127.0.0.1:{port}/alarms" in told
    assert "DINGBELL_DATABASE_URL" in told


def test_postgresql_that_refuses_is_told_in_its_own_words(tmp_path: Path, postgresql: Cluster) -> None:
    url = f"postgresql://dingbell:{PASSWORD}@127.0.0.1:{postgresql.port}/nowhere"
    assert 'database "nowhere" does not exist' in refusal(tmp_path, settings={"DINGBELL_DATABASE_URL": url})


def test_a_user_who_may_make_no_tables_is_told(tmp_path: Path, postgresql: Cluster) -> None:
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE visitor LOGIN")
        connection.execute("CREATE DATABASE somebodys")
    url = f"postgresql://visitor:{PASSWORD}@127.0.0.1:{postgresql.port}/somebodys"
    assert "createdb --owner" in refusal(tmp_path, settings={"DINGBELL_DATABASE_URL": url})


@pytest.mark.parametrize("sign", ["/", "#", "?", "[", ":x/"])
def test_a_password_that_ends_the_host_too_early_is_not_shown(tmp_path: Path, sign: str) -> None:
    url = f"postgresql://bell:{PASSWORD}{sign}{PASSWORD}@db:5432/alarms"
    assert "%40" in refusal(tmp_path, settings={"DINGBELL_DATABASE_URL": url})


def test_the_missing_extra_is_named(tmp_path: Path) -> None:
    (tmp_path / "psycopg").mkdir()
    (tmp_path / "psycopg" / "__init__.py").write_text("raise ImportError('no pq wrapper available')")
    path = f"{tmp_path}{os.pathsep}{surroundings()['PYTHONPATH']}"
    settings = {"PYTHONPATH": path, "DINGBELL_DATABASE_URL": "postgresql://bell@db/alarms"}
    assert "pip install 'dingbell[postgres]'" in refusal(tmp_path, settings=settings)


def sqlite_error(path: Path, *statements: str) -> sqlite3.Error:
    *before, last = statements
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        for statement in before:
            connection.execute(statement)
        with pytest.raises(sqlite3.Error) as raised:
            connection.execute(last)
    return raised.value


def test_each_failure_of_the_database_file_has_its_mend(tmp_path: Path) -> None:
    file = tmp_path / "some.sqlite3"
    full = sqlite_error(
        file, "CREATE TABLE t (a)", "PRAGMA max_page_count = 2", "INSERT INTO t VALUES (zeroblob(9999))"
    )
    readonly = sqlite_error(file, "PRAGMA query_only = ON", "INSERT INTO t VALUES (1)")
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        busy = sqlite_error(file, "BEGIN IMMEDIATE")
    assert "make room" in str(sentence(full))
    assert "permissions" in str(sentence(readonly))
    assert "later" in str(sentence(busy))
    fault = sqlite_error(file, "SELECT no_such_column FROM t")
    assert sentence(fault) is None, "a fault of ours keeps its traceback"


def test_a_full_disk_is_no_question_of_permissions_and_a_closed_pipe_none_of_disks() -> None:
    assert "make room" in str(sentence(OSError(errno.ENOSPC, "No space left on device")))
    assert "/etc/x" in str(sentence(PermissionError(errno.EACCES, "Permission denied", "/etc/x")))
    assert sentence(BrokenPipeError(errno.EPIPE, "Broken pipe")) is None


def test_a_fault_of_ours_leaves_its_traceback_in_the_log_file(tmp_path: Path) -> None:
    program = (
        "from dingbell import cli; cli._serve = lambda _options: [][0]; cli.main(['serve', '--log-file', 'x.log'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=surroundings(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "IndexError" in done.stderr
    assert "IndexError" in (tmp_path / "x.log").read_text("utf-8")


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


def test_the_log_file_has_the_greeting_and_every_line_of_the_console(
    installation: Callable[..., Server], tmp_path: Path
) -> None:
    server, file = installation(), tmp_path / "logs" / "bell.log"
    server.start("--log-file", str(file))
    server.stop(within_s=20)
    kept = file.read_text("utf-8")
    assert f"{server.url}/" in kept
    assert "设置码：" in kept
    assert "Application startup complete" in kept
    assert all(line in kept for line in server.log.splitlines())
    assert (mode(file.parent), mode(file)) == (0o700, 0o600)


def test_the_log_level_may_stand_in_the_file_of_settings(installation: Callable[..., Server]) -> None:
    server = installation()
    (server.data_dir / "dingbell.toml").write_text('log_level = "warning"', "utf-8")
    server.start()
    server.stop(within_s=20)
    assert "INFO" not in server.log


def test_a_command_that_made_a_new_database_says_where(tmp_path: Path) -> None:
    first = called("token-create", "x", "--scope", "admin", cwd=tmp_path)
    assert str(tmp_path / "data" / "dingbell.sqlite3") in first.stderr
    assert "--data-dir" in first.stderr
    assert first.stdout.startswith("dbt_")
    assert first.stdout.count("\n") == 1, "the token alone: a script reads it"
    password = "a bell in every hall\n"
    second = called("user-add", "wang", "--role", "admin", "--password-stdin", cwd=tmp_path, input=password)
    assert (second.returncode, second.stderr) == (0, "")
