"""`/api/v1/tokens`: what programs sign in with."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from ninja import Router

from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import not_found
from dingbell.users import tokens
from dingbell.users.models import ApiToken
from dingbell.users.roles import Scope

router = Router(tags=["tokens"])


class TokenInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str = ""
    scopes: list[str] = []


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


@router.get("", **operation(Scope.ADMIN, "API 令牌列表", pages=TokenAnswer))
def list_tokens(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """Newest first, revoked ones included."""
    found = ApiToken.objects.select_related("created_by").order_by("-id")
    if place := after(cursor):
        found = found.filter(id__lt=place[0])
    return page(list(found[: limit + 1]), limit, lambda token: [token.id], _answer)


@router.post("", **operation(Scope.ADMIN, "新建 API 令牌", body=TokenInput, answer=TokenAnswer, status=201))
def create_token(request: ApiRequest) -> HttpResponse:
    """The answer is the only one that holds `token`."""
    given = read(request, TokenInput)
    token, plain = tokens.create(given.name, given.scopes, created_by=request.auth.user)
    created = _answer(token)
    created.token = plain
    return answer(created, 201)


@router.delete("/{int:token_id}", **operation(Scope.ADMIN, "吊销 API 令牌", status=204))
def revoke_token(request: ApiRequest, token_id: int) -> HttpResponse:
    """It counts no longer from the next request on. 404 when it was revoked before."""
    if not tokens.revoke(token_id):
        raise not_found()
    return nothing()


def _answer(token: ApiToken) -> TokenAnswer:
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
