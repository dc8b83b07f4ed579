"""Alarm text inside DingTalk markdown: shown as it is, able to do nothing.

DingTalk documents no escape character, so what would be markup is replaced by its full-width twin, which looks
the same in a chat and means nothing to the renderer (dingtalk-api §1.7).
"""

from __future__ import annotations

import re

_TWINS = str.maketrans({"*": "＊", "`": "｀", "<": "＜", "~": "～", "\\": "＼", "|": "｜"})
_LINK = re.compile(r"\](?=\()")
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # between letters it is part of a tag's name
_MENTION = re.compile(r"@(?=[\w+])")
_BREAKS = re.compile(r"\s*[\r\n\u2028\u2029\x0b\x0c\x1c-\x1e\x85]+\s*")
_LINE_MARK = re.compile(r"^(\s*)(#{1,6}(?=\s)|>|[-+](?=\s)|\d+\.(?=\s))")


def plain(text: str) -> str:
    """`text` on one line, without markup, links or mentions."""
    text = _BREAKS.sub(" ", text).strip().translate(_TWINS)
    text = _LINK.sub("］", text)
    text = _EDGE_UNDERSCORE.sub("＿", text)
    text = _MENTION.sub("＠", text)
    return _LINE_MARK.sub(lambda mark: mark[1] + _widen(mark[2]), text)


def _widen(mark: str) -> str:
    """ASCII punctuation as its full-width twin, which begins no heading, quote or list."""
    return "".join(chr(ord(c) + 0xFEE0) if not c.isdigit() else c for c in mark)
