"""Sign-in through allauth: by user name, nobody signs up alone, guessing is slowed down."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dingbell.users.languages import is_offered, remember
from dingbell.users.models import User


class SignInAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """What differs from allauth's own behaviour."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("用户名或密码不正确。"),
        "too_many_login_attempts": _("尝试次数太多，请几分钟后再试。"),
        "enter_current_password": _("当前密码不正确。"),
        "rate_limited": _("操作太频繁，请稍后再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Bring the person's language along, unless one was chosen in this browser."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if is_offered(user.language) and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            remember(response, user.language)
        return response

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_change_password")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth counts per Host header; we answer to any host, so a guesser could start afresh with each.
        return str(credentials.get("username", "")).casefold()
