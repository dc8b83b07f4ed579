"""The five message types of a custom robot (D 0699, D 0717): required fields, text, mentions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_MENTIONS = 50

Missing = tuple[int, str]


def _filled(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _items(value: object) -> list[dict[str, Any]]:
    return [_object(item) for item in value] if isinstance(value, list) else []


def fault_of(body: dict[str, Any]) -> Missing | None:
    """errcode and errmsg of the first required field that is missing, None for a complete message.

    Only 400402 and 400403 were ever seen for a named field; the others share 401102.
    """
    msgtype = body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in REQUIRED:
        return 400105, "不支持的消息类型"
    content = body.get(msgtype)
    if not isinstance(content, dict):
        return 401102, f"miss param : {msgtype}"
    for name in REQUIRED[msgtype]:
        if not _filled(content.get(name)):
            return _MARKDOWN_CODES.get((msgtype, name), 401102), f"miss param : {msgtype}->{name}"
    if msgtype == "actionCard":
        return _button_fault(content)
    if msgtype == "feedCard":
        return _list_fault(content, "feedCard", "links", ("title", "messageURL", "picURL"))
    return None


REQUIRED: dict[str, tuple[str, ...]] = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "link": ("title", "text", "messageUrl"),
    "actionCard": ("title", "text"),
    "feedCard": (),
}
_MARKDOWN_CODES = {("markdown", "title"): 400402, ("markdown", "text"): 400403}


def _button_fault(card: dict[str, Any]) -> Missing | None:
    """singleTitle and singleURL together make `btns` ignored (D 0717)."""
    title, url = _filled(card.get("singleTitle")), _filled(card.get("singleURL"))
    if title and url:
        return None
    if title or url:
        return 401102, f"miss param : actionCard->{'singleURL' if title else 'singleTitle'}"
    return _list_fault(card, "actionCard", "btns", ("title", "actionURL"))


def _list_fault(content: dict[str, Any], msgtype: str, name: str, fields: tuple[str, ...]) -> Missing | None:
    items = _items(content.get(name))
    if not items:
        return 401102, f"miss param : {msgtype}->{name}"
    for item in items:
        for wanted in fields:
            if not _filled(item.get(wanted)):
                return 401102, f"miss param : {msgtype}->{name}->{wanted}"
    return None


def title_and_text(body: dict[str, Any]) -> tuple[str, str]:
    """Also of an incomplete message: refused attempts are shown too."""
    msgtype = _string(body.get("msgtype"))
    content = _object(body.get(msgtype))
    if msgtype == "text":
        return "", _string(content.get("content"))
    if msgtype == "feedCard":
        titles = [_string(item.get("title")) for item in _items(content.get("links"))]
        return (titles[0] if titles else ""), "\n".join(titles)
    return _string(content.get("title")), _string(content.get("text"))


def visible_strings(body: dict[str, Any]) -> Iterator[str]:
    """Everything a reader sees. DingTalk does not document where it looks for keywords; it is here."""
    content = _object(body.get(_string(body.get("msgtype"))))
    for name in ("content", "title", "text", "singleTitle"):
        yield _string(content.get(name))
    for item in _items(content.get("btns")) + _items(content.get("links")):
        yield _string(item.get("title"))


@dataclass(slots=True, frozen=True)
class Mentions:
    """Who is reminded. `ineffective` stood in `at` but not, as @…, in the text; or beyond the first 50."""

    mobiles: tuple[str, ...]
    user_ids: tuple[str, ...]
    everyone: bool
    ineffective: tuple[str, ...]


def mentions(body: dict[str, Any]) -> Mentions:
    """Link and feedCard know no mention; a number counts only where the literal @number stands (D 0699)."""
    at = _object(body.get("at"))
    able = body.get("msgtype") in ("text", "markdown", "actionCard")
    text = title_and_text(body)[1] if able else ""
    room = MAX_MENTIONS
    found: dict[str, list[str]] = {"atMobiles": [], "atUserIds": []}
    ineffective: list[str] = []
    for name, effective in found.items():
        listed = at.get(name)
        for item in listed if isinstance(listed, list) else []:
            who = str(item)
            if room and who and f"@{who}" in text:
                effective.append(who)
                room -= 1
            else:
                ineffective.append(who)
    everyone = able and at.get("isAtAll") in (True, "true")
    return Mentions(tuple(found["atMobiles"]), tuple(found["atUserIds"]), everyone, tuple(ineffective))
