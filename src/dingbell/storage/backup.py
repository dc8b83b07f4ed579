"""A copy of an installation that can be put back: the database as it was at one moment, its keys and its settings."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from dingbell.storage import instance
from dingbell.storage.configuration import Configuration, ConfigurationError

DATABASE = "dingbell.sqlite3"
_SMALL = ("encryption.key", "secret.key", "dingbell.toml", "alertmanager.toml")
_PATIENCE_S = 30


def back_up(configuration: Configuration, target: Path) -> list[Path]:
    """Copy to the directory `target`, made where there is none; answers the copies. The server may be running.

    A file of an earlier backup is replaced only by a whole new one. Keys given by the environment and a PostgreSQL
    database are not copied. Raises ConfigurationError where the copy would be none, OSError where it cannot be written.
    """
    source = configuration.data_dir
    if target.resolve() == source.resolve():
        raise ConfigurationError(f"备份要放在另一个目录 / a backup needs another directory: {target}")
    named = [source / DATABASE] if not configuration.database_url else []
    if not all(path.is_file() for path in named):
        raise ConfigurationError(
            f"这里没有数据库，用 --data-dir 指定 / no database here, name it by --data-dir: {source}"
        )
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = [path for name in _SMALL if (path := source / name).is_file()]
    return [_copied(path, target / path.name) for path in [*found, *named]]


def put_back(configuration: Configuration, backup: Path) -> list[Path]:
    """Copy a backup to the data directory; answers the copies. Nothing there is overwritten.

    Raises ConfigurationError where the backup has no database, the data directory has one, or a server uses it;
    OSError where the copy cannot be written.
    """
    data_dir = configuration.data_dir
    if not (backup / DATABASE).is_file() and not configuration.database_url:
        raise ConfigurationError(f"这个目录里没有备份 / no backup here: {backup}")
    found = [path for name in (*_SMALL, DATABASE) if (path := backup / name).is_file()]
    try:
        held = instance.hold(data_dir)
    except instance.AlreadyRunning:
        raise ConfigurationError(f"请先停止服务 / stop the server first: {data_dir}") from None
    with held:
        # A write-ahead log that is not of this database would be played into it.
        taken = [path.name for path in data_dir.iterdir() if path.name in _SMALL or path.name.startswith(DATABASE)]
        if taken:
            raise ConfigurationError(
                f"{data_dir} 里已经有 {', '.join(sorted(taken))}，请先移走 / already there, move them away first"
            )
        return [_copied(path, data_dir / path.name) for path in found]


def _copied(source: Path, target: Path) -> Path:
    draft = target.with_name(f"{target.name}.part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        if source.name == DATABASE:
            _copy_database(source, draft)
        else:
            shutil.copyfile(source, draft)
        with open(draft, "r+b") as file:
            os.fsync(file.fileno())
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def _copy_database(source: Path, target: Path) -> None:
    """All of it in one step: in several, each write of the server would begin the copy anew. The copy is looked
    through; raises ConfigurationError where it is not sound.
    """
    try:
        with closing(sqlite3.connect(source, timeout=_PATIENCE_S)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")  # one file, without the log beside it
            [said] = new.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        raise ConfigurationError(f"数据库没有拷贝成功 / the database could not be copied: {said}")
