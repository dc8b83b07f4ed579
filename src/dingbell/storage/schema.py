"""Bringing the database to this version's schema."""

from __future__ import annotations

import pkgutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import structlog
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from dingbell.storage.configuration import ConfigurationError
from dingbell.storage.databases import reach

log = structlog.get_logger(__name__)

_LOCK = 0x64696E67  # any number that is always the same


def migrate() -> bool:
    """Apply what is missing; nothing happens when nothing is. Nodes that start together take turns.

    Whether the database was empty before. Raises ConfigurationError when it was written by a newer version,
    OperationalError when it cannot be reached.
    """
    reach()
    with _alone():
        return _migrate()


@contextmanager
def _alone() -> Iterator[None]:
    if connection.vendor == "sqlite":  # whoever serves holds the data directory
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _migrate() -> bool:
    known = _shipped()
    applied = set(MigrationRecorder(connection).applied_migrations())
    ours = {app for app, _ in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours)
    if newer:
        raise ConfigurationError(
            "数据库来自更新的版本，请升级本程序 / the database is from a newer version, upgrade this program: "
            + ", ".join(newer)
        )
    if missing := known - applied:
        with _told(len(missing)) if applied else nullcontext():
            call_command("migrate", interactive=False, verbosity=0)
    return not applied


@contextmanager
def _told(steps: int) -> Iterator[None]:
    """Whoever waits for an upgrade knows what for: with a year of records SQLite copies whole tables for minutes."""
    log.warning(
        "正在升级数据库，记录多时要几分钟，请不要关机；中断了不会丢数据，再启动会接着做"
        " / upgrading the database: minutes with many records; an interruption loses nothing, the next start goes on",
        steps=steps,
    )
    started = time.monotonic()
    yield
    log.warning("数据库已升级 / database upgraded", seconds=round(time.monotonic() - started, 1))


def _shipped() -> set[tuple[str, str]]:
    """App and name of every migration, from the files alone: loading them costs a server memory for good."""
    return {
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in pkgutil.iter_modules([str(Path(app.path, "migrations"))])
        if not module.name.startswith("_")
    }
