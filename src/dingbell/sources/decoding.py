"""What msgspec says of a wrong document, in words a person at a plant can act on."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

MISMATCH = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>\w+)`")
_AT = re.compile(r" - at `(?:key in )?\$\.?(?P<place>[^`]*)`$")


def place(error: str) -> str:
    """Where in the document it is: `robots[0].alias`, "" for the document itself."""
    at = _AT.search(error)
    return (at["place"] if at else "").replace("[...]", "")


def mismatch(found: re.Match[str]) -> str:
    """The sentence for a match of MISMATCH."""
    wanted = "、".join(type_word(word) for word in found["wanted"].split(" | "))
    return _("类型不对：应为 %(wanted)s，收到 %(got)s") % {"wanted": wanted, "got": type_word(found["got"])}


def type_word(word: str) -> str:
    return {
        "str": _("文本"),
        "int": _("整数"),
        "float": _("数字"),
        "bool": _("布尔值"),
        "null": _("null"),
        "object": _("对象"),
        "array": _("数组"),
    }.get(word, word)
