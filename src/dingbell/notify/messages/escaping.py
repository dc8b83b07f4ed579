"""Alarm text inside DingTalk markdown: shown as it is, able to do nothing.

DingTalk documents no escape character, so what would be markup is replaced by its full-width twin, which looks
the same in a chat and means nothing to the renderer (dingtalk-api §1.7).
"""

from __future__ import annotations

import re

_TWINS = str.maketrans({"*": "＊", "`": "｀", "<": "＜", "~": "～", "\\": "＼", "|": "｜"})
# What ends a text may be followed by anything of the message around it.
_LINK = re.compile(r"\[([^\[\]]*)\](?=\(|$)")
_LINK_END = re.compile(r"\](?=\(|$)")
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # between letters it is part of a tag's name
_MENTION = re.compile(r"@(?=[\w+]|$)")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_MARK = re.compile(r"^(#{1,6}(?=\s|$)|>|[-+](?=\s|$)|\d+\.(?=\s|$))")

# Most texts of a plant hold nothing that could mean anything; a number with a point may begin a list.
_ORDINARY = re.compile(r"(?!\d+\.)\w[\w /.,:%，。、：；（）]*(?<! )")


def plain(text: str) -> str:
    """`text` on one line, without markup, links or mentions, whatever stands before and after it."""
    if "_" not in text and _ORDINARY.fullmatch(text):
        return text
    text = one_line(text).translate(_TWINS)
    text = _LINK_END.sub("］", _LINK.sub(r"［\1］", text))
    text = _EDGE_UNDERSCORE.sub("＿", text)
    text = _ENTITY.sub("＆", text)
    return _LINE_MARK.sub(lambda mark: _widen(mark[1]), text)


def one_line(text: str) -> str:
    """`text` on one line and without mentions, for where markup is not read: titles, buttons, plain texts."""
    lines = (line.strip() for line in text.splitlines())
    return _MENTION.sub("＠", " ".join(line for line in lines if line))


def _widen(mark: str) -> str:
    """ASCII punctuation as its full-width twin, which begins no heading, quote or list."""
    return "".join(chr(ord(c) + 0xFEE0) if not c.isdigit() else c for c in mark)
