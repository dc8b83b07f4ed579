"""Every message that reached the simulator, delivered or not, and the chats it belongs to."""

from __future__ import annotations

import json
import secrets
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dingtalk_simulator.clock import in_china

KEPT_MESSAGES = 200_000
"""Oldest messages beyond this are forgotten; the counters in /_sim/stats go on."""
KEPT_IN_CHAT = 200
UNKNOWN_CHAT = "unknown"

Channel = Literal["robot", "account", "card"]


@dataclass(slots=True)
class Message:
    """One message to one recipient. `body` is the request as it came, `code` an errcode or a code."""

    at: float
    channel: Channel
    robot: str
    user_id: str | None
    msgtype: str
    title: str
    text: str
    body: bytes
    body_is_json: bool
    code: int | str | None
    delivered: bool
    duplicate: bool = False
    note: str = ""
    """For the page: DingTalk's text of a refusal, or the fault that ate the message."""
    recalled: bool = False
    read: bool = False
    process_query_key: str = ""
    """Of a message that an app's robot delivered to a person."""

    def entry(self) -> str:
        """As JSON text in the shape of GET /_sim/messages. The body is spliced in, not parsed again."""
        head = {
            "at": in_china(self.at).isoformat(timespec="microseconds"),
            "channel": self.channel,
            "robot": self.robot,
            "user_id": self.user_id,
            "msgtype": self.msgtype,
            "title": self.title,
            "text": self.text,
        }
        tail = {
            "errcode" if self.channel == "robot" else "code": self.code,
            "delivered": self.delivered,
            "duplicate": self.duplicate,
        }
        shown = self.body.decode("utf-8", "replace")
        body = shown if self.body_is_json else json.dumps(shown)
        return f'{json.dumps(head)[:-1]}, "body": {body}, {json.dumps(tail)[1:]}'


@dataclass(slots=True)
class Chat:
    recent: deque[Message] = field(default_factory=lambda: deque(maxlen=KEPT_IN_CHAT))
    unread: int = 0
    version: int = 0
    """The ledger's version at this chat's last change."""
    latest: int = 0
    """The ledger's version at the last message: the order of the list."""


class Ledger:
    def __init__(self) -> None:
        self.messages: deque[Message] = deque(maxlen=KEPT_MESSAGES)
        self.chats: OrderedDict[str, Chat] = OrderedDict()
        self.version = 0
        self.name = secrets.token_hex(4)
        """Tells the page that a reset made a new ledger, whose versions start again."""

    def add(self, message: Message, chat_id: str) -> None:
        self.messages.append(message)
        chat = self.chat(chat_id)
        chat.recent.append(message)
        if message.delivered and not message.duplicate:
            chat.unread += 1
        self.touch(chat)
        chat.latest = self.version

    def chat(self, chat_id: str) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None:
            chat = self.chats[chat_id] = Chat()
            self.touch(chat)
        return chat

    def touch(self, chat: Chat) -> None:
        self.version += 1
        chat.version = self.version

    def mark_read(self, chat_id: str) -> list[Message]:
        """Reads what the chat still shows, its last KEPT_IN_CHAT messages: those that were not read before."""
        chat = self.chats.get(chat_id)
        if chat is None or not chat.unread:
            return []
        chat.unread = 0
        fresh = [message for message in chat.recent if not message.read and message.delivered and not message.recalled]
        for message in chat.recent:
            message.read = True
        self.touch(chat)
        return fresh

    def select(self, robot: str | None, user_id: str | None, since: float | None) -> Iterator[Message]:
        """Oldest first. `since` is inclusive, in the simulator's wall time."""
        for message in list(self.messages):
            if robot is not None and message.robot != robot:
                continue
            if user_id is not None and message.user_id != user_id:
                continue
            if since is not None and round(message.at, 6) < since:
                continue
            yield message


def group_chat(group: str) -> str:
    return f"group:{group}"


def person_chat(user_id: str) -> str:
    return f"user:{user_id}"
