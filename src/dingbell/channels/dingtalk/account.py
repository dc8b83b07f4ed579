"""Messages to persons by the robot of an internal app (dingtalk-api §2.3-2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dingbell.channels.base import Button, Form, Message, Result
from dingbell.channels.dingtalk.errors import TOKEN_REASONS, classify_api, network_result
from dingbell.channels.dingtalk.fitting import as_json, cut, title_and_text, usable_buttons
from dingbell.channels.dingtalk.token import App, TokenError, Tokens
from dingbell.channels.http import Http, NetworkError

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


def send(http: Http, tokens: Tokens, app: App, body: bytes, now: datetime) -> Result:
    """Send an encoded body; never raises for anything the network or DingTalk does.

    A refused access token is fetched anew and the call repeated once: DingTalk checks it before it takes
    anything.
    UNKNOWN means that a repetition may duplicate the message: this call has no msgUuid.
    """
    try:
        token = tokens.get(http, app, now)
        result = _post(http, app, token, body, now)
        if result.reason in TOKEN_REASONS:
            tokens.forget(app, token)
            token = tokens.get(http, app, now)
            result = _post(http, app, token, body, now)
    except TokenError as refused:
        return refused.result
    return result


def _post(http: Http, app: App, token: str, body: bytes, now: datetime) -> Result:
    try:
        reply = http.post_json(f"{http.hosts.api_url}{SEND_PATH}", body, {"x-acs-dingtalk-access-token": token})
    except NetworkError as error:
        return network_result(error)
    result = classify_api(reply.status, reply.body, (token, app.client_secret))
    return replace(result, clock_skew_s=reply.clock_skew_s(now))


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
