"""Bringing the database to this version's schema."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from dingbell.storage.configuration import ConfigurationError

_LOCK = 0x64696E67  # any number that is always the same


def migrate() -> None:
    """Apply what is missing; nothing happens when nothing is. Nodes that start together take turns.

    Raises ConfigurationError when the database was written by a newer version.
    """
    with _alone():
        _migrate()


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


def _migrate() -> None:
    known = _shipped()
    applied = set(MigrationRecorder(connection).applied_migrations())
    ours = {app for app, _ in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours)
    if newer:
        raise ConfigurationError(
            "数据库来自更新的版本，请升级本程序 / the database is from a newer version, upgrade this program: "
            + ", ".join(newer)
        )
    if known - applied:
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)


def _shipped() -> set[tuple[str, str]]:
    """App and name of every migration, from the files alone: loading them costs a server memory for good."""
    return {
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in pkgutil.iter_modules([str(Path(app.path, "migrations"))])
        if not module.name.startswith("_")
    }
