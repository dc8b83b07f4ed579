"""Messages to a group by its custom robot (dingtalk-api §1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dingbell.channels.base import Button, Form, Mentions, Message, Result
from dingbell.channels.dingtalk.errors import classify_robot, network_result
from dingbell.channels.dingtalk.fitting import (
    as_json,
    cut,
    safe,
    size,
    title_and_text,
    usable_buttons,
    within,
)
from dingbell.channels.dingtalk.webhook import Webhook, signed_url
from dingbell.channels.http import Http, NetworkError

# DingTalk refuses a body over 20000 bytes whole (460101); a little stays free for what a gateway may add.
MAX_BODY_BYTES = 19_800
MAX_MENTIONS = 50
# 50 people with the longest userId (64 characters) fit.
MENTIONS_BYTES = 7_000
MAX_KEYWORD_CHARS = 100


def encode(message: Message, keywords: Sequence[str], msg_uuid: str) -> bytes:
    """The JSON body in UTF-8, at most MAX_BODY_BYTES: a longer text is cut and marked.

    Title and text contain one of `keywords` (the robot's, may be empty) and every literal @ also after a cut.
    The same `msg_uuid` on a repetition makes DingTalk post once. Keywords over 100 characters are ignored.
    """
    words = [safe(word.strip()) for word in keywords if 0 < len(word.strip()) <= MAX_KEYWORD_CHARS]
    called = _called(message.mentions)
    buttons = usable_buttons(message.buttons) if message.form is Form.ACTION_CARD else []
    title, text = title_and_text(message.title, message.text)
    if words and not _has_any(words, title):
        title = f"{words[0]} {title}"
    markdown = message.form is not Form.TEXT

    def body(whole: str) -> dict[str, Any]:
        content = _content(message.form, title, whole, buttons)
        return {**content, **called.at, "msgUuid": safe(msg_uuid)}

    def fitted(prefix: str) -> str:
        tail = called.tail(called.names, markdown)
        return cut(text, lambda part: size(body(prefix + part + tail)) <= MAX_BODY_BYTES, at_line=markdown)

    if not called.names and (not words or _has_any(words, text)):
        whole = as_json(body(text)).encode()
        if len(whole) <= MAX_BODY_BYTES:
            return whole
    prefix = ""
    part = fitted(prefix)
    if words and not _has_any(words, part):
        # A line of its own: in front of "### …" on the same line it would undo the heading.
        prefix = words[0] + ("\n\n" if markdown else " ")
        part = fitted(prefix)
    missing = [name for name in called.names if not re.search(rf"@{re.escape(name)}(?![\w-])", part)]
    return as_json(body(prefix + part + called.tail(missing, markdown))).encode()


async def send(http: Http, webhook: Webhook, secret: str, body: bytes, now: datetime) -> Result:
    """Post an encoded body once; never raises for anything the network or DingTalk does.

    `secret` is "" for a robot without signing. `now` is the local wall clock (aware) at this moment.
    """
    try:
        reply = await http.exchange("POST", signed_url(webhook, secret, now), body)
    except NetworkError as error:
        return network_result(error)
    result = classify_robot(reply.status, reply.body, (webhook.token, secret))
    return replace(result, clock_skew_s=reply.clock_skew_s(now))


@dataclass(frozen=True, slots=True)
class _Called:
    """The people who are called, each named the same way in `at` and in the text (dingtalk-api §1.6)."""

    everyone: bool
    mobiles: tuple[str, ...]
    user_ids: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (*(("所有人",) if self.everyone else ()), *self.mobiles, *self.user_ids)

    @property
    def at(self) -> dict[str, Any]:
        if not self.names:
            return {}
        fields = {"atMobiles": self.mobiles, "atUserIds": self.user_ids, "isAtAll": self.everyone}
        return {"at": fields}

    def tail(self, names: Sequence[str], markdown: bool) -> str:
        if not names:
            return ""
        return ("\n\n" if markdown else "\n") + " ".join(f"@{name}" for name in names)


def _called(mentions: Mentions) -> _Called:
    people = [(True, name) for name in _names(mentions.mobiles)]
    people += [(False, name) for name in _names(mentions.user_ids)]
    # Each name stands twice in the body: in `at` and in the text.
    kept = within(people[:MAX_MENTIONS], MENTIONS_BYTES, lambda person: 2 * size(person[1]) + 1)
    mobiles = tuple(name for is_mobile, name in kept if is_mobile)
    return _Called(mentions.everyone, mobiles, tuple(name for is_mobile, name in kept if not is_mobile))


def _names(names: Sequence[str]) -> list[str]:
    """Without doubles, a leading @ and white space, which would end the literal @ early."""
    cleaned = (re.sub(r"\s", "", safe(name)).lstrip("@") for name in names)
    return list(dict.fromkeys(name for name in cleaned if name))


def _has_any(words: Sequence[str], text: str) -> bool:
    return any(word in text for word in words)


def _content(form: Form, title: str, text: str, buttons: Sequence[Button]) -> dict[str, Any]:
    """Body of dingtalk-api §1.5. An action card without a usable button is drawn as markdown."""
    if form is Form.TEXT:
        return {"msgtype": "text", "text": {"content": text}}
    if not buttons:
        return {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
    card: dict[str, Any] = {"title": title, "text": text, "btnOrientation": "0"}
    if len(buttons) == 1:
        card |= {"singleTitle": buttons[0].title, "singleURL": buttons[0].url}
    else:
        card["btns"] = [{"title": button.title, "actionURL": button.url} for button in buttons]
    return {"msgtype": "actionCard", "actionCard": card}
