"""One process a data directory: two would each believe to be the one writer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class AlreadyRunning(Exception):
    """Another process serves this data directory."""


def hold(data_dir: Path) -> IO[bytes]:
    """Take the directory until the returned file is closed or the process ends, however it ends.

    A lock of the operating system, not a PID file: after `kill -9` nothing has to be cleared away.
    Raises AlreadyRunning.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    file = open(data_dir / "dingbell.lock", "a+b")  # noqa: SIM115 -- held as long as the process lives
    try:
        if fcntl is not None:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError as error:
        file.close()
        raise AlreadyRunning(os.fspath(data_dir)) from error
    return file
