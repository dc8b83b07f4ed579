"""Messages to persons by the robot of an internal app (dingtalk-api §2.3-2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dingbell.channels.base import Button, Form, Message, Result
from dingbell.channels.dingtalk.asking import ask
from dingbell.channels.dingtalk.errors import classify_api
from dingbell.channels.dingtalk.fitting import as_json, cut, title_and_text, usable_buttons
from dingbell.channels.dingtalk.token import App, Tokens
from dingbell.channels.http import Http

SEND_PATH = "/v1.0/robot/oToMessages/batchSend"
MAX_RECIPIENTS = 20
MAX_BUTTONS = 5
# Documented as 15000 for the group call only; the one-to-one call refuses "tooLong" without a number.
MAX_PARAM_BYTES = 14_800


def encode(message: Message) -> tuple[str, str]:
    """msgKey and msgParam, a JSON string of at most MAX_PARAM_BYTES; a longer text is cut and marked.

    One-to-one messages know no @: mentions are ignored. A card takes at most 5 buttons; without a usable one
    it is drawn as markdown.
    """
    title, text = title_and_text(message.title, message.text)
    buttons = usable_buttons(message.buttons)[:MAX_BUTTONS] if message.form is Form.ACTION_CARD else []
    if message.form is Form.TEXT:
        key, around, name = "sampleText", {}, "content"
    else:
        key, around, name = _card_key(buttons), {"title": title, **_card_buttons(buttons)}, "text"

    def param(part: str) -> str:
        return as_json({**around, name: part})

    fitted = cut(text, lambda part: len(param(part).encode()) <= MAX_PARAM_BYTES, at_line=name == "text")
    return key, param(fitted)


def body(robot_code: str, user_ids: Sequence[str], msg_key: str, msg_param: str) -> bytes:
    """The JSON body of one call. Raises ValueError unless there are 1 to 20 userIds."""
    if not 1 <= len(user_ids) <= MAX_RECIPIENTS:
        raise ValueError(f"a call takes 1 to {MAX_RECIPIENTS} userIds, not {len(user_ids)}")
    fields = {"robotCode": robot_code, "userIds": list(user_ids), "msgKey": msg_key, "msgParam": msg_param}
    return as_json(fields).encode()


async def send(http: Http, tokens: Tokens, app: App, body: bytes, now: datetime) -> Result:
    """Send an encoded body; never raises for anything the network or DingTalk does.

    UNKNOWN means that a repetition may duplicate the message: this call has no msgUuid.
    """
    result, _ = await ask(http, tokens, app, now, "POST", SEND_PATH, body, classify_api)
    return result


def _card_key(buttons: Sequence[Button]) -> str:
    if not buttons:
        return "sampleMarkdown"
    return "sampleActionCard" if len(buttons) == 1 else f"sampleActionCard{len(buttons)}"


def _card_buttons(buttons: Sequence[Button]) -> dict[str, str]:
    if len(buttons) == 1:
        return {"singleTitle": buttons[0].title, "singleURL": buttons[0].url}
    fields: dict[str, str] = {}
    for number, button in enumerate(buttons, start=1):
        fields |= {f"actionTitle{number}": button.title, f"actionURL{number}": button.url}
    return fields
