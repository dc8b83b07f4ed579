"""Answers that are sent while they are made."""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import async_to_sync


def streamed_text(answer: Any) -> str:
    """The whole text of a streaming answer of Django's test client.

    Playwright leaves its loop in the main thread for the rest of the process, resting between its own calls; asyncio
    takes it for running and would let no other loop run here.
    """
    resting = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return async_to_sync(_gathered)(answer)
    finally:
        asyncio._set_running_loop(resting)


async def _gathered(answer: Any) -> str:
    return b"".join([chunk async for chunk in answer]).decode()
