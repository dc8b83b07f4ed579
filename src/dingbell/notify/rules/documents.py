"""Rules as the contract writes them (design §5), in the manner of `notify.services.documents`."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from dingbell.notify.refusals import Text


class MatchDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """Priorities in words: critical, high, medium, low or 紧急, 高, 中, 低. A missing or empty list is everything.

    `groups` are ids of alarm groups.
    """

    priorities: list[str] = []
    sources: list[str] = []
    areas: list[str] = []
    paths: list[str] = []
    types: list[str] = []
    labels: dict[str, str] = {}
    groups: list[int] = []


class BlockInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """`receivers`: null is all of the service, else up to 500 of {"robot": id} and {"account": id}."""

    id: int | UnsetType | None = UNSET
    service: int | UnsetType | None = UNSET
    message: int | UnsetType | None = UNSET
    schedule: int | UnsetType | None = UNSET
    receivers: list[dict[str, int]] | UnsetType | None = UNSET
    personal_link: bool | UnsetType = UNSET


class RuleInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """`match` and `notifications` replace what there is as a whole."""

    name: Text = UNSET
    description: Text = UNSET
    enabled: bool | UnsetType = UNSET
    states: list[str] | UnsetType = UNSET
    shelved: bool | UnsetType = UNSET
    match: MatchDocument | UnsetType = UNSET
    notifications: list[BlockInput] | UnsetType = UNSET
    id: Any = UNSET
    created_at: Any = UNSET


class BlockAnswer(Struct, kw_only=True):
    id: int
    service: int
    message: int | None
    schedule: int | None
    receivers: list[dict[str, int]] | None
    personal_link: bool = False


class RuleAnswer(Struct, kw_only=True):
    id: int
    name: str
    description: str
    enabled: bool
    states: list[str]
    shelved: bool
    match: MatchDocument
    notifications: list[BlockAnswer]
    created_at: str
