"""The one database: embedded SQLite, or PostgreSQL named by DINGBELL_DATABASE_URL."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dingbell.storage.configuration import Configuration, ConfigurationError
from dingbell.storage.private_files import keep_private

BUSY_TIMEOUT_S = 5.0
_FORM = (
    "DINGBELL_DATABASE_URL: 应为 / must be: postgresql://user:password@host:5432/name"
    "；密码里的 @ : / ? # [ ] % 要写成 / in the password these are written %40 %3A %2F %3F %23 %5B %5D %25"
)


def database(configuration: Configuration) -> dict[str, Any]:
    """Django's description of it. Raises ConfigurationError for a URL that names no PostgreSQL database."""
    if configuration.database_url:
        return _postgresql(configuration.database_url)
    configuration.data_dir.mkdir(parents=True, exist_ok=True)
    file = configuration.data_dir / "dingbell.sqlite3"
    for end in ("", "-wal", "-shm"):  # an older version left them readable by everybody
        keep_private(file.with_name(f"{file.name}{end}"))
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {
            "timeout": BUSY_TIMEOUT_S,
            # Take the write lock first: a transaction that reads and then writes can otherwise fail at once
            # with SQLITE_BUSY, without waiting.
            "transaction_mode": "IMMEDIATE",
            # FULL: a 202 survives a power cut, not only a crash. The cache is each connection's own and stays as
            # large as it once was: a storm that every thread reads once would keep 16 MB in each.
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4000; "
                "PRAGMA wal_autocheckpoint=4000; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864"
            ),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    try:
        import psycopg_pool  # noqa: F401 -- Django would name two packages, neither of them the extra
    except ImportError as error:
        raise ConfigurationError("DINGBELL_DATABASE_URL: 需要 / needs: pip install 'dingbell[postgres]'") from error
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:  # its text has a part of the password
        raise ConfigurationError(_FORM) from None
    # An @ behind the host's end: a / ? # in the password ended it too early.
    misread = "@" in parts.path + parts.query + parts.fragment
    if misread or parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ConfigurationError(_FORM)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": port,
        "OPTIONS": {**dict(parse_qsl(parts.query)), "pool": {"min_size": 2, "max_size": 40, "timeout": 10}},
    }


def reach() -> None:
    """Try PostgreSQL beside its pool, which would wait 10 s and then say only that it waited.

    Raises OperationalError.
    """
    from django.db import connection

    if connection.vendor == "postgresql":
        import psycopg

        given: dict[str, Any] = {"connect_timeout": 10} | connection.get_connection_params()
        with connection.wrap_database_errors:
            psycopg.connect(**given).close()


def cache_more() -> None:
    """For the one thread that writes: every index of what it writes should be at hand."""
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size=-16000")


def reconnect_after_errors() -> None:
    """For threads that keep their connection: give up one on which something failed; the next query opens another."""
    from django.db import connection

    if connection.errors_occurred:
        connection.close_if_unusable_or_obsolete()
