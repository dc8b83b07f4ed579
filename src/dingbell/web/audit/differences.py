"""Where two documents of one object differ, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_NOT_TOLD = frozenset({"id", "created_at", "needs_secret", "warnings"})
_EMPTY: tuple[object, ...] = (None, "", [], {}, False)


@dataclass(frozen=True, slots=True)
class Item:
    """One object of a list, by what people call it."""

    list: str
    name: str


Step = str | Item


@dataclass(frozen=True, slots=True)
class Change:
    """`where`: fields and items from the outside in."""

    where: tuple[Step, ...]
    was: Any
    now: Any


def differences(before: Any, after: Any) -> list[Change]:
    """Before None: all that a new object has; after None: all that a deleted one had."""
    return list(_walk((), before, after))


def _walk(where: tuple[Step, ...], was: Any, now: Any) -> Iterator[Change]:
    if was == now:
        return
    if _has_fields(was) and _has_fields(now):
        yield from _fields(where, was or {}, now or {})
    elif _told_by_id(was) and _told_by_id(now) and (was or now):
        yield from _items(where, was or [], now or [])
    elif was in _EMPTY and now in _EMPTY and (was is None or now is None):
        return  # a field that a new object has and leaves empty
    else:
        yield Change(where, was, now)


def _fields(where: tuple[Step, ...], was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for name in dict.fromkeys((*was, *now)):
        if name not in _NOT_TOLD:
            yield from _walk((*where, name), was.get(name), now.get(name))


def _items(where: tuple[Step, ...], was: list[Any], now: list[Any]) -> Iterator[Change]:
    old, new = ({one["id"]: one for one in side} for side in (was, now))
    field = str(where[-1])
    for number, item_id in enumerate(dict.fromkeys((*old, *new)), 1):
        before, after = old.get(item_id), new.get(item_id)
        place = (*where[:-1], Item(field, _name(after or before or {}) or str(number)))
        if before is None or after is None:
            yield Change(place, before, after)
        else:
            yield from _fields(place, before, after)
    if old == new:
        yield Change(where, [_name(one) or one["id"] for one in was], [_name(one) or one["id"] for one in now])


def _has_fields(value: Any) -> bool:
    return value is None or isinstance(value, Mapping)


def _told_by_id(value: Any) -> bool:
    return value is None or (
        isinstance(value, list) and all(isinstance(one, Mapping) and type(one.get("id")) is int for one in value)
    )


def _name(item: Mapping[str, Any]) -> str:
    return str(item.get("alias") or item.get("name") or "")
