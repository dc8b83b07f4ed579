"""Reading what was posted to the control API: every mistake is named, nothing is silently ignored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from ipaddress import IPv4Network


class BadInputError(Exception):
    """Its text is the 400 answer."""


class Fields:
    """The fields of one posted object; null is the same as absent. `done` refuses those nobody asked for."""

    def __init__(self, posted: Mapping[str, object]) -> None:
        self._left = dict(posted)

    def _take(self, name: str) -> object:
        return self._left.pop(name, None)

    def string(self, name: str) -> str:
        value = self.optional_string(name)
        if not value:
            raise BadInputError(f"缺少 {name}（非空字符串）")
        return value

    def optional_string(self, name: str) -> str | None:
        value = self._take(name)
        if value is not None and not isinstance(value, str):
            raise BadInputError(f"{name} 必须是字符串")
        if value is not None and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadInputError(f"{name} 含有不完整的字符")
        return value

    def strings(self, name: str) -> list[str] | None:
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise BadInputError(f"{name} 必须是非空字符串的列表")
        return value

    def networks(self, name: str) -> tuple[IPv4Network, ...]:
        try:
            return tuple(IPv4Network(item, strict=False) for item in self.strings(name) or [])
        except ValueError as error:
            raise BadInputError(f"{name} 只接受 IPv4 地址或网段：{error}") from None

    def integer(self, name: str) -> int | None:
        value = self._take(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise BadInputError(f"{name} 必须是整数")
        return value

    def count(self, name: str) -> int | None:
        value = self.integer(name)
        if value is not None and value < 0:
            raise BadInputError(f"{name} 不能是负数")
        return value

    def integers(self, name: str) -> list[int] | None:
        value = self._take(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            raise BadInputError(f"{name} 必须是整数的列表")
        return value

    def seconds(self, name: str) -> float | None:
        value = self._take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadInputError(f"{name} 必须是秒数")
        return float(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise BadInputError(f"{name} 必须是 true 或 false")
        return value

    def anything(self, name: str) -> object:
        return self._take(name)

    def has(self, name: str) -> bool:
        return name in self._left

    def done(self) -> None:
        if self._left:
            raise BadInputError(f"不认识的字段：{'、'.join(sorted(self._left))}")
