"""Key files of the data directory."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def load_or_create(path: Path) -> str:
    """The key in `path`, made of 32 random bytes (hex) and readable by its owner only where there was none.

    Two processes that start together end with the same key: O_EXCL lets one create it, the other reads it.
    Raises OSError where the directory cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    key = secrets.token_hex(32)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link appears with its content or not at all: no reader ever sees half a key.
            os.link(draft, path)
        except FileExistsError:
            return path.read_text("ascii").strip()
        except OSError:  # a file system without hard links (FAT, some network shares)
            return _create_exclusively(path, key)
        return key
    finally:
        draft.unlink(missing_ok=True)


def _create_exclusively(path: Path, key: str) -> str:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    return key
