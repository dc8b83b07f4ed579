"""A message that DingTalk refused for what is in it, made so harmless or so short that it takes it. Pure.

The alarm arrives, in poorer words that say so: DingTalk never tells which word or link it did not like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from dingbell.channels.base import Form, Message
from dingbell.channels.dingtalk.fitting import cut, safe, size

SANITISED, SHORTENED, UNCALLED = "sanitised", "shortened", "uncalled"
WAYS = frozenset({SANITISED, SHORTENED, UNCALLED})
# Far below every limit (dingtalk-api §1.8, §2.3): where DingTalk's own has shrunk, a little less would not do.
SHORT_BYTES = 4_000
_SHORT_TITLE_BYTES = 150
_SHORT_BUTTON_BYTES = 1_000
_WITHOUT_LINKS = "(钉钉拒收了原消息，这里去掉了链接、图片和说明文字。全文请看报警系统。)"
_WITHOUT_REST = "…(钉钉认为原消息太长，这里只有开头。全文请看报警系统。)"

# The form itself may be what is refused (a card's buttons, a message type): a sanitised message is bare text.
_WAYS = {
    "unsafe_link": SANITISED,
    "unsuitable_text": SANITISED,
    "unsuitable_picture": SANITISED,
    "unsuitable_content": SANITISED,
    "illegal_link_domain": SANITISED,
    "illegal_characters": SANITISED,
    "message_type_unsupported": SANITISED,
    "message_key_refused": SANITISED,
    "message_parameter_refused": SANITISED,
    "message_body_refused": SANITISED,
    "parameter_missing": SANITISED,
    "parameter_refused": SANITISED,
    "title_missing": SANITISED,
    "text_missing": SANITISED,
    "title_or_text_missing": SANITISED,
    "message_too_long": SHORTENED,
    "mention_all_forbidden": UNCALLED,
}

_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://\S+"  # whatever its scheme
    r"|\bwww\.\S+"
    r"|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\b(?:[a-z0-9-]+\.)+(?:com|cn|net|org|io|top|xyz|info|cc|me|vip|site|shop|app|dev|link|online|club)\b(?:[:/]\S*)?",
    re.IGNORECASE | re.ASCII,
)
_MARKS = re.compile(r"^\s*(?:#{1,6}\s+|>\s*|[-+*]\s+|\d+\.\s+)")
_HEADING_OR_ITEM = re.compile(r"^\s*(?:#{1,6}|[-+*]|\d+\.)\s")
_LABEL = re.compile(r"^([^\s：:]{1,12})[：:]")
# Words that people typed, about anything.
_TYPED = frozenset({"说明", "备注", "描述", "处理建议", "建议", "详情", "内容", "消息"})


def how(reason: str) -> str:
    """SANITISED, SHORTENED or UNCALLED, whichever may help against a refusal; "" where none of them does."""
    return _WAYS.get(reason, "")


def mended(message: Message, way: str) -> Message:
    """`way` is what `how` answered; "" leaves the message as it is. Its mentions are all that the robot is to make."""
    return _MENDED[way](message) if way else message


def sanitised(message: Message) -> Message:
    """Bare text: the headline and the lines of facts, without links, pictures, buttons and words typed by people."""
    lines = [line for line in message.text.splitlines() if line.strip()]
    facts = list(_facts(lines)) or [_bare(message.title)]
    kept = "\n".join((*facts, _WITHOUT_LINKS))
    return replace(message, form=Form.TEXT, title=_bare(message.title), text=kept, buttons=())


def shortened(message: Message) -> Message:
    """At most SHORT_BYTES of the text, in the same form, with its first button if that is short."""
    text = message.text
    if not text.strip():
        text = message.title
    # The mark stands there also where nothing had to go: a link or a button was left out then.
    kept = cut(text + _WITHOUT_REST, lambda part: size(part) <= SHORT_BYTES, mark=_WITHOUT_REST, at_line=True)
    title = cut(safe(message.title), lambda part: size(part) <= _SHORT_TITLE_BYTES, mark="…")
    buttons = tuple(b for b in message.buttons[:1] if size([b.title, b.url]) <= _SHORT_BUTTON_BYTES)
    return replace(message, title=title, text=kept, buttons=buttons)


def uncalled(message: Message) -> Message:
    """Without @所有人, which this group keeps to its admin; everybody named is still called."""
    return replace(message, mentions=replace(message.mentions, everyone=False))


_MENDED: Mapping[str, Callable[[Message], Message]] = {
    SANITISED: sanitised,
    SHORTENED: shortened,
    UNCALLED: uncalled,
}


def _facts(lines: list[str]) -> Iterator[str]:
    """The first line, and all that are a heading, an item of a list or `标签：值`, but for what people typed."""
    for number, line in enumerate(lines):
        fact = _bare(line)
        label = _LABEL.match(fact)
        if label is not None and label[1] in _TYPED:
            continue
        if fact and (number == 0 or label is not None or _HEADING_OR_ITEM.match(line)):
            yield fact


def _bare(line: str) -> str:
    """A line's words and numbers alone."""
    line = _PICTURE.sub("", line)
    line = _LINK.sub(r"\1", line)
    line = _ADDRESS.sub("", _MARKS.sub("", line)).replace("**", "")
    words = " ".join("".join(char for char in safe(line) if _harmless(char)).split())
    return re.sub(r"：\s+", "：", words)


def _harmless(char: str) -> bool:
    """Writing, numbers, punctuation and units; nothing drawn or invisible."""
    if char.isspace():
        return True
    category = unicodedata.category(char)
    if category == "So":
        return char < "\u2200"  # ° ℃ № ®, but no arrows, boxes and emoji
    return category[0] in "LNPSM" and not "\ufe00" <= char <= "\ufe0f"
