"""The audit: who changed what of the configuration, when, from what to what. Written in its transaction."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from dingbell.storage.times import now_us
from dingbell.users import acting
from dingbell.users.models import AuditEntry


class Action(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


def record(kind: str, object_id: int, name: str, before: object, after: object) -> None:
    """Note one change of `kind` (`service`, `rule`, …); None before is a creation, None after a deletion.

    Both are documents as the API answers them: they hold no secret. Nothing is noted where they are equal.
    """
    was, is_now = msgspec.to_builtins(before), msgspec.to_builtins(after)
    if was == is_now:
        return
    action = Action.CREATED if was is None else Action.DELETED if is_now is None else Action.CHANGED
    AuditEntry.objects.create(
        at_us=now_us(), actor=acting.current(), kind=kind, object_id=object_id, name=name, action=action.value,
        before=was, after=is_now,
    )  # fmt: skip
