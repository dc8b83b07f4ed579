"""The guard of a page: `@requires(Permission.CONFIGURE)`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.defaults import permission_denied

from dingbell.users.models import User
from dingbell.users.roles import Permission

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


class SignedInRequest(HttpRequest):
    """A request as a guarded view sees it: somebody is signed in."""

    user: User


def requires(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[SignedInRequest, P], R]],
    Callable[Concatenate[HttpRequest, P], R],
]:
    """Answer 403 to whoever lacks the permission; strangers never come this far (web/middleware.py)."""

    def guard(
        view: Callable[Concatenate[SignedInRequest, P], R],
    ) -> Callable[Concatenate[HttpRequest, P], R]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not isinstance(request.user, User) or not request.user.may(permission):
                # Raised, it would stand in the log as an error of the program.
                return cast(R, permission_denied(request, PermissionDenied()))
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        return guarded

    return guard
