"""Where people are signed in: Django's sessions in the database, each with its person, device and last use.

They last half a year from their last use (settings.SESSION_COOKIE_AGE), so that an operator's phone stays signed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from dingbell.storage.times import SECOND, now_us
from dingbell.users.models import Session, User

_SEEN_EVERY_US = 600 * SECOND
_KEPT = ("device", "address", "signed_in_us", "seen_us")


class SessionStore(DatabaseSessionStore):
    """Django's own, over a table that can be asked who is signed in where (settings.SESSION_ENGINE)."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        for name in _KEPT:
            setattr(row, name, data.get(name, getattr(row, name)))
        return row


def begin(request: HttpRequest) -> None:
    """Note the device of somebody who signs in just now; forget sessions that ran out."""
    now = now_us()
    request.session.update(
        {
            "device": request.headers.get("User-Agent", "")[:300],
            "address": request.META.get("REMOTE_ADDR", "")[:45],
            "signed_in_us": now,
            "seen_us": now,
        }
    )
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def keep_alive(request: HttpRequest) -> None:
    """Note the use, which also renews the cookie: every ten minutes, and not while nothing can be written."""
    now = now_us()
    if now - request.session.get("seen_us", 0) < _SEEN_EVERY_US:
        return
    request.session["seen_us"] = now
    try:
        request.session.save()
    except (DatabaseError, UpdateError):
        request.session.modified = False


def of(user: User) -> QuerySet[Session]:
    """Where the person is signed in, the last used first."""
    return user.sessions.filter(expire_date__gt=timezone.now()).order_by("-seen_us")


def public_id(session_key: str) -> str:
    """Names a session to people; whoever has the key itself is signed in."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16]


def end(user: User, *, but: Iterable[str | None] = ()) -> int:
    """Sign the person out everywhere `but` in the sessions with these keys; answers how many that were."""
    ended, _by_model = user.sessions.exclude(session_key__in=[key for key in but if key]).delete()
    return ended
