"""用户: the list, adding and changing people, a new password, and ending what they are signed in with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.notify.refusals import FieldError, Invalid, Missing
from dingbell.storage.times import from_us, now_us
from dingbell.users import changes, lockout, passwords
from dingbell.users.changes import LastAdmin
from dingbell.users.models import ROLE_NAMES, User
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission, Role
from dingbell.web import switches
from dingbell.web.listing import Column, Filter, Table, Word, listing
from dingbell.web.people.account import devices
from dingbell.web.people.user_forms import ChangedUser, NewUser
from dingbell.web.switches import Ticked

T = TypeVar("T")

_TABLE = Table(
    kind="user",
    title=pgettext_lazy("菜单", "用户"),
    columns=(
        Column(gettext_lazy("用户名"), "username"),
        Column(gettext_lazy("姓名"), "display_name"),
        Column(gettext_lazy("角色"), "role"),
        Column(gettext_lazy("状态"), "is_active"),
        Column(gettext_lazy("最近使用")),
    ),
    search_in=("username", "display_name"),
    filters=(
        Filter("role", gettext_lazy("角色"), {role.value: (ROLE_NAMES[role], Q(role=role.value)) for role in Role}),
    ),
    loss=gettext_lazy("以前的操作记录会保留。只是暂时不用的账号，停用即可。"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the list."""

    id: int
    name: str
    username: str
    display_name: str
    role: Word
    enabled: bool
    must_change_password: bool
    locked_until: datetime | None
    seen_at: datetime | None


@require_GET
@requires(Permission.ADMINISTER)
def index(request: SignedInRequest) -> HttpResponse:
    return render(request, "people/users.html", {"listing": listing(request, _TABLE, User.objects.all(), _people)})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@requires(Permission.ADMINISTER)
def new(request: SignedInRequest) -> HttpResponse:
    form = NewUser(request.POST or None)
    if form.is_valid() and (made := form.save()):
        if form.generated:
            return _show_password(request, made, form.generated)
        messages.success(request, _("已添加用户：%(name)s") % {"name": made.username})
        return redirect("users")
    return render(request, "people/user_form.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.ADMINISTER)
def edit(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    form = ChangedUser(request.POST or None, user=user)
    if form.is_valid() and form.save():
        messages.success(request, _("已保存：%(name)s") % {"name": user.username})
        return redirect("users")
    locked = lockout.locked_until([user.username], now_us()).get(user.username)
    context = {
        "form": form,
        "edited": user,
        "devices": devices(user, request.session.session_key),
        "locked_until": from_us(locked) if locked else None,
    }
    return render(request, "people/user_form.html", context)


@require_POST
@requires(Permission.ADMINISTER)
def enable(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)

    def turn(on: bool) -> Any:
        _turn(user_id, on)
        return _row(user, on)

    return switches.switch(request, turn, lambda: _row(user, user.is_active))


@require_POST
@requires(Permission.ADMINISTER)
def delete(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    return switches.delete(request, user.username, partial(_delete, user_id), reverse("users"))


@require_POST
@requires(Permission.ADMINISTER)
def ticked(request: SignedInRequest) -> HttpResponse:
    return switches.ticked(request, User.objects.all(), Ticked(_delete, _turn), reverse("users"))


@never_cache
@require_POST
@requires(Permission.ADMINISTER)
def reset_password(request: SignedInRequest, user_id: int) -> HttpResponse:
    """A generated one, shown here and never again; it has to be changed at the next sign-in."""
    user = get_object_or_404(User, id=user_id)
    password = passwords.generated()
    changes.change_user(user.id, password=password, must_change_password=True)
    return _show_password(request, user, password)


@require_POST
@requires(Permission.ADMINISTER)
def end_sessions(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    ended = changes.end_sessions(user.id, but=request.session.session_key)
    text = ngettext("已退出 %(count)d 台设备。", "已退出 %(count)d 台设备。", ended)
    messages.success(request, text % {"count": ended})
    return redirect("user", user_id)


@require_POST
@requires(Permission.ADMINISTER)
def unlock(request: SignedInRequest, user_id: int) -> HttpResponse:
    user = get_object_or_404(User, id=user_id)
    changes.unlock(user.id)
    messages.success(request, _("已解锁：%(name)s") % {"name": user.username})
    return redirect("user", user_id)


def _people(users: Sequence[User]) -> list[Person]:
    locked = lockout.locked_until([user.username for user in users], now_us())
    seen = dict(
        User.objects.filter(id__in=[user.id for user in users])
        .annotate(last=Max("sessions__seen_us"))
        .values_list("id", "last")
    )
    return [
        Person(
            id=user.id,
            name=user.username,
            username=user.username,
            display_name=user.display_name,
            role=ROLE_NAMES.get(Role(user.role), user.role) if user.role in set(Role) else user.role,
            enabled=user.is_active,
            must_change_password=user.must_change_password,
            locked_until=from_us(locked[user.username]) if user.username in locked else None,
            seen_at=from_us(seen[user.id]) if seen.get(user.id) else None,
        )
        for user in users
    ]


@dataclass(frozen=True, slots=True)
class _Switched:
    id: int
    name: str
    enabled: bool


def _row(user: User, enabled: bool) -> _Switched:
    return _Switched(user.id, user.username, enabled)


def _turn(user_id: int, on: bool) -> None:
    _refusing(lambda: changes.change_user(user_id, active=on))


def _delete(user_id: int) -> None:
    _refusing(lambda: changes.delete_user(user_id))


def _refusing(change: Callable[[], T]) -> T:
    """In the words of switches.py. Raises Missing, Invalid."""
    try:
        return change()
    except User.DoesNotExist:
        raise Missing from None
    except LastAdmin:
        raise Invalid([FieldError("", _("至少需要一个启用的管理员。"))]) from None


def _show_password(request: HttpRequest, user: User, password: str) -> HttpResponse:
    context = {
        "what": _("%(name)s 的新密码") % {"name": user.username},
        "why": _("请把它交给本人。它只显示这一次，下次登录时必须修改。"),
        "secret": password,
        "back": reverse("users"),
    }
    return render(request, "people/shown_once.html", context)
