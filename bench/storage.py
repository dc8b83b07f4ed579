"""Where the product keeps its data: a SQLite file in its data directory, or a database of a private PostgreSQL."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Protocol

import psycopg

from bench.processes import cpu_s, family
from tests.postgresql import Cluster


class Storage(Protocol):
    name: str

    def url(self, directory: Path) -> str:
        """The DINGBELL_DATABASE_URL of an installation with this data directory."""

    def create(self, directory: Path, template: Path | None) -> None:
        """What the data directory itself does not hold: empty, or as that of `template`, which nobody serves now."""

    def drop(self, directory: Path) -> None:
        """Remove what `create` made."""

    def count(self, directory: Path, table: str, where: str = "TRUE") -> int: ...

    def cpu_s(self) -> float:
        """CPU seconds of processes of its own."""


class Sqlite:
    name = "SQLite"

    def url(self, directory: Path) -> str:
        return ""

    def create(self, directory: Path, template: Path | None) -> None:
        pass

    def drop(self, directory: Path) -> None:
        pass

    def count(self, directory: Path, table: str, where: str = "TRUE") -> int:
        connection = sqlite3.connect(directory / "dingbell.sqlite3", timeout=30)
        try:
            return int(connection.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}").fetchone()[0])
        finally:
            connection.close()

    def cpu_s(self) -> float:
        return 0.0


class Postgresql:
    """A durable one: it flushes each commit to the disk, as SQLite does."""

    name = "PostgreSQL"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._pid = int((cluster.directory / "data" / "postmaster.pid").read_text().split()[0])

    def url(self, directory: Path) -> str:
        return self._cluster.url.rpartition("/")[0] + f"/{directory.name}"

    def create(self, directory: Path, template: Path | None) -> None:
        self._do(f'CREATE DATABASE "{directory.name}" TEMPLATE "{template.name if template else "template0"}"')

    def drop(self, directory: Path) -> None:
        self._do(f'DROP DATABASE "{directory.name}" WITH (FORCE)')

    def count(self, directory: Path, table: str, where: str = "TRUE") -> int:
        with psycopg.connect(self.url(directory)) as connection:
            row = connection.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}".encode()).fetchone()
            assert row
            return int(row[0])

    def cpu_s(self) -> float:
        return cpu_s(family(self._pid))

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._cluster.url, autocommit=True) as connection:
            connection.execute(statement.encode())
