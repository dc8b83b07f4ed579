"""Who calls the API, and whether they may: a bearer token, or the session of somebody signed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from dingbell.api.problems import Problem
from dingbell.users import acting, tokens
from dingbell.users.models import ApiToken, User
from dingbell.users.roles import Scope, allows, scopes_of

_REMEMBER_USE_EVERY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Caller:
    """`name` is how the journal calls them; `user` is None for a token."""

    name: str
    scopes: frozenset[str]
    user: User | None = None


class ApiRequest(HttpRequest):
    """A request as an operation sees it."""

    auth: Caller


def needs(scope: Scope) -> Sequence[Callable[[HttpRequest], Caller | None]]:
    """The `auth` of an operation: 401 for strangers, 403 for whoever lacks `scope`."""
    return [BearerToken(scope), SessionCookie(scope)]


class BearerToken(HttpBearer):
    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        found = ApiToken.objects.filter(digest=tokens.digest(token.strip()), revoked_at=None).first()
        if found is None:
            return None
        _remember_use(found)
        acting.identify(acting.token(found.name))
        return _permitted(Caller(found.name, frozenset(found.scopes)), self._scope)


class SessionCookie(APIKeyCookie):
    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def __call__(self, request: HttpRequest) -> Caller | None:
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        user = request.user
        if not isinstance(user, User):
            return None
        if check_csrf(request) is not None:
            raise Problem(403, _("缺少或错误的 CSRF 令牌（请求头 X-CSRFToken）。"))
        acting.identify(acting.person(user.username))
        return _permitted(Caller(str(user), frozenset(scopes_of(user.role)), user), self._scope)


def _permitted(caller: Caller, scope: Scope) -> Caller:
    if not allows(caller.scopes, scope):
        raise Problem(403, _("没有权限：需要 %(scope)s。") % {"scope": scope.value})
    return caller


def _remember_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is not None and now - token.last_used_at < _REMEMBER_USE_EVERY:
        return
    with suppress(DatabaseError):  # a full disk must not keep anybody from reading
        tokens.mark_used([token.id], now)
