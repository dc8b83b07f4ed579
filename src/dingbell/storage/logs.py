"""Logs: one line a happening, to stderr, in UTF-8 whatever the console (dingtalk-pitfalls §7), and to a file if asked.

A Windows task throws stderr away: there the file is all that tells why a start failed.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO, cast

import structlog

from dingbell.storage.configuration import ConfigurationError
from dingbell.storage.private_files import keep_private

FILE_BYTES, OLDER_FILES = 10_000_000, 5

_file: _PrivateFile | None = None


def keep_in(path: Path, mask: Callable[[str], str]) -> None:
    """From now on every line goes to `path`, too. Before `set_up`, once. Raises ConfigurationError."""
    global _file  # noqa: PLW0603 -- one a process, as stderr is
    try:
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
        _file = _PrivateFile(path, maxBytes=FILE_BYTES, backupCount=OLDER_FILES, encoding="utf-8", errors="replace")
    except OSError as error:
        raise ConfigurationError(
            f"--log-file {path}: 日志文件打不开 / the log file cannot be opened: {error.strerror}"
        ) from error
    _file.setFormatter(_Masked(mask, "%(message)s"))


def keep(text: str) -> None:
    """For what the console is told without the log: `text` and the time, to the file alone if there is one."""
    _append(f"{datetime.now().astimezone().isoformat(timespec='microseconds')} {text}")


def set_up(level: str, mask: Callable[[str], str]) -> None:
    """For every entry point, once. `mask` goes over every line, a library's and ours: it may name an address."""
    if hasattr(sys.stderr, "reconfigure"):
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    lines = cast(TextIO, _Lines(sys.stderr))
    handler = logging.StreamHandler(lines)
    handler.setFormatter(_Masked(mask, "%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=max(number, logging.INFO))
    for talkative in ("urllib3", "uvicorn.access", "asyncio"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty() and _file is None, pad_event_to=0),
            lambda _logger, _method, line: mask(str(line)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=lines),
        cache_logger_on_first_use=True,
    )


def _append(line: str) -> None:
    if _file is not None:
        _file.handle(logging.makeLogRecord({"msg": line}))


class _Lines:
    """A file whose disk may be full, or whose reader may be gone: a line that cannot be told must end no thread.

    Each `write` is a whole line, and goes to the log file, too.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._file.write(text)
        _append(text.removesuffix("\n"))

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._file.flush()


class _Masked(logging.Formatter):
    def __init__(self, mask: Callable[[str], str], form: str) -> None:
        super().__init__(form)
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        return self._mask(super().format(record))


class _PrivateFile(RotatingFileHandler):
    """Its owner's, and never in the way: a line it cannot take stands on stderr."""

    def _open(self) -> TextIOWrapper:
        file = super()._open()
        keep_private(Path(self.baseFilename))
        return file

    def rotate(self, source: str, dest: str) -> None:
        with suppress(OSError):  # Windows, while somebody reads it: go on in the same file
            super().rotate(source, dest)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A full disk: logging's own words would come with every line, unmasked."""
