"""What of markdown DingTalk does not draw, or not on every phone (dingtalk-api §1.7, dingtalk-pitfalls §7-8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Undrawn(StrEnum):
    TABLE = "table"
    CODE = "code"
    HTML = "html"
    NESTED_LIST = "nested_list"
    STRIKETHROUGH = "strikethrough"
    RULE = "rule"
    TASK_LIST = "task_list"
    UNDERLINED_HEADING = "underlined_heading"
    LINK_WITHOUT_SCHEME = "link_without_scheme"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Finding:
    """`excerpt` is the line it stands in, at most 40 characters of it."""

    what: Undrawn
    line: int
    excerpt: str


_IN_A_LINE: tuple[tuple[Undrawn, re.Pattern[str]], ...] = (
    (Undrawn.CODE, re.compile(r"`")),
    (Undrawn.HTML, re.compile(r"</?[A-Za-z][\w-]*(\s[^<>]*)?/?>|<!--")),
    (Undrawn.STRIKETHROUGH, re.compile(r"~~[^~]+~~")),
    (Undrawn.TABLE, re.compile(r"^\s*\|?\s*:?-{2,}:?\s*\|[\s|:-]*$")),
    (Undrawn.TASK_LIST, re.compile(r"^\s*[-*]\s+\[[ xX]\]\s")),
    (Undrawn.NESTED_LIST, re.compile(r"^(?:\t| {2,})\s*(?:[-*+]|\d+\.)\s")),
    (Undrawn.RULE, re.compile(r"^\s{0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")),
    (Undrawn.UNDERLINED_HEADING, re.compile(r"^=+\s*$")),
    (Undrawn.PICTURE, re.compile(r"!\[[^\]]*\]\((?!https?://[^)\s]+\))")),
    (Undrawn.LINK_WITHOUT_SCHEME, re.compile(r"(?<!!)\[[^\]\n]+\]\((?!(?:https?|dingtalk)://)[^)\n]*\)")),
)


def undrawn(text: str) -> Iterator[Finding]:
    """In the order of the text, each kind once a line. The spaces DingTalk needs for a line break do not count."""
    for number, line in enumerate(text.split("\n"), start=1):
        shown = line.rstrip()
        for what, pattern in _IN_A_LINE:
            if pattern.search(shown):
                yield Finding(what, number, shown.strip()[:40])
