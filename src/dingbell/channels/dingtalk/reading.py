"""What a stored body said: a message as people got it, whichever way it went."""

from __future__ import annotations

import json
from typing import Any

from dingbell.channels.base import Button, Form, Mentions, Message


def sent(body: str) -> Message:
    """The message of a body that one of the channels made. Raises ValueError for another."""
    try:
        document = json.loads(body)
        if "form" in document:
            return Message(Form(document["form"]), document["title"], document["text"])
        if "msgKey" in document:
            return _message(json.loads(document["msgParam"]), Mentions())
        content = document[document["msgtype"]]
        return _message(content, _mentions(document.get("at", {})))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no message body") from error


def _message(content: dict[str, Any], mentions: Mentions) -> Message:
    if "content" in content:
        return Message(Form.TEXT, "", content["content"], mentions=mentions)
    buttons = tuple(_buttons(content))
    form = Form.ACTION_CARD if buttons else Form.MARKDOWN
    return Message(form, content["title"], content["text"], buttons, mentions)


def _buttons(content: dict[str, Any]) -> list[Button]:
    """A robot's card has one button or a list; a card to people numbers them (actionTitle1, actionURL1, …)."""
    if "singleTitle" in content:
        return [Button(content["singleTitle"], content.get("singleURL") or content["singleUrl"])]
    if "btns" in content:
        return [Button(one["title"], one["actionURL"]) for one in content["btns"]]
    numbers = [name.removeprefix("actionTitle") for name in content if name.startswith("actionTitle")]
    return [Button(content[f"actionTitle{number}"], content[f"actionURL{number}"]) for number in sorted(numbers)]


def _mentions(at: dict[str, Any]) -> Mentions:
    return Mentions(at.get("isAtAll", False), tuple(at.get("atMobiles", ())), tuple(at.get("atUserIds", ())))
