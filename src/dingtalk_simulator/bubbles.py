"""One message as a phone shows it, as safe HTML."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from dingtalk_simulator.app_message import read_param
from dingtalk_simulator.call import json_object
from dingtalk_simulator.clock import in_china
from dingtalk_simulator.ledger import Message
from dingtalk_simulator.markdown import link, picture, render
from dingtalk_simulator.reasons import reason
from dingtalk_simulator.robot_message import mentions
from dingtalk_simulator.world import World

LONGEST_RAW = 600


def bubble(world: World, message: Message) -> str:
    body = json_object(message.body) or {}
    is_card = message.msgtype.startswith("sample")
    content = read_param(body.get("msgParam")) if is_card else body.get(message.msgtype)
    shown = _content(world, message, content if isinstance(content, dict) else {}, body)
    state = "" if message.delivered else " refused"
    if message.duplicate:
        state = " duplicate"
    sender = _sender(world, message)
    return (
        f'<article class="message{state}"><span class="avatar robot">{escape(sender[:1])}</span>'
        f'<div class="column"><div class="sender">{escape(sender)}'
        f"<time>{in_china(message.at):%H:%M:%S}</time></div>"
        f'<div class="bubble {_shape(message.msgtype)}">{shown}</div>'
        f"{_reminders(world, message, body)}{_footer(message)}</div></article>"
    )


def preview(message: Message) -> str:
    """One line of plain text for the list of chats."""
    line = " ".join((message.title or message.text or "（无内容）").split())
    return ("" if message.delivered else "[未送达] ") + line[:60]


def _sender(world: World, message: Message) -> str:
    robot = world.robots.get(message.robot)
    if robot is not None:
        return robot.name
    known = any(app.robot_code == message.robot for app in world.apps.values())
    return "应用机器人" if known else "未登记的机器人"


def _shape(msgtype: str) -> str:
    return "plain" if msgtype in ("text", "markdown", "sampleText", "sampleMarkdown") else "card"


def _content(world: World, message: Message, content: dict[str, Any], body: dict[str, Any]) -> str:
    kind = message.msgtype.removeprefix("sample")
    if not message.text and kind.lower() in ("text", "markdown"):
        return '<div class="text">（无内容）</div>'
    if kind in ("text", "Text"):
        return f'<div class="text">{_with_mentions(world, message.text, body)}</div>'
    if kind in ("markdown", "Markdown"):
        return f'<div class="markdown">{render(message.text)}</div>'
    if kind in ("link", "Link"):
        return _link_card(content)
    if kind.lower().startswith("actioncard"):
        return _action_card(content)
    if kind == "feedCard":
        return _feed_card(content)
    if kind == "ImageMsg":
        return picture(message.text)
    if kind in ("File", "Audio", "Video"):
        word = {"File": "文件", "Audio": "语音", "Video": "视频"}[kind]
        return f'<div class="text">[{word}] {escape(message.text)}</div>'
    raw = message.body.decode("utf-8", "replace")[:LONGEST_RAW]
    return f'<pre class="raw">{escape(raw) or "（空请求）"}</pre>'


def _with_mentions(world: World, text: str, body: dict[str, Any]) -> str:
    """Text messages show who is mentioned in blue, by name."""
    found = mentions(body)
    # Longest first: @u12 is not @u1 followed by a 2.
    named = sorted({*found.mobiles, *found.user_ids}, key=len, reverse=True)
    if not named:
        return escape(text)
    parts = re.split(f"@({'|'.join(map(re.escape, named))})", text)
    return "".join(
        f'<span class="mention">@{escape(_name(world, part))}</span>' if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


def _name(world: World, who: str) -> str:
    """A stranger's number is shown masked (D 0699)."""
    for person in world.people.values():
        if who in (person.mobile, person.user_id):
            return person.name
    return f"{who[:3]}****{who[-4:]}" if who.isdigit() and len(who) > 7 else who


def _reminders(world: World, message: Message, body: dict[str, Any]) -> str:
    if message.channel != "robot" or "at" not in body:
        return ""
    found = mentions(body)
    names = ["所有人"] if found.everyone else []
    names += [_name(world, who) for who in (*found.mobiles, *found.user_ids)]
    parts = []
    if names and message.delivered:
        parts.append(f'<span class="at">@ 提醒 {escape("、".join(names))}</span>')
    if found.ineffective:
        listed = escape("、".join(found.ineffective[:5]))
        parts.append(f'<span class="at none">@ 未生效：正文里没有 @{listed}</span>')
    return f'<div class="reminders">{"".join(parts)}</div>' if parts else ""


def _footer(message: Message) -> str:
    if message.duplicate:
        return '<div class="why">重复的 msgUuid，钉钉不再显示</div>'
    if message.delivered:
        return ""
    code = "" if message.code in (None, 0) else f"<b>{escape(str(message.code))}</b> "
    return f'<div class="why">{code}{escape(reason(message.code, message.note))}</div>'


def _text(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""


def _link_card(content: dict[str, Any]) -> str:
    title, text = escape(_text(content, "title")), escape(_text(content, "text"))
    body = f'<span class="clamp">{text}</span><span class="thumb linked"></span>'
    return link(_text(content, "messageUrl"), f'<b>{title}</b><span class="beside">{body}</span>', "linkcard")


def _action_card(content: dict[str, Any]) -> str:
    side = " side" if content.get("btnOrientation") == "1" or "buttonTitle1" in content else ""
    buttons = "".join(link(url, escape(title), "button") for title, url in _buttons(content))
    text = f'<div class="markdown">{render(_text(content, "text"))}</div>'
    return f'{text}<div class="buttons{side}">{buttons}</div>'


def _buttons(content: dict[str, Any]) -> list[tuple[str, str]]:
    if content.get("singleTitle"):
        return [(_text(content, "singleTitle"), _text(content, "singleURL"))]
    listed = content.get("btns")
    if isinstance(listed, list):
        return [(_text(item, "title"), _text(item, "actionURL")) for item in listed if isinstance(item, dict)]
    names = [(f"actionTitle{number}", f"actionURL{number}") for number in range(1, 6)]
    names += [(f"buttonTitle{number}", f"buttonUrl{number}") for number in (1, 2)]
    return [(_text(content, title), _text(content, url)) for title, url in names if title in content]


def _feed_card(content: dict[str, Any]) -> str:
    listed = content.get("links")
    rows = []
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict):
            inner = f'<span>{escape(_text(item, "title"))}</span><span class="thumb"></span>'
            rows.append(link(_text(item, "messageURL"), inner, "feed"))
    return "".join(rows) or f'<pre class="raw">{escape(json.dumps(content, ensure_ascii=False))}</pre>'
