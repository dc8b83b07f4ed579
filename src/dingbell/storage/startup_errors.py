"""What keeps the program from starting, said to whoever starts it: the cause and what mends it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.db.migrations.exceptions import MigrationSchemaMissing

from dingbell.storage.configuration import ConfigurationError

_FULL = "磁盘满了，请腾出空间 / the disk is full, make room"
_UNUSABLE = (
    "不能读写，请检查磁盘、权限和属主，或换一个目录（数据目录用 --data-dir 指定）"
    " / cannot be read or written: check disk, permissions and owner, or take another directory (--data-dir: the data)"
)
_NO_DATABASE = (
    "不是数据库，或已损坏；请把它（和 -wal、-shm）移走，再从备份恢复"
    " / is no database or is damaged: move it away (with -wal and -shm) and restore a backup"
)
_BUSY = "正忙，请稍后再试 / is busy, try again later"

_SQLITE = {  # by the beginning of SQLite's name of the error
    "SQLITE_FULL": _FULL,
    "SQLITE_NOTADB": _NO_DATABASE,
    "SQLITE_CORRUPT": _NO_DATABASE,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_CANTOPEN": _UNUSABLE,
    "SQLITE_READONLY": _UNUSABLE,
    "SQLITE_IOERR": _UNUSABLE,
    "SQLITE_PERM": _UNUSABLE,
}
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def sentence(error: Exception) -> str | None:
    """In Chinese and English, without any password; None for what only its traceback explains: a fault of ours."""
    if isinstance(error, ConfigurationError):
        return str(error)
    for cause in _causes(error):
        if isinstance(cause, sqlite3.Error):
            return _of_sqlite(cause)
    if isinstance(error, OperationalError | MigrationSchemaMissing):
        return _of_postgresql(error)
    if isinstance(error, OSError):
        return _of_disk(error)
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Django wraps the driver's error, and its migrations wrap Django's."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_sqlite(error: sqlite3.Error) -> str | None:
    name = getattr(error, "sqlite_errorname", "")
    for beginning, meaning in _SQLITE.items():
        if name.startswith(beginning):
            return f"{_database()['NAME']}: {meaning} ({error})"
    return None


def _of_postgresql(error: Exception) -> str:
    given = _database()
    place = f"{given['HOST'] or 'localhost'}:{given['PORT'] or 5432}/{given['NAME']}"
    told = " ".join(str(error).split())
    if isinstance(error, MigrationSchemaMissing):
        mend = "用户须能在库里建表 / the user must be allowed to create tables there (createdb --owner)"
    else:
        mend = (
            "请检查 DINGBELL_DATABASE_URL 里的主机、库、用户和密码，以及它是否在运行；密码里的 @ 写成 %40，% 写成 %25"
            " / check host, database, user and password, and that it runs; in the password @ is written %40, % is %25"
        )
    return f"PostgreSQL {place} 用不了 / cannot be used: {told}\n{mend}"


def _of_disk(error: OSError) -> str | None:
    """None for what has no file: a pipe or a connection."""
    if error.errno in _DISK_FULL:
        return f"{_path(error)}: {_FULL}"
    if error.filename is None and error.errno not in {errno.EROFS, errno.EIO, errno.EFBIG}:
        return None
    return f"{_path(error)}: {_UNUSABLE} ({error.strerror})"


def _path(error: OSError) -> str:
    if error.filename is not None:
        return os.fsdecode(error.filename)
    return os.environ.get("DINGBELL_DATA_DIR") or os.path.abspath("data")


def _database() -> dict[str, Any]:
    return dict(settings.DATABASES["default"])
