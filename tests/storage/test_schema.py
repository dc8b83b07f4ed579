"""A program meets a database of another version: it upgrades an older one and leaves a newer one alone."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command

from tests.serving import Server, command, surroundings

RELEASED = Path(__file__).parent / "released"


def test_the_models_have_all_their_migrations(transactional_db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_serve_refuses_a_newer_database_and_leaves_it_alone(installation: Callable[..., Server]) -> None:
    server = installation()
    file = server.data_dir / "dingbell.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('alarms', '9999_tomorrow', '2030-01-01')"
        )
    database.close()
    before = file.read_bytes()
    done = subprocess.run(
        command("serve", "--port", str(server.port)),
        env=server.environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "更新的版本" in done.stderr
    assert "alarms.9999_tomorrow" in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before


def test_an_upgrade_says_what_is_waited_for(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "dingbell.sqlite3") as database:
        database.executescript((RELEASED / "0.1.0.sqlite.sql").read_text("utf-8"))
    database.close()
    first, second = (_migrated(tmp_path) for _ in range(2))
    assert "正在升级数据库" in first
    assert "数据库已升级" in first
    assert second == ""


def test_a_new_database_is_made_without_a_word(tmp_path: Path) -> None:
    assert _migrated(tmp_path) == ""


def _migrated(data_dir: Path) -> str:
    """What `dingbell migrate` says."""
    done = subprocess.run(
        command("migrate"),
        env=surroundings() | {"DINGBELL_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    return done.stdout + done.stderr
