"""Hanging up without an answer, which ASGI has no word for."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "dingtalk_simulator.transport"


class OpenConnection(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with the connection's transport put within reach of the application."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Closes the connection and returns when it is gone, so that uvicorn does not answer 500 in our place."""
    extension = (scope.get("extensions") or {}).get(TRANSPORT)
    if extension is None:
        raise RuntimeError("断开连接的故障只能在模拟器自己的服务器里使用（dingtalk_simulator.server）")
    cast(asyncio.Transport, extension["transport"]).close()
    while (await receive())["type"] != "http.disconnect":
        pass
