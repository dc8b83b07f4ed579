"""Make a text fit DingTalk's byte limits without breaking a character (dingtalk-api §1.8, §2.3)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from dingbell.channels.base import Button

T = TypeVar("T")

CUT_MARK = "…(已截断)"
EMPTY = "(无内容)"
NEAR_CHARS = 400
# What surrounds the text is bounded part by part, so that room for the text is left whatever a message holds.
TITLE_BYTES = 600
BUTTONS_BYTES = 8_000
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_UNSAFE = re.compile("[\x00\ud800-\udfff]")


def as_json(value: Any) -> str:
    """Compact JSON with Chinese kept as it is: escapes would double its size."""
    return _encoder.encode(value)


def size(value: Any) -> int:
    """Bytes of `value` as JSON in UTF-8."""
    return len(as_json(value).encode())


def safe(text: str) -> str:
    """`text` with NUL and lone surrogates, which have no place in JSON or UTF-8, replaced."""
    return _UNSAFE.sub("\ufffd", text)


def cut(text: str, fits: Callable[[str], bool], *, mark: str = CUT_MARK, at_line: bool = False) -> str:
    """The longest beginning of `text` plus `mark` that fits, or `text` itself if that fits.

    `fits` must hold for every beginning of a text for which it holds. `at_line` prefers a line's end when one
    is within the last NEAR_CHARS characters. Answers "" if not even the mark fits.
    """
    if fits(text):
        return text
    if not fits(mark):
        return ""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[:middle] + mark):
            low = middle
        else:
            high = middle - 1
    return text[: boundary(text, low, at_line=at_line)] + mark


def boundary(text: str, end: int, *, at_line: bool = False) -> int:
    """The last place at or before `end` where `text` may be cut between two characters as people see them."""
    if at_line:
        line_end = text.rfind("\n", max(0, end - NEAR_CHARS), end + 1)
        if line_end > 0:
            return line_end
    # A run of joined characters longer than this is no writing; cutting it does no harm.
    for place in range(end, max(-1, end - 64), -1):
        if not _joined(text, place):
            return place
    return end


def _joined(text: str, place: int) -> bool:
    """Whether the characters before and after `place` form one visible character."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if after == "\u200d" or before == "\u200d" or unicodedata.category(after) in ("Mn", "Mc", "Me"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\ufe00" <= after <= "\ufe0f" or (before, after) == ("\r", "\n"):
        return True
    if _flag_letter(before) and _flag_letter(after):
        start = place
        while start > 0 and _flag_letter(text[start - 1]):
            start -= 1
        return (place - start) % 2 == 1
    return False


def _flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def title_and_text(title: str, text: str) -> tuple[str, str]:
    """Both safe for JSON and never empty: DingTalk refuses it without (300001, 400402, 400403)."""
    title, text = " ".join(safe(title).split()), safe(text).strip()
    if not title:
        first_line = next(iter(text.splitlines()), "")
        title = first_line.strip("#>*-_ \t") or EMPTY
    text = text or title
    return cut(title, lambda part: size(part) <= TITLE_BYTES, mark="…"), text


def within(items: Iterable[T], budget: int, cost: Callable[[T], int]) -> list[T]:
    """The first items whose costs add up to at most `budget`; one that is too dear alone is passed over."""
    kept = []
    for item in items:
        price = cost(item)
        if price <= budget:
            budget -= price
            kept.append(item)
    return kept


def usable_buttons(buttons: Iterable[Button]) -> list[Button]:
    """Buttons that lead somewhere and fit; a link cannot be cut, so one that does not fit is left out."""
    named = (Button(safe(button.title).strip() or "查看", safe(button.url).strip()) for button in buttons)
    cut_names = (Button(cut(b.title, lambda part: size(part) <= 100, mark="…"), b.url) for b in named if b.url)
    return within(cut_names, BUTTONS_BYTES, lambda button: size([button.title, button.url]) + 40)
