"""Alarm groups (报警组) as the API writes them. In an input every field may be left out: a change keeps it."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from dingbell.notify.refusals import Text


class GroupInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """`paths` and `keys` are patterns: a segment `*` is one segment, `**` any number. One that matches is enough."""

    name: Text = UNSET
    description: Text = UNSET
    paths: list[str] | UnsetType = UNSET
    keys: list[str] | UnsetType = UNSET
    id: Any = UNSET
    created_at: Any = UNSET


class GroupAnswer(Struct, kw_only=True):
    id: int
    name: str
    description: str
    paths: list[str]
    keys: list[str]
    created_at: str
