"""Bringing the database to this version's schema."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from dingbell.storage.configuration import ConfigurationError


def migrate() -> None:
    """Apply what is missing; nothing happens when nothing is.

    Raises ConfigurationError when the database was written by a newer version.
    """
    executor = MigrationExecutor(connection)
    known = set(executor.loader.disk_migrations)
    applied = set(executor.loader.applied_migrations)
    ours = {app for app, _ in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - known if app in ours)
    if newer:
        raise ConfigurationError(
            "数据库来自更新的版本，请升级本程序 / the database is from a newer version, upgrade this program: "
            + ", ".join(newer)
        )
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
