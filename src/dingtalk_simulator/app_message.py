"""Messages of an app's robot: the msgKey and msgParam table of D 0699."""

from __future__ import annotations

import json
from typing import Any

from dingtalk_simulator.errors import mandatory, refuse_code
from dingtalk_simulator.world import World

_LINK = {"title": "titleOfLink", "text": "textOfLink", "messageUrl": "messageUrlOfLink"}
_CARD = {"title": "actionCardTotitle", "text": "actionCardTotext"}
_BUTTON_TITLE, _BUTTON_URL = "actionCardTobtnsTotitle", "actionCardTobtnsToactionUrl"


def _buttons(count: int) -> dict[str, str]:
    numbered = {}
    for number in range(1, count + 1):
        numbered[f"actionTitle{number}"] = _BUTTON_TITLE
        numbered[f"actionURL{number}"] = _BUTTON_URL
    return {**_CARD, **numbered}


REQUIRED: dict[str, dict[str, str]] = {
    "sampleText": {"content": "contentOfText"},
    "sampleMarkdown": {"title": "markdownTotitle", "text": "markdownTotext"},
    "sampleImageMsg": {"photoURL": "photoTophotoUrl"},
    "sampleLink": _LINK,
    "sampleActionCard": {
        **_CARD,
        "singleTitle": "actionCardTosingleTitle",
        "singleURL": "actionCardTosingleUrl",
    },
    "sampleActionCard2": _buttons(2),
    "sampleActionCard3": _buttons(3),
    "sampleActionCard4": _buttons(4),
    "sampleActionCard5": _buttons(5),
    "sampleActionCard6": {
        **_CARD,
        "buttonTitle1": _BUTTON_TITLE,
        "buttonUrl1": _BUTTON_URL,
        "buttonTitle2": _BUTTON_TITLE,
        "buttonUrl2": _BUTTON_URL,
    },
    "sampleAudio": {"mediaId": "audio", "duration": "audio"},
    "sampleFile": {"mediaId": "file", "fileName": "file", "fileType": "file"},
    "sampleVideo": {"videoMediaId": "video", "videoType": "video"},
}
"""msgKey → required msgParam key → the tail of its `miss.param.` code (D 0714)."""


def read_param(msg_param: object) -> dict[str, Any]:
    """msgParam as an object, empty if it is not one; never refuses."""
    if not isinstance(msg_param, str):
        return {}
    try:
        param = json.loads(msg_param)
    except (ValueError, RecursionError):
        return {}
    return param if isinstance(param, dict) else {}


def check_message(world: World, msg_key: object, msg_param: object) -> None:
    if not msg_key:
        raise mandatory("msgKey")
    if not isinstance(msg_key, str) or msg_key not in REQUIRED:
        raise refuse_code(
            "invalidParameter.msgKey.invalid", f"错误描述: 不支持类型 {msg_key} ;解决方案:请使用支持的类型;"
        )
    if not msg_param:
        raise mandatory("msgParam")
    if isinstance(msg_param, str) and len(msg_param.encode("utf-8", "replace")) > world.limits.msg_param_bytes:
        raise refuse_code("invalidParameter.msgParam.tooLong")
    param = read_param(msg_param)
    if not param:
        raise refuse_code("invalidParameter.msgParam.invalid")
    for name, tail in REQUIRED[msg_key].items():
        value = param.get(name)
        if not isinstance(value, str) or not value.strip():
            text = f"错误描述:参数 {name} 缺失，或者参数格式不正确; 解决方案:请填充上对应参数;"
            raise refuse_code(f"miss.param.{tail}", text)
    objection = world.censor.objection(msg_param)
    if objection is not None:
        raise refuse_code(objection.value[1])


def title_and_text(msg_key: str, param: dict[str, Any]) -> tuple[str, str]:
    names = {"sampleText": "content", "sampleImageMsg": "photoURL", "sampleFile": "fileName"}
    title, text = param.get("title"), param.get(names.get(msg_key, "text"))
    return title if isinstance(title, str) else "", text if isinstance(text, str) else ""
