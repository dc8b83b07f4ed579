"""The event loops in which calls are made: asyncio's own, and uvicorn's where there is one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

LOOPS: list[Callable[[], asyncio.AbstractEventLoop]] = [asyncio.new_event_loop]
if sys.platform != "win32":
    import uvloop

    LOOPS.append(uvloop.new_event_loop)
