"""Rules as the contract writes them (design §5), in the manner of `notify.services.documents`."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

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


class GatherDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """Collect what this block has to tell and send it as one digest (Ignition's consolidation).

    The window opens with the first event and lasts `delay_s` (up to an hour); the next one ends at least `every_s` (up
    to a day) after it. 0 and 0: nothing is collected.
    """

    delay_s: int = 0
    every_s: int = 0


class TimingDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """When a block speaks, how often, and what makes it silent.

    `delay_s` (up to a day): only if the alarm still holds that long after it was raised; recoveries are not delayed.
    `repeat_minutes` (up to a week): again and again until somebody acts, at most `repeat_most` times (up to 100; 0: no
    end); 0 minutes: once. `quiet`: what happened meanwhile ends that and keeps back what waits, any of `acked`,
    `cleared`, `shelved`. `recovery_to_told`: a recovery goes only to whom the rule told of the alarm. `outside`: `drop`
    or `hold` what falls outside the schedule. `recall_on_clear` and `receipts` are for account messages.
    """

    delay_s: int = 0
    repeat_minutes: int = 0
    repeat_most: int = 0
    quiet: list[str] = field(default_factory=lambda: ["acked", "cleared", "shelved"])
    recovery_to_told: bool = False
    outside: str = "drop"
    gather: GatherDocument = field(default_factory=GatherDocument)
    recall_on_clear: bool = False
    receipts: bool = False


class FallbackDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom to tell when a receiver of the block cannot be reached; `receivers` as in a block. Tried in their order.

    `service` is null in a form that is not filled in yet.
    """

    service: int | None = None
    receivers: list[dict[str, int]] | None = None


class BlockInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """`receivers`: null is all of the service, else up to 500 of {"robot": id} and {"account": id}."""

    id: int | UnsetType | None = UNSET
    service: int | UnsetType | None = UNSET
    message: int | UnsetType | None = UNSET
    schedule: int | UnsetType | None = UNSET
    receivers: list[dict[str, int]] | UnsetType | None = UNSET
    personal_link: bool | UnsetType = UNSET
    timing: TimingDocument | UnsetType = UNSET
    fallback: list[FallbackDocument] | UnsetType = UNSET


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
    timing: TimingDocument = field(default_factory=TimingDocument)
    fallback: list[FallbackDocument] = []


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
