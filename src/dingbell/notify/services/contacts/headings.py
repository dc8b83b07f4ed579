"""Where the heading of a sheet is and which column is which, told by names, never by position (dingtalk-api §3.3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LOOKED_AT = 20
_WIDEST = 500
# The first of these that a row has is the userId; 工号 is not one.
USER_ID = ("员工userid", "userid", "用户userid", "用户id", "员工id", "唯一id", "账号")
JOB_NUMBER = "工号"
_NAME = ("姓名", "员工姓名", "名字", "name")
_MOBILE = ("手机号", "手机号码", "手机", "mobile")
_DEPARTMENT = ("部门", "所属部门", "department")
_OTHERS = ("职位", "工号", "邮箱", "激活状态", "主部门id", "性别", "分机号", "办公地点", "备注", "是否主管", "部门主管")
_LEVEL = re.compile(r"(\d{1,2})级部门")
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|\{[^{}]*\}")
_NOTHING = re.compile(r"[\s*\u200b\ufeff]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions from 0; None where the sheet has no such column. `levels`: departments split by level, from the top."""

    user_id: int
    name: int | None = None
    mobile: int | None = None
    department: int | None = None
    levels: tuple[int, ...] = field(default=())


def normal(cell: object) -> str:
    """A heading without space, stars and remarks in brackets, in lower case and half width; "" for no text."""
    if not isinstance(cell, str) or len(cell) > 200:
        return ""
    text = unicodedata.normalize("NFKC", cell)
    return _NOTHING.sub("", _REMARK.sub("", text)).lower()


def columns(row: Sequence[object]) -> Columns | None:
    """The columns of this row if it is a heading."""
    places: dict[str, int] = {}
    for place, cell in enumerate(row[:_WIDEST]):
        word = normal(cell)
        if word:
            places.setdefault(word, place)
    user_id = _first(places, USER_ID)
    if user_id is None:
        return None
    levels = sorted((int(match[1]), place) for word, place in places.items() if (match := _LEVEL.fullmatch(word)))
    return Columns(
        user_id,
        _first(places, _NAME),
        _first(places, _MOBILE),
        _first(places, _DEPARTMENT),
        tuple(place for _level, place in levels),
    )


def is_heading_word(cell: object) -> bool:
    word = normal(cell)
    return word in (*USER_ID, *_NAME, *_MOBILE, *_DEPARTMENT, *_OTHERS) or _LEVEL.fullmatch(word) is not None


def names_job_number(row: Sequence[object]) -> bool:
    return any(normal(cell) == JOB_NUMBER for cell in row[:_WIDEST])


def _first(places: Mapping[str, int], words: Sequence[str]) -> int | None:
    return next((places[word] for word in words if word in places), None)
