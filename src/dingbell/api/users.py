"""`/api/v1/users`: people."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import Problem, not_found
from dingbell.users.accounts import add_user
from dingbell.users.changes import LastAdmin, change_user
from dingbell.users.models import User
from dingbell.users.roles import Scope

router = Router(tags=["users"])


class UserInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Role: admin, engineer, operator or viewer."""

    username: str = ""
    display_name: str = ""
    role: str = ""
    password: str = ""


class UserChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays."""

    display_name: str | None = None
    role: str | None = None
    active: bool | None = None
    password: str | None = None


class UserAnswer(msgspec.Struct, kw_only=True):
    id: int
    username: str
    display_name: str
    role: str
    active: bool
    created_at: str


@router.get("", **operation(Scope.ADMIN, "用户列表", pages=UserAnswer))
def list_users(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    found = User.objects.order_by("id")
    if place := after(cursor):
        found = found.filter(id__gt=place[0])
    return page(list(found[: limit + 1]), limit, lambda user: [user.id], _answer)


@router.post("", **operation(Scope.ADMIN, "添加用户", body=UserInput, answer=UserAnswer, status=201))
def create_user(request: ApiRequest) -> HttpResponse:
    given = read(request, UserInput)
    return answer(_answer(add_user(given.username, given.role, given.password, given.display_name)), 201)


@router.patch("/{int:user_id}", **operation(Scope.ADMIN, "修改用户", body=UserChange, answer=UserAnswer))
def change(request: ApiRequest, user_id: int) -> HttpResponse:
    """A new password, or `active` false, ends the person's sessions. 409 for the last one who can administer."""
    given = read(request, UserChange)
    try:
        user = change_user(
            user_id,
            role=given.role,
            active=given.active,
            password=given.password,
            display_name=given.display_name,
        )
    except User.DoesNotExist:
        raise not_found() from None
    except LastAdmin:
        raise Problem(409, _("至少需要一个启用的管理员。")) from None
    return answer(_answer(user))


def _answer(user: User) -> UserAnswer:
    return UserAnswer(
        id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role,
        active=user.is_active,
        created_at=timezone.localtime(user.date_joined).isoformat(),
    )
