"""POST /robot/send: the custom robot of a group (D 0717; security settings D-guide 0082).

DingTalk does not document the order of its checks. Here: content type, size and JSON; token; what the
security settings can tell from the URL and the address (IP list, signature); rate limit; monthly quota;
the content (required fields, then keywords); msgUuid. So a stranger without the secret cannot lock a robot
out, while every call that passes the signature counts towards its 20 a minute, also one that is then refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from dingtalk_simulator.call import Answer, Call, RefusalError
from dingtalk_simulator.directory import ROBOT_STATES, Robot
from dingtalk_simulator.errors import refuse_errcode
from dingtalk_simulator.ledger import UNKNOWN_CHAT, Message, group_chat
from dingtalk_simulator.robot_message import fault_of, title_and_text, visible_strings
from dingtalk_simulator.world import World

PATH = "/robot/send"
SIGN_WINDOW_MS = 3_600_000

OK = Answer(200, b'{"errcode":0,"errmsg":"ok"}', 0)


def signature(secret: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over "timestamp\\nsecret" with the secret as the key (D-guide 0082)."""
    message = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode("ascii")


def send(world: World, call: Call) -> Answer:
    content = call.json_object()
    robot = world.robots.get(call.query.get("access_token", ""))
    if robot is not None:
        robot.requests += 1
        robot.attempts.add(call.now)
    try:
        admitted = _admit(world, call, robot, content)
        body = _check_content(world, admitted, content)
    except RefusalError as refusal:
        record(world, call, refusal.answer, content, str(refusal), delivered=False)
        raise
    duplicate = admitted.is_repeat(body.get("msgUuid"))
    record(world, call, OK, body, "", delivered=True, duplicate=duplicate)
    if duplicate:
        world.stats.duplicates += 1
    else:
        admitted.delivered += 1
        world.stats.delivered += 1
    return OK


def note_fault(world: World, call: Call, answer: Answer | None, label: str) -> None:
    """An attempt that a fault answered, or left unanswered, instead of DingTalk."""
    record(world, call, answer, call.json_object(), label, delivered=False)


def _admit(world: World, call: Call, robot: Robot | None, content: dict[str, Any] | None) -> Robot:
    if not call.is_json_typed():
        raise refuse_errcode(43004)
    if len(call.body) > world.limits.robot_body_bytes:
        raise refuse_errcode(460101)
    if content is None:
        raise refuse_errcode(40035)
    if robot is None:
        if not call.query.get("access_token"):
            raise refuse_errcode(40035, "缺少参数 access_token")
        raise refuse_errcode(400101)
    if robot.state != "normal":
        raise refuse_errcode(ROBOT_STATES[robot.state])
    if robot.ip_whitelist and not _listed(robot, call.client):
        raise refuse_errcode(310000, f"ip {call.client} not in whitelist")
    if robot.secret:
        _check_signature(robot.secret, call.query, call.wall)
    if not robot.gate.admits(call.now, world.limits.robot_per_minute):
        text = f"send too fast, exceed {world.limits.robot_per_minute} times per minute"
        raise refuse_errcode(130101, text)
    if not world.webhook_quota.admits(call.wall):
        raise refuse_errcode(90030)
    return robot


def _listed(robot: Robot, client: str) -> bool:
    """DingTalk's list knows IPv4 only (D-guide 0082)."""
    try:
        address = IPv4Address(client.removeprefix("::ffff:"))
    except AddressValueError:
        return False
    return any(address in network for network in robot.ip_whitelist)


def _check_signature(secret: str, query: dict[str, str], wall: float) -> None:
    timestamp, sign = query.get("timestamp", ""), query.get("sign", "")
    if not timestamp or not sign:
        raise refuse_errcode(310000, "sign not match")
    is_number = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15
    if not is_number or abs(wall * 1000 - int(timestamp)) > SIGN_WINDOW_MS:
        raise refuse_errcode(310000, "invalid timestamp")
    if not hmac.compare_digest(signature(secret, timestamp).encode(), sign.encode("utf-8", "replace")):
        raise refuse_errcode(310000, "sign not match")


def _check_content(world: World, robot: Robot, content: dict[str, Any] | None) -> dict[str, Any]:
    body = content or {}
    missing = fault_of(body)
    if missing is not None:
        raise refuse_errcode(*missing)
    if robot.keywords:
        seen = list(visible_strings(body))
        if not any(keyword in text for keyword in robot.keywords for text in seen):
            raise refuse_errcode(310000, "keywords not in content")
    objection = world.censor.objection(body)
    if objection is not None:
        raise refuse_errcode(objection.value[0])
    return body


def record(
    world: World,
    call: Call,
    answer: Answer | None,
    content: dict[str, Any] | None,
    note: str,
    *,
    delivered: bool,
    duplicate: bool = False,
) -> None:
    token = call.query.get("access_token", "")
    robot = world.robots.get(token)
    title, text = title_and_text(content) if content else ("", "")
    msgtype = content.get("msgtype") if content else ""
    message = Message(
        at=call.wall,
        channel="robot",
        robot=token,
        user_id=None,
        msgtype=msgtype if isinstance(msgtype, str) else "",
        title=title,
        text=text,
        body=call.body,
        body_is_json=content is not None,
        code=answer.code if answer else None,
        delivered=delivered,
        duplicate=duplicate,
        note=note,
    )
    world.ledger.add(message, group_chat(robot.group) if robot else UNKNOWN_CHAT)
