"""A backup taken while the server writes can be put back elsewhere, and neither overwrites what must not be lost."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from tests.serving import Server, command, run

GOOD = {"source": "plc-1", "key": "P3#HH", "name": "3号泵压力高", "state": "active"}


def refused(*arguments: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command(*arguments), env=environment, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_backup_of_a_busy_server_goes_on_elsewhere(server: Server, tmp_path: Path) -> None:
    server.post("/api/v1/events", GOOD)
    stop = threading.Event()

    def keep_posting() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            server.post("/api/v1/events", GOOD | {"key": f"k{number}"})

    poster = threading.Thread(target=keep_posting)
    poster.start()
    try:
        said = run("backup", str(tmp_path / "backup"), environment=server.environment)
    finally:
        stop.set()
        poster.join()
    assert "encryption.key" in said
    elsewhere = server.environment | {"DINGBELL_DATA_DIR": str(tmp_path / "new")}
    run("restore", str(tmp_path / "backup"), environment=elsewhere)
    with sqlite3.connect(tmp_path / "new" / "dingbell.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    other = Server(tmp_path / "new", server.token, {})
    other.start()
    try:
        assert "P3#HH" in {alarm["key"] for alarm in other.get("/api/v1/alarms?limit=1000")["items"]}
    finally:
        other.kill()
    for name in ("dingbell.sqlite3", "encryption.key", "secret.key"):
        assert (tmp_path / "backup" / name).exists()
        if os.name == "posix":
            assert stat.S_IMODE((tmp_path / "backup" / name).stat().st_mode) == 0o600
    assert not list((tmp_path / "backup").glob("*.part"))


def test_a_second_backup_replaces_the_first(installation: Callable[..., Server], tmp_path: Path) -> None:
    server = installation()
    for _ in range(2):
        run("backup", str(tmp_path / "backup"), environment=server.environment)
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == [
        "dingbell.sqlite3", "encryption.key", "secret.key",
    ]  # fmt: skip


def test_a_damaged_database_does_not_replace_a_good_backup(installation: Callable[..., Server], tmp_path: Path) -> None:
    server = installation()
    run("backup", str(tmp_path / "backup"), environment=server.environment)
    good = (tmp_path / "backup" / "dingbell.sqlite3").read_bytes()
    with sqlite3.connect(server.data_dir / "dingbell.sqlite3") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [page] = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_alarms_alarm_2'"
        ).fetchone()
        [size] = database.execute("PRAGMA page_size").fetchone()
    database.close()
    with open(server.data_dir / "dingbell.sqlite3", "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert "没有拷贝成功" in refused("backup", str(tmp_path / "backup"), environment=server.environment)
    assert (tmp_path / "backup" / "dingbell.sqlite3").read_bytes() == good


def test_what_would_lose_something_is_refused(server: Server, tmp_path: Path) -> None:
    own = str(server.data_dir)
    backup = str(tmp_path / "backup")
    run("backup", backup, environment=server.environment)
    nowhere = server.environment | {"DINGBELL_DATA_DIR": str(tmp_path / "nowhere")}
    assert "另一个目录" in refused("backup", own, environment=server.environment)
    assert "没有数据库" in refused("backup", backup, environment=nowhere)
    assert not (tmp_path / "nowhere").exists()
    assert "停止服务" in refused("restore", backup, environment=server.environment)
    server.kill()
    assert "移走" in refused("restore", backup, environment=server.environment)
    assert "没有备份" in refused("restore", str(tmp_path), environment=nowhere)
