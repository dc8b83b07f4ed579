"""POST /v1.0/robot/groupMessages/send: an app's robot in an internal group (D 0716)."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from dingtalk_simulator.admission import SEND_POINT, admit_api, check_robot_code
from dingtalk_simulator.app_message import check_message, read_param, title_and_text
from dingtalk_simulator.call import Answer, Call, RefusalError, success
from dingtalk_simulator.directory import conversation_id
from dingtalk_simulator.errors import refuse_code
from dingtalk_simulator.ledger import UNKNOWN_CHAT, Message, group_chat
from dingtalk_simulator.oauth import api_body
from dingtalk_simulator.world import World

SEND_PATH = "/v1.0/robot/groupMessages/send"


def send(world: World, call: Call) -> Answer:
    """Every group that has a custom robot is taken to have the app's robot too."""
    content = call.json_object()
    try:
        app = admit_api(world, call, SEND_POINT)
        body = api_body(call)
        check_robot_code(world, app, body.get("robotCode"))
        if not body.get("openConversationId"):
            raise refuse_code("miss.openConversationId")
        if _group(world, body) is None:
            raise refuse_code("invalid.openConversationId")
        check_message(world, body.get("msgKey"), body.get("msgParam"))
    except RefusalError as refusal:
        _record(world, call, content, refusal.answer, str(refusal), delivered=False)
        raise
    _record(world, call, body, None, "", delivered=True)
    world.stats.delivered += 1
    return success({"processQueryKey": base64.b64encode(uuid.uuid4().bytes).decode("ascii")})


def note_fault(world: World, call: Call, answer: Answer | None, label: str) -> None:
    _record(world, call, call.json_object(), answer, label, delivered=False)


def _group(world: World, body: dict[str, Any]) -> str | None:
    wanted = body.get("openConversationId")
    groups = (robot.group for robot in world.robots.values())
    return next((group for group in groups if conversation_id(group) == wanted), None)


def _record(
    world: World,
    call: Call,
    body: dict[str, Any] | None,
    answer: Answer | None,
    note: str,
    *,
    delivered: bool,
) -> None:
    fields = body or {}
    msg_key, robot_code = fields.get("msgKey"), fields.get("robotCode")
    msgtype = msg_key if isinstance(msg_key, str) else ""
    title, text = title_and_text(msgtype, read_param(fields.get("msgParam")))
    message = Message(
        at=call.wall,
        channel="robot",
        robot=robot_code if isinstance(robot_code, str) else "",
        user_id=None,
        msgtype=msgtype,
        title=title,
        text=text,
        body=call.body,
        body_is_json=body is not None,
        code=answer.code if answer else (0 if delivered else None),
        delivered=delivered,
        note=note,
    )
    group = _group(world, fields)
    world.ledger.add(message, UNKNOWN_CHAT if group is None else group_chat(group))
