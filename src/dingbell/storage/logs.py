"""Logs: one line a happening, to stderr, in UTF-8 whatever the console (dingtalk-pitfalls §7)."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up(level: str) -> None:
    """For every entry point, once."""
    if hasattr(sys.stderr, "reconfigure"):
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(
        stream=sys.stderr, level=max(number, logging.INFO), format="%(asctime)s %(levelname)s %(message)s"
    )
    for talkative in ("urllib3", "uvicorn.access", "asyncio"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
