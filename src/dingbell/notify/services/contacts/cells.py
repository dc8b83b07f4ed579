"""What a single cell says: a userId, a mobile number, a text. Raises Bad with the reason to refuse its row."""

from __future__ import annotations

import re
import unicodedata

MOST_USER_ID, MOST_NAME, MOST_MOBILE, MOST_DEPARTMENT = 64, 100, 32, 200
LONGEST_NUMBER = 15
"""Excel keeps no more digits of a number."""

_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d{1,3}")
_ORDINARY_MOBILE = re.compile(r"(?:\+?86|0086)?(1\d{10})")


class Bad(Exception):
    """The cell cannot be taken; the text is the reason."""


class NoPerson(Exception):
    """The cell holds no userId at all; the text says what instead: empty, remark or heading."""


def text(cell: object) -> str:
    """As a person reads the cell, without space around it. Raises Bad for what no database keeps."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    words = _INVISIBLE.sub("", str(cell)).strip()
    if not all(char.isprintable() or char in "\n\r\t\u3000\xa0" for char in words):
        raise Bad("characters")
    return " ".join(words.split())


def user_id(cell: object) -> tuple[str, bool]:
    """The userId as text, and whether the cell was a number. Raises Bad, NoPerson."""
    if isinstance(cell, bool):
        raise Bad("not_text")
    if isinstance(cell, int | float):
        return _from_number(cell), True
    if cell is None:
        raise NoPerson("empty")
    if not isinstance(cell, str):
        raise Bad("date")
    words = text(cell)
    if not words:
        raise NoPerson("empty")
    if len(words) > MOST_USER_ID or _CHINESE.search(words):
        raise NoPerson("remark")
    if " " in words:
        raise Bad("space")
    if _SCIENTIFIC.fullmatch(words):
        raise Bad("scientific")
    return words, False


def as_shown(cell: object) -> str:
    """What Excel shows of a cell that was to hold a userId: of a long number its first digits."""
    is_long = isinstance(cell, int | float) and abs(cell) >= 10**LONGEST_NUMBER
    return f"{cell:.5E}" if is_long else str(cell)[:MOST_USER_ID]


def mobile(cell: object) -> str:
    """An ordinary number as its 11 digits, another as it stands; "" for a masked one (139****0001) or none."""
    words = unicodedata.normalize("NFKC", text(cell)).replace(" ", "")
    if "*" in words or not any(char.isdigit() for char in words):
        return ""
    if ordinary := _ORDINARY_MOBILE.fullmatch(words.replace("-", "")):
        return ordinary[1]
    if len(words) > MOST_MOBILE:
        raise Bad("mobile")
    return words


def name(cell: object) -> str:
    words = text(cell)
    if len(words) > MOST_NAME:
        raise Bad("name_long")
    return words


def department(parts: list[object]) -> str:
    """The levels from the top, `/` between them; what is too long to be kept is cut."""
    words = "/".join(word for word in map(text, parts) if word)
    return words if len(words) <= MOST_DEPARTMENT else words[: MOST_DEPARTMENT - 1] + "…"


def _from_number(cell: float) -> str:
    if isinstance(cell, float) and not cell.is_integer():
        raise Bad("not_whole")
    if cell < 0:
        raise Bad("not_whole")
    digits = str(int(cell))
    if len(digits) > LONGEST_NUMBER:
        raise Bad("number_long")
    return digits
