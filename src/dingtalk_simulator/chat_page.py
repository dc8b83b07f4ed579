"""placeholder"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dingtalk_simulator.world import World


def page_routes(world: Callable[[], World]) -> list[Route]:
    async def page(_: Request) -> Response:
        return PlainTextResponse(f"钉钉模拟器 {len(world().ledger.messages)}")

    return [Route("/", page)]
