"""People and tokens as REST answers them and the audit keeps them: without password and token."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.utils import timezone

from dingbell.users.models import ApiToken, User


class UserAnswer(msgspec.Struct, kw_only=True):
    id: int
    username: str
    display_name: str
    role: str
    active: bool
    must_change_password: bool
    created_at: str


class TokenAnswer(msgspec.Struct, kw_only=True):
    """`token` is its text; it exists only in the answer to its creation."""

    id: int
    name: str
    scopes: list[str]
    created_at: str | None
    created_by: str | None
    last_used_at: str | None
    revoked_at: str | None
    token: str | msgspec.UnsetType = msgspec.UNSET


def user_answer(user: User) -> UserAnswer:
    return UserAnswer(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role,
        active=user.is_active,
        must_change_password=user.must_change_password,
        created_at=timezone.localtime(user.date_joined).isoformat(),
    )


def token_answer(token: ApiToken) -> TokenAnswer:
    return TokenAnswer(
        id=token.id,
        name=token.name,
        scopes=token.scopes,
        created_at=_local(token.created_at),
        created_by=str(token.created_by) if token.created_by else None,
        last_used_at=_local(token.last_used_at),
        revoked_at=_local(token.revoked_at),
    )


def _local(moment: datetime | None) -> str | None:
    return None if moment is None else timezone.localtime(moment).isoformat()
