"""What this installation is made of, for whoever looks after it: settings, database, disk, parts."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

from django.conf import settings
from django.db import connection

from dingbell.storage.configuration import Configuration, origins

_SECRET = frozenset({"secret_key", "encryption_key"})
_WITH_PASSWORD = frozenset({"database_url", "proxy"})
_USER_INFO = re.compile(r"//[^/@]*@")


@dataclass(frozen=True, slots=True)
class Setting:
    """`value` of a secret is never told, only `is_set`; a generated key is set. `origin` as in `origins`."""

    name: str
    value: str
    is_secret: bool
    is_set: bool
    origin: str


@dataclass(frozen=True, slots=True)
class Database:
    """`place` without user and password; `size` in bytes."""

    kind: str
    version: str
    place: str
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """A library of others that the product is made of."""

    name: str
    version: str
    licence: str


def given_settings(environ: Mapping[str, str] = os.environ) -> list[Setting]:
    """Every `DINGBELL_…` there is, in the order of docs/settings.md."""
    configuration: Configuration = settings.CONFIGURATION
    found = []
    for name, origin in origins(environ).items():
        held = getattr(configuration, name)
        text = ", ".join(held) if isinstance(held, tuple) else str(int(held) if isinstance(held, bool) else held)
        if name in _WITH_PASSWORD:
            text = _USER_INFO.sub("//…@", text)
        secret = name in _SECRET
        found.append(Setting(f"DINGBELL_{name.upper()}", "" if secret else text, secret, secret or bool(text), origin))
    return found


def database() -> Database:
    """Raises DatabaseError."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            version = cursor.fetchone()[0]
            file = Path(str(connection.settings_dict["NAME"]))
            return Database("SQLite", version, str(file), sum(_size(Path(f"{file}{end}")) for end in ("", "-wal")))
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        version, size = cursor.fetchone()
    given = connection.settings_dict
    return Database("PostgreSQL", version, f"{given['HOST'] or 'localhost'}/{given['NAME']}", size)


def disk_free(directory: Path) -> int:
    """Bytes."""
    return shutil.disk_usage(directory).free


def parts() -> list[Part]:
    """The Python packages it needs, with their licences as they state them."""
    found = []
    for requirement in requires("dingbell") or []:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        try:
            told = metadata(name)
        except PackageNotFoundError:
            continue  # one for another system, or not chosen
        classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if "License ::" in one]
        stated = told.get_all("License-Expression") or classified or told.get_all("License") or [""]
        licence = ", ".join(stated).split("\n")[0]
        found.append(Part(told["Name"], told["Version"], licence))
    return sorted(found, key=lambda one: one.name.lower())


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
