"""The audit: who changed what of the configuration, when, from what to what. Written in its transaction.

Signing in, and who was kept from it, stands there, too. Nobody changes or removes an entry.
"""

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
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    REFUSED = "refused"  # a wrong password
    LOCKED = "locked"  # after too many of them
    UNLOCKED = "unlocked"
    SESSIONS_ENDED = "sessions_ended"


SIGN_IN = "signin"  # the kind of all that is about signing in; its object is the user


def record(kind: str, object_id: int, name: str, before: object, after: object) -> None:
    """Note one change of `kind` (`service`, `rule`, …); None before is a creation, None after a deletion.

    Both are documents as the API answers them: they hold no secret. Where a secret was replaced, which looks the
    same in both, the writer puts `"secret_replaced": true` beside it in `after`. Nothing is noted where they are equal.
    """
    was, is_now = msgspec.to_builtins(before), msgspec.to_builtins(after)
    if was == is_now:
        return
    action = Action.CREATED if was is None else Action.DELETED if is_now is None else Action.CHANGED
    _write(kind, object_id, name, action, was, is_now)


def note_sign_in(user_id: int, name: str, action: Action, **details: str | int) -> None:
    """Note what happened to the sign-in of a user; 0 and "" for a name nobody has: it may be a mistyped password."""
    _write(SIGN_IN, user_id, name, action, None, details or None)


def _write(kind: str, object_id: int, name: str, action: Action, before: object, after: object) -> None:
    AuditEntry.objects.create(
        at_us=now_us(), actor=acting.current()[:150], kind=kind, object_id=object_id, name=name[:150],
        action=action.value, before=before, after=after,
    )  # fmt: skip
