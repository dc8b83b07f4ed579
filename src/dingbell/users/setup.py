"""The one-time code that lets somebody away from the machine make the first admin."""

from __future__ import annotations

import secrets
import threading

import structlog

TRIES = 5
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # read from a screen and typed: nothing that looks like another

log = structlog.get_logger(__name__)


class SetupCode:
    """A code kept in memory only; after `TRIES` wrong tries it is worth nothing and a new one is logged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._code = self._new()
        self._tries = 0

    @property
    def text(self) -> str:
        return self._code

    def matches(self, typed: str) -> bool:
        """Whether `typed` is the code; case, spaces and dashes do not matter."""
        with self._lock:
            right = secrets.compare_digest(_plain(typed).encode(), _plain(self._code).encode())
            if right:
                return True
            self._tries += 1
            if self._tries >= TRIES:
                self._code, self._tries = self._new(), 0
                log.warning("setup code replaced after wrong tries / 首次设置设置码已更换", code=self._code)
            return False

    @staticmethod
    def _new() -> str:
        letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        return f"{letters[:4]}-{letters[4:]}"


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").upper()


_of_this_process = SetupCode()


def setup_code() -> str:
    """What `dingbell serve` prints while there is no admin."""
    return _of_this_process.text


def code_matches(typed: str) -> bool:
    return _of_this_process.matches(typed)
