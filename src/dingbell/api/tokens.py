"""`/api/v1/tokens`: what programs sign in with."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from ninja import Router

from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import not_found
from dingbell.users import tokens
from dingbell.users.documents import TokenAnswer, token_answer
from dingbell.users.models import ApiToken
from dingbell.users.roles import Scope

router = Router(tags=["tokens"])


class TokenInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str = ""
    scopes: list[str] = []


@router.get("", **operation(Scope.ADMIN, "API 令牌列表", pages=TokenAnswer))
def list_tokens(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """Newest first, revoked ones included."""
    found = ApiToken.objects.select_related("created_by").order_by("-id")
    if place := after(cursor):
        found = found.filter(id__lt=place[0])
    return page(list(found[: limit + 1]), limit, lambda token: [token.id], token_answer)


@router.post("", **operation(Scope.ADMIN, "新建 API 令牌", body=TokenInput, answer=TokenAnswer, status=201))
def create_token(request: ApiRequest) -> HttpResponse:
    """The answer is the only one that holds `token`."""
    given = read(request, TokenInput)
    token, plain = tokens.create(given.name, given.scopes, created_by=request.auth.user)
    created = token_answer(token)
    created.token = plain
    return answer(created, 201)


@router.delete("/{int:token_id}", **operation(Scope.ADMIN, "吊销 API 令牌", status=204))
def revoke_token(request: ApiRequest, token_id: int) -> HttpResponse:
    """It counts no longer from the next request on. 404 when it was revoked before."""
    if not tokens.revoke(token_id):
        raise not_found()
    return nothing()
