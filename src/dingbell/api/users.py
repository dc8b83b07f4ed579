"""`/api/v1/users`: people."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from dingbell.api.alarm_documents import local_iso
from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import Problem, not_found
from dingbell.users import sessions
from dingbell.users.accounts import add_user
from dingbell.users.changes import LastAdmin, change_user, delete_user, end_sessions, unlock
from dingbell.users.devices import device_name
from dingbell.users.documents import UserAnswer, user_answer
from dingbell.users.models import Session, User
from dingbell.users.roles import Scope

router = Router(tags=["users"])


class UserInput(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Role: admin, engineer, operator or viewer. `must_change_password`: at the first sign-in."""

    username: str = ""
    display_name: str = ""
    role: str = ""
    password: str = ""
    must_change_password: bool = False


class UserChange(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays."""

    display_name: str | None = None
    role: str | None = None
    active: bool | None = None
    password: str | None = None
    must_change_password: bool | None = None


class SessionAnswer(msgspec.Struct, kw_only=True):
    """A device on which the person is signed in."""

    id: str
    device: str
    address: str
    signed_in_at: str | None
    last_used_at: str | None


@router.get("", **operation(Scope.ADMIN, "用户列表", pages=UserAnswer))
def list_users(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    found = User.objects.order_by("id")
    if place := after(cursor):
        found = found.filter(id__gt=place[0])
    return page(list(found[: limit + 1]), limit, lambda user: [user.id], user_answer)


@router.post("", **operation(Scope.ADMIN, "添加用户", body=UserInput, answer=UserAnswer, status=201))
def create_user(request: ApiRequest) -> HttpResponse:
    given = read(request, UserInput)
    made = add_user(
        given.username,
        given.role,
        given.password,
        given.display_name,
        must_change_password=given.must_change_password,
    )
    return answer(user_answer(made), 201)


@router.get("/{int:user_id}", **operation(Scope.ADMIN, "一个用户", answer=UserAnswer))
def get_user(request: ApiRequest, user_id: int) -> HttpResponse:
    return answer(user_answer(_find(user_id)))


@router.patch("/{int:user_id}", **operation(Scope.ADMIN, "修改用户", body=UserChange, answer=UserAnswer))
def change(request: ApiRequest, user_id: int) -> HttpResponse:
    """A new password, or `active` false, ends the person's sessions. 409 for the last one who can administer."""
    given = read(request, UserChange)
    _find(user_id)
    try:
        return answer(user_answer(change_user(user_id, **msgspec.structs.asdict(given))))
    except LastAdmin:
        raise _last_admin() from None


@router.delete("/{int:user_id}", **operation(Scope.ADMIN, "删除用户", status=204))
def delete(request: ApiRequest, user_id: int) -> HttpResponse:
    """What the person did stays in the records. 409 for the last one who can administer."""
    _find(user_id)
    try:
        delete_user(user_id)
    except LastAdmin:
        raise _last_admin() from None
    return nothing()


@router.get("/{int:user_id}/sessions", **operation(Scope.ADMIN, "用户登录的设备", pages=SessionAnswer))
def list_sessions(request: ApiRequest, user_id: int, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """The last used first."""
    found = sessions.of(_find(user_id))
    if place := after(cursor):
        found = found.filter(seen_us__lt=place[0])
    return page(list(found[: limit + 1]), limit, lambda one: [one.seen_us], _session)


@router.delete("/{int:user_id}/sessions", **operation(Scope.ADMIN, "结束用户的全部登录", status=204))
def end_all_sessions(request: ApiRequest, user_id: int) -> HttpResponse:
    _find(user_id)
    end_sessions(user_id)
    return nothing()


@router.post("/{int:user_id}/unlock", **operation(Scope.ADMIN, "解除登录锁定", status=204))
def unlock_user(request: ApiRequest, user_id: int) -> HttpResponse:
    """Forgets the wrong passwords typed under the name."""
    _find(user_id)
    unlock(user_id)
    return nothing()


def _session(session: Session) -> SessionAnswer:
    return SessionAnswer(
        id=sessions.public_id(session.session_key),
        device=device_name(session.device),
        address=session.address,
        signed_in_at=local_iso(session.signed_in_us or None),
        last_used_at=local_iso(session.seen_us or None),
    )


def _find(user_id: int) -> User:
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise not_found()
    return user


def _last_admin() -> Problem:
    return Problem(409, _("至少需要一个启用的管理员。"))
