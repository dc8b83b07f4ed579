"""API tokens: made, revoked, and the list that intake keeps in memory.

Every change bumps the version of `Subject.TOKENS` in its own transaction, so that a process holding the list
reads it again before the next batch.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.users import audit
from dingbell.users.documents import token_answer
from dingbell.users.models import ApiToken, User
from dingbell.users.roles import Scope, parse_scopes

PREFIX = "dbt_"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one unrevoked token allows."""

    id: int
    name: str
    scopes: frozenset[str]


def digest(plain: str) -> str:
    """SHA-256 as 64 hex digits. Tokens are 240 random bits: a slow hash would protect nothing more."""
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def create(name: str, scopes: Iterable[str], created_by: User | None = None) -> tuple[ApiToken, str]:
    """The token and its plain text, which exists only in this answer.

    Raises ValidationError on `name` or `scopes`.
    """
    label = name.strip()
    if not 1 <= len(label) <= 64:
        raise ValidationError({"name": _("名称需要 1 到 64 个字符。")})
    granted: tuple[Scope, ...] = parse_scopes(scopes)
    plain = PREFIX + secrets.token_urlsafe(30)
    with transaction.atomic():
        token = ApiToken.objects.create(
            name=label, digest=digest(plain), scopes=[str(scope) for scope in granted], created_by=created_by
        )
        versions.bump(Subject.TOKENS)
        audit.record("token", token.id, label, None, token_answer(token))
    return token, plain


def revoke(token_id: int) -> bool:
    """False when there is no such token or it was revoked before."""
    with transaction.atomic():
        token = ApiToken.objects.select_for_update(of=["self"]).filter(id=token_id, revoked_at=None).first()
        if token is None:
            return False
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        versions.bump(Subject.TOKENS)
        audit.record("token", token.id, token.name, token_answer(token), None)
        return True


def grants() -> dict[str, Grant]:
    """Every unrevoked token by its digest."""
    rows = ApiToken.objects.filter(revoked_at=None).values_list("digest", "id", "name", "scopes")
    return {key: Grant(token_id, name, frozenset(scopes)) for key, token_id, name, scopes in rows}


def mark_used(token_ids: Collection[int], at: datetime) -> None:
    """Remember the last use; the caller decides how often that is worth a write."""
    ApiToken.objects.filter(id__in=token_ids).update(last_used_at=at)
