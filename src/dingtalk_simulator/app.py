"""The simulator as one ASGI application: DingTalk's paths, the control API under /_sim, the page at /."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from dingtalk_simulator import stream
from dingtalk_simulator.chat_page import page_routes
from dingtalk_simulator.control_http import control_routes
from dingtalk_simulator.gateway import serve
from dingtalk_simulator.world import World


class Simulator:
    """DingTalk's paths go straight to the gateway: routing costs more than most of its answers."""

    def __init__(self) -> None:
        self.world = World()
        routes = [*control_routes(lambda: self.world, self.reset), *page_routes(lambda: self.world)]
        self._own = Starlette(routes=routes)

    def reset(self) -> World:
        """Everything as after the start, the clock too."""
        self.world.streams.close()
        self.world = World()
        return self.world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await stream.serve(self.world, scope, receive, send)
            return
        if scope["type"] == "http" and not _is_own(scope["path"]):
            await serve(self.world, scope, receive, send)
            return

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["date"] = self.world.clock.date_header().decode("ascii")
            await send(message)

        await self._own(scope, receive, send_dated)


def _is_own(path: str) -> bool:
    return path == "/" or path.startswith("/_sim/")


def create_app() -> Simulator:
    return Simulator()
