"""Answers that are sent while they are made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from unittest.mock import patch

T = TypeVar("T")


def streamed_text(answer: Any) -> str:
    """The whole text of a streaming CSV answer of Django's test client.

    Without a loop: Playwright leaves one in the main thread, and Django's connections differ inside and outside of it.
    """
    gathering = _gathered(answer)
    with patch("dingbell.web.csv_files.sync_to_async", _at_once):
        try:
            gathering.send(None)
        except StopIteration as done:
            return str(done.value)
    raise AssertionError("the answer waits for something")


async def _gathered(answer: Any) -> str:
    return b"".join([chunk async for chunk in answer]).decode()


def _at_once(wanted: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    async def call() -> T:
        return wanted()

    return call
