"""Stream mode (reference §4.2): an app opens a connection, gets events through it and acknowledges each.

The one event there is: robot_msg_read (D-event 0112), when somebody reads what an app's robot sent them.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections.abc import Iterable
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from dingtalk_simulator.call import Answer, Call, success
from dingtalk_simulator.errors import code_answer, mandatory
from dingtalk_simulator.ledger import Message
from dingtalk_simulator.oauth import api_body
from dingtalk_simulator.streams import Connection
from dingtalk_simulator.world import World

OPEN_PATH = "/v1.0/gateway/connections/open"
CONNECT_PATH = "/connect"
CORPORATION = "dingsimulator"
NOT_ALLOWED = 1008


def open_connection(world: World, call: Call) -> Answer:
    body = api_body(call)
    for name in ("clientId", "clientSecret"):
        if not body.get(name):
            raise mandatory(name)
    app = world.apps.get(str(body["clientId"]))
    if app is None or app.client_secret != body["clientSecret"]:
        return code_answer("authFailed", "鉴权失败", status=401)
    listed = body.get("subscriptions")
    subscriptions = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    wants_events = any(one.get("type") == "EVENT" for one in subscriptions)
    ticket = secrets.token_urlsafe(24)
    world.streams.tickets[ticket] = Connection(uuid.uuid4().hex, app.client_id, wants_events)
    host = call.headers.get(b"host", b"127.0.0.1").decode("latin-1")
    return success({"endpoint": f"ws://{host}{CONNECT_PATH}", "ticket": ticket})


async def serve(world: World, scope: Scope, receive: Receive, send: Send) -> None:
    """One connection from its ticket to its end."""
    await receive()
    ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
    connection = world.streams.tickets.pop(ticket, None)
    if scope["path"] != CONNECT_PATH or connection is None:
        await send({"type": "websocket.close", "code": NOT_ALLOWED})
        return
    await send({"type": "websocket.accept"})
    world.streams.open.add(connection)
    listening = asyncio.create_task(_listen(world, connection, receive))
    try:
        while (frame := await connection.frames.get()) is not None:
            await send({"type": "websocket.send", "text": json.dumps(frame)})
        if not listening.done():
            await send({"type": "websocket.close", "code": 1000})
    finally:
        listening.cancel()
        world.streams.open.discard(connection)


async def _listen(world: World, connection: Connection, receive: Receive) -> None:
    """Take acknowledgements until the app hangs up."""
    while (event := await receive())["type"] == "websocket.receive":
        try:
            answer = json.loads(event.get("text") or "")
            if answer.get("code") == 200:
                world.streams.acknowledged.add(str(answer["headers"]["messageId"]))
        except (ValueError, KeyError, AttributeError, TypeError):
            continue
    connection.frames.put_nowait(None)


def tell_read(world: World, messages: Iterable[Message]) -> None:
    """Tell the apps whose robots sent these that somebody has read them."""
    for message in messages:
        if not message.process_query_key:
            continue
        apps = {app.client_id for app in world.apps.values() if app.robot_code == message.robot}
        at_ms = int(world.clock.wall() * 1000)
        data = {
            "userId": message.user_id,
            "unionId": f"union-{message.user_id}",
            "processQueryKey": message.process_query_key,
            "robotCode": message.robot,
            "operatTime": str(at_ms),
        }
        for connection in world.streams.open:
            if connection.wants_events and connection.client_id in apps:
                world.streams.push(connection, "EVENT", _headers(connection, at_ms), data)


def _headers(connection: Connection, at_ms: int) -> dict[str, str]:
    return {
        "appId": connection.client_id,
        "topic": "*",
        "time": str(at_ms),
        "eventType": "robot_msg_read",
        "eventId": uuid.uuid4().hex,
        "eventBornTime": str(at_ms),
        "eventCorpId": CORPORATION,
        "eventUnifiedAppId": connection.client_id,
    }


def disconnect(world: World) -> int:
    """Ask every connection to come again, as DingTalk does before it goes away: how many."""
    for connection in world.streams.open:
        world.streams.push(
            connection, "SYSTEM", {"topic": "disconnect"}, {"reason": "persistent connection is timeout"}
        )
    return len(world.streams.open)
