"""The fingerprint Prometheus and Alertmanager give a label set: FNV-1a over its sorted names and values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_WORD = 0xFFFFFFFFFFFFFFFF
_SEPARATOR = b"\xff"  # stands in no UTF-8 text
_REMEMBERED = 16_384


def fingerprint(labels: Mapping[str, str]) -> str:
    """16 hex digits, the same as Alertmanager's."""
    return _of(tuple(sorted(labels.items())))


@lru_cache(_REMEMBERED)  # a sender repeats the same alerts every minute
def _of(items: tuple[tuple[str, str], ...]) -> str:
    text = b"".join(part.encode() + _SEPARATOR for item in items for part in item)
    value = _OFFSET
    for byte in text:
        value = ((value ^ byte) * _PRIME) & _WORD
    return f"{value:016x}"
