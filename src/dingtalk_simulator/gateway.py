"""The way of every call to a DingTalk path: read, fault or handler, count, answer or hang up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from dingtalk_simulator import contacts, group_messages, oauth, oto_messages, robot, stream
from dingtalk_simulator.call import Answer, Call, RefusalError
from dingtalk_simulator.connection import hang_up
from dingtalk_simulator.errors import code_answer, errcode_answer
from dingtalk_simulator.faults import Fault
from dingtalk_simulator.world import World

KEPT_BODY = 1_000_000
"""Bytes read of a request; every limit of DingTalk is far below."""


@dataclass(frozen=True, slots=True)
class Route:
    handle: Callable[[World, Call], Answer]
    note_fault: Callable[[World, Call, Answer | None, str], None] | None = None
    """Records the messages of a call that a fault kept from the handler."""


UNIFIED_TOKEN = Route(oauth.unified_token)
ROUTES: dict[tuple[str, str], Route] = {
    ("POST", robot.PATH): Route(robot.send, robot.note_fault),
    ("POST", oauth.PATH): Route(oauth.access_token),
    ("GET", oauth.LEGACY_PATH): Route(oauth.legacy_token),
    ("POST", oto_messages.SEND_PATH): Route(oto_messages.batch_send, oto_messages.note_fault),
    ("GET", oto_messages.READ_PATH): Route(oto_messages.read_status),
    ("POST", oto_messages.RECALL_PATH): Route(oto_messages.batch_recall),
    ("POST", stream.OPEN_PATH): Route(stream.open_connection),
    ("POST", group_messages.SEND_PATH): Route(group_messages.send, group_messages.note_fault),
    ("POST", contacts.BY_MOBILE_PATH): Route(contacts.user_by_mobile),
    ("POST", contacts.USER_PATH): Route(contacts.user),
    ("POST", contacts.SUBDEPARTMENTS_PATH): Route(contacts.subdepartments),
    ("POST", contacts.USER_IDS_PATH): Route(contacts.user_ids),
    ("POST", contacts.USERS_PATH): Route(contacts.users),
}


async def serve(world: World, scope: Scope, receive: Receive, send: Send) -> None:
    call = await _read(world, scope, receive)
    world.stats.requests[call.path] += 1
    fault = world.faults.take(call)
    if fault is None:
        await _answer(world, send, _handle(world, call))
        return
    world.stats.faulted[call.path] += 1
    answer = _handle_fault(world, call, fault)
    if fault.delay_s:
        await asyncio.sleep(fault.delay_s)
    if answer is None:
        await hang_up(scope, receive)
    else:
        await _answer(world, send, answer)


async def _read(world: World, scope: Scope, receive: Receive) -> Call:
    body = b""
    more = True
    while more and len(body) <= KEPT_BODY:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    now = world.clock.now()
    client = scope.get("client")
    return Call(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=dict(scope["headers"]),
        body=body,
        client=client[0] if client else "",
        now=now,
        wall=now + world.clock.skew_s,
    )


def _route(call: Call) -> Route | None:
    route = ROUTES.get((call.method, call.path))
    if route is None and call.method == "POST" and oauth.is_unified_path(call.path):
        return UNIFIED_TOKEN
    return route


def _handle(world: World, call: Call) -> Answer:
    route = _route(call)
    try:
        answer = _unknown(call) if route is None else route.handle(world, call)
    except RefusalError as refusal:
        answer = refusal.answer
    world.stats.count_refusal(call.path, answer.code, answer.status)
    return answer


def _handle_fault(world: World, call: Call, fault: Fault) -> Answer | None:
    """The answer to give, None to hang up without one."""
    replacement = None if fault.drop else fault.answer()
    if fault.drop_after_accept or (replacement is None and not fault.drop):
        answer = _handle(world, call)
        return None if fault.drop_after_accept else answer
    route = _route(call)
    if route is not None and route.note_fault is not None:
        route.note_fault(world, call, replacement, fault.label())
    if replacement is not None:
        world.stats.count_refusal(call.path, replacement.code, replacement.status)
    return replacement


def _unknown(call: Call) -> Answer:
    if call.path.startswith("/v1.0/"):
        return code_answer("InvalidAction.NotFound")
    return errcode_answer(404, "请求的URI地址不存在")


async def _answer(world: World, send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type),
        (b"content-length", str(len(answer.body)).encode("ascii")),
        (b"date", world.clock.date_header()),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
