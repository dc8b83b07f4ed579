"""Sign-in through allauth: by user name, nobody signs up alone, guessing is locked out, and all of it is audited."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed
from django.conf import settings
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from dingbell.storage.times import SECOND, now_us
from dingbell.users import acting, audit, lockout, sessions
from dingbell.users.audit import Action
from dingbell.users.devices import device_name
from dingbell.users.languages import is_offered, remember
from dingbell.users.lockout import Locked
from dingbell.users.models import User


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What differs from allauth's own behaviour."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": gettext_lazy("用户名或密码不正确。"),
        "too_many_login_attempts": gettext_lazy("尝试次数太多，请一分钟后再试。"),
        "enter_current_password": gettext_lazy("当前密码不正确。"),
        "rate_limited": gettext_lazy("操作太频繁，请稍后再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Slow one address down (allauth, in this process), then count the try (users/lockout.py)."""
        super().pre_authenticate(request, **credentials)
        self._locks = try_password(str(credentials.get("username", "")))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        note_wrong_password(str(credentials.get("username", "")), self._locks, request)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        sessions.begin(request)
        lockout.succeeded(user.username)
        _note(user, Action.SIGNED_IN, request)

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            _note(request.user, Action.SIGNED_OUT, request)
        super().logout(request)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Bring the person's language along, unless one was chosen in this browser."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if is_offered(user.language) and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            remember(response, user.language)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")


def try_password(name: str) -> bool:
    """Count a try of this name's password; whether the name is locked if it is wrong. Raises ValidationError."""
    try:
        return lockout.attempt(name, now_us())
    except Locked as lock:
        minutes = max(1, -(-(lock.until_us - now_us()) // (60 * SECOND)))
        text = ngettext(
            "密码输错次数太多，已锁定。请 %(count)d 分钟后再试，或请管理员解锁。",
            "密码输错次数太多，已锁定。请 %(count)d 分钟后再试，或请管理员解锁。",
            minutes,
        )
        raise ValidationError(text % {"count": minutes}, code="locked") from None


def note_wrong_password(name: str, locks: bool, request: HttpRequest) -> None:
    user = User.objects.filter(username__iexact=name.strip()).first() or User(id=0)
    _note(user, Action.REFUSED, request)
    if locks:
        _note(user, Action.LOCKED, request)


def _note(user: User, action: Action, request: HttpRequest) -> None:
    with acting.acting_as(acting.person(user.username) if user.username else acting.PRODUCT):
        audit.note_sign_in(
            user.id, user.username, action,
            device=device_name(request.headers.get("User-Agent", "")), address=request.META.get("REMOTE_ADDR", ""),
        )  # fmt: skip


@receiver(password_changed)
def _end_other_sessions(request: HttpRequest, user: User, **_more: object) -> None:
    sessions.end(user, but=[request.session.session_key])
