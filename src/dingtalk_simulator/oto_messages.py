"""An app's robot to single persons: batchSend (D 0714), readStatus (D 0720), batchRecall (D 0723)."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from dingtalk_simulator.admission import SEND_POINT, admit_api, check_robot_code
from dingtalk_simulator.app_message import check_message, read_param, title_and_text
from dingtalk_simulator.call import Answer, Call, RefusalError, success
from dingtalk_simulator.directory import App
from dingtalk_simulator.errors import mandatory, refuse_code
from dingtalk_simulator.ledger import UNKNOWN_CHAT, Message, person_chat
from dingtalk_simulator.oauth import api_body
from dingtalk_simulator.world import Sending, World

SEND_PATH = "/v1.0/robot/oToMessages/batchSend"
READ_PATH = "/v1.0/robot/oToMessages/readStatus"
RECALL_PATH = "/v1.0/robot/otoMessages/batchRecall"
MAX_USERS = 20
MAX_KEYS = 20
KEY_LIFETIME_S = 86_400.0

INVALID, FLOW_CONTROLLED, FILTERED = "invalidStaffIdList", "flowControlledStaffIdList", "filteredStaffIdList"


def batch_send(world: World, call: Call) -> Answer:
    content = call.json_object()
    try:
        app = admit_api(world, call, SEND_POINT)
        body = api_body(call)
        user_ids = _check_body(world, app, body)
    except RefusalError as refusal:
        _record_all(world, call, content, refusal.answer.code, str(refusal))
        raise
    lists: dict[str, list[str]] = {INVALID: [], FLOW_CONTROLLED: [], FILTERED: []}
    delivered: list[Message] = []
    for user_id in user_ids:
        refused = _refused_list(world, app, user_id, call.now)
        if refused is not None:
            lists[refused].append(user_id)
        message = _record(world, call, body, user_id, code=refused, note=_LIST_NOTES.get(refused, ""))
        if message.delivered:
            delivered.append(message)
    world.stats.delivered += len(delivered)
    key = base64.b64encode(uuid.uuid4().bytes).decode("ascii")
    for message in delivered:
        message.process_query_key = key
    world.keep_sending(key, Sending(app.robot_code, call.now, delivered))
    return success({"processQueryKey": key, **lists})


_LIST_NOTES: dict[str | None, str] = {
    INVALID: "userId 无效，或不在应用可见范围内",
    FLOW_CONTROLLED: "对此人发送过快，被限流",
    FILTERED: "被钉钉过滤",
}


def note_fault(world: World, call: Call, answer: Answer | None, label: str) -> None:
    _record_all(world, call, call.json_object(), answer.code if answer else None, label)


def _check_body(world: World, app: App, body: dict[str, Any]) -> list[str]:
    check_robot_code(world, app, body.get("robotCode"))
    listed = body.get("userIds")
    if not listed:
        raise mandatory("userIds")
    user_ids = _recipients(body)
    if not user_ids or not isinstance(listed, list):
        raise refuse_code("invalidParameter.userIds.empty")
    if len(listed) > MAX_USERS:
        raise refuse_code("invalidParameter.userIds.overMax")
    check_message(world, body.get("msgKey"), body.get("msgParam"))
    return user_ids


def _recipients(body: dict[str, Any] | None) -> list[str]:
    """Each person once, in the order given."""
    listed = (body or {}).get("userIds")
    if not isinstance(listed, list):
        return []
    return list(dict.fromkeys(item for item in listed if isinstance(item, str) and item))


def _refused_list(world: World, app: App, user_id: str, now: float) -> str | None:
    """Where people outside the visible range go is undocumented: here they are invalid."""
    person = world.people.get(user_id)
    if person is None or not app.sees(user_id):
        return INVALID
    if person.filtered:
        return FILTERED
    if person.flow_controlled or not person.received.admits(now, world.limits.person_per_minute):
        return FLOW_CONTROLLED
    return None


def _record_all(world: World, call: Call, body: dict[str, Any] | None, code: int | str | None, note: str) -> None:
    """The call failed as a whole; without readable userIds it is one attempt at nobody."""
    user_ids: list[str | None] = [*_recipients(body)]
    for user_id in user_ids or [None]:
        _record(world, call, body, user_id, code=code, note=note)


def _record(
    world: World,
    call: Call,
    body: dict[str, Any] | None,
    user_id: str | None,
    *,
    code: int | str | None,
    note: str,
) -> Message:
    """Delivered if there is neither a code nor a note of why not."""
    fields = body or {}
    msg_key, robot_code = fields.get("msgKey"), fields.get("robotCode")
    msgtype = msg_key if isinstance(msg_key, str) else ""
    title, text = title_and_text(msgtype, read_param(fields.get("msgParam")))
    message = Message(
        at=call.wall,
        channel="account",
        robot=robot_code if isinstance(robot_code, str) else "",
        user_id=user_id,
        msgtype=msgtype,
        title=title,
        text=text,
        body=call.body,
        body_is_json=body is not None,
        code=code,
        delivered=code is None and not note,
        note=note,
    )
    known = user_id is not None and user_id in world.people
    world.ledger.add(message, person_chat(user_id) if known and user_id else UNKNOWN_CHAT)
    return message


def read_status(world: World, call: Call) -> Answer:
    app = admit_api(world, call, SEND_POINT)
    check_robot_code(world, app, call.query.get("robotCode"))
    key = call.query.get("processQueryKey")
    if not key:
        raise refuse_code("invalidParameter.processQueryKey.missing")
    sending = world.sendings.get(key)
    if sending is None or sending.robot_code != app.robot_code:
        raise refuse_code("invalid.processQueryKey")
    if call.now - sending.at > KEY_LIFETIME_S:
        raise refuse_code("processQueryKey.expireTime")
    infos = [
        {
            "name": world.people[message.user_id].name if message.user_id in world.people else "",
            "userId": message.user_id,
            "readStatus": "READ" if message.read else "UNREAD",
        }
        for message in sending.messages
    ]
    status = "RECALLED" if sending.recalled else "SUCCESS"
    return success({"sendStatus": status, "messageReadInfoList": infos})


def batch_recall(world: World, call: Call) -> Answer:
    app = admit_api(world, call, SEND_POINT)
    body = api_body(call)
    check_robot_code(world, app, body.get("robotCode"))
    keys = body.get("processQueryKeys")
    if not isinstance(keys, list) or not keys:
        raise refuse_code("invalidParameter.processQueryKey.missing")
    if len(keys) > MAX_KEYS:
        raise refuse_code("invalidParameter.processQueryKeys.overMax")
    done: list[str] = []
    failed: dict[str, str] = {}
    for key in map(str, keys):
        sending = world.sendings.get(key)
        if sending is None:
            failed[key] = "invalid.processQueryKey"
        elif sending.robot_code != app.robot_code:
            failed[key] = "not.allowed.robotCode"
        elif call.now - sending.at > KEY_LIFETIME_S:
            failed[key] = "robot.processQueryKey.expired"
        else:
            _recall(world, sending)
            done.append(key)
    return success({"successResult": done, "failedResult": failed})


def _recall(world: World, sending: Sending) -> None:
    """A recalled message leaves no trace in the chat (D 0723)."""
    sending.recalled = True
    for message in sending.messages:
        if message.recalled or message.user_id is None:
            continue
        message.recalled = True
        chat = world.ledger.chat(person_chat(message.user_id))
        if not message.read and chat.unread:
            chat.unread -= 1
        world.ledger.touch(chat)
