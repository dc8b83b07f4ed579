"""The control API over HTTP: parsing, 400 with a clear text, the long list of messages as a stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dingtalk_simulator import control
from dingtalk_simulator.call import json_bytes
from dingtalk_simulator.clock import CHINA
from dingtalk_simulator.control_input import BadInputError, Fields
from dingtalk_simulator.ledger import Message
from dingtalk_simulator.world import World

CHUNK = 1000
"""Messages written between two chances for other requests to be answered."""


def answer(value: object, status: int = 200) -> Response:
    return Response(json_bytes(value), status, media_type="application/json")


def control_routes(world: Callable[[], World], reset: Callable[[], World]) -> list[Route]:
    async def post(request: Request) -> Response:
        try:
            fields = await _fields(request)
            if request.url.path == control.ROBOTS_PATH:
                origin = f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"
                return answer(control.make_robot(world(), fields, origin))
            return answer(control.POSTS[request.url.path](world(), fields))
        except BadInputError as error:
            return answer({"error": str(error)}, 400)

    async def post_reset(_: Request) -> Response:
        reset()
        return answer({"reset": True})

    async def messages(request: Request) -> Response:
        query = request.query_params
        try:
            since = _since(query.get("since"))
        except BadInputError as error:
            return answer({"error": str(error)}, 400)
        found = world().ledger.select(query.get("robot"), query.get("user_id"), since)
        return StreamingResponse(_stream(found), media_type="application/json")

    async def stats(_: Request) -> Response:
        return answer(control.stats_state(world()))

    paths = [control.ROBOTS_PATH, *control.POSTS]
    return [
        *(Route(path, post, methods=["POST"]) for path in paths),
        Route("/_sim/reset", post_reset, methods=["POST"]),
        Route("/_sim/messages", messages, methods=["GET"]),
        Route("/_sim/stats", stats, methods=["GET"]),
    ]


async def _fields(request: Request) -> Fields:
    try:
        posted = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise BadInputError("请求正文不是 JSON") from None
    if not isinstance(posted, dict):
        raise BadInputError("请求正文必须是一个 JSON 对象")
    return Fields(posted)


def _since(text: str | None) -> float | None:
    """ISO 8601 (without zone: China) or epoch seconds. A + that became a space in the URL is mended."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        raise BadInputError("since 必须是 ISO 8601 时间或 Unix 秒数") from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=CHINA)).timestamp(), 6)


async def _stream(messages: Iterator[Message]) -> AsyncIterator[str]:
    start = '{"messages": ['
    while chunk := list(islice(messages, CHUNK)):
        yield start + ",\n".join(message.entry() for message in chunk)
        start = ",\n"
        await asyncio.sleep(0)
    yield "]}" if start == ",\n" else start + "]}"
