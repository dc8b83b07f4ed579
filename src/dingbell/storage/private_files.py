"""Files of an installation are for the user that serves it: they hold session keys, password hashes, set-up codes."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path


def keep_private(path: Path) -> None:
    """Mode 600 for `path`, where it is a regular file of this process's user; what others made is left alone.

    Nothing on Windows, where a file takes the rights of its directory. Raises OSError.
    """
    if sys.platform == "win32":
        return
    with suppress(FileNotFoundError):  # nothing there yet, or a -wal that another process has just closed
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & 0o077:
            path.chmod(0o600)
