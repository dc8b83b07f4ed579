"""The Stream connections that are open, and what goes out through them."""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False, slots=True)
class Connection:
    """One websocket of an app. A frame None in `frames` ends it."""

    id: str
    client_id: str
    wants_events: bool
    frames: asyncio.Queue[dict[str, Any] | None] = field(default_factory=asyncio.Queue)


class Streams:
    """Of one world. A ticket opens one connection."""

    def __init__(self) -> None:
        self.tickets: dict[str, Connection] = {}
        self.open: set[Connection] = set()
        self.pushed = 0
        self.acknowledged: set[str] = set()

    def push(self, connection: Connection, kind: str, headers: dict[str, str], data: dict[str, Any]) -> None:
        self.pushed += 1
        own = {"connectionId": connection.id, "contentType": "application/json", "messageId": uuid.uuid4().hex}
        frame = {"specVersion": "1.0", "type": kind, "headers": own | headers, "data": json.dumps(data)}
        connection.frames.put_nowait(frame)

    def close(self) -> None:
        for connection in self.open:
            connection.frames.put_nowait(None)
