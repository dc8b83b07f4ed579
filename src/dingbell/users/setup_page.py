"""First start: the page that makes the first admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dingbell.users.accounts import AdminExistsError, add_first_admin, admin_exists
from dingbell.users.locality import is_local
from dingbell.users.models import User
from dingbell.users.passwords import LengthValidator
from dingbell.users.setup import code_matches
from dingbell.users.signin import SignInAdapter


class FirstAdminForm(forms.Form):
    code = forms.CharField(
        label=_("设置码"),
        help_text=_("启动 DingBell 的窗口（或服务日志）里显示的一次性设置码。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    username = forms.CharField(
        label=_("用户名"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("密码"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password_again = forms.CharField(
        label=_("再次输入密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, ask_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = LengthValidator().get_help_text()
        if not ask_code:
            del self.fields["code"]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not code_matches(code):
            raise ValidationError(_("设置码不正确。多次输错后会更换，请查看最新的设置码。"))
        return code

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "password" in data and "password_again" in data and data["password"] != data["password_again"]:
            self.add_error("password_again", _("两次输入的密码不一致。"))
        return data

    def save(self) -> User | None:
        """The new admin, or None with the reasons among the form's errors. Raises AdminExistsError."""
        try:
            return add_first_admin(self.cleaned_data["username"], self.cleaned_data["password"])
        except ValidationError as error:
            for field, messages in error.message_dict.items():
                self.add_error(field if field in self.fields else None, messages)
        return None


@never_cache
@sensitive_post_parameters("password", "password_again", "code")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    if admin_exists():
        return redirect("home")
    form = FirstAdminForm(request.POST if request.method == "POST" else None, ask_code=not is_local(request))
    if form.is_valid():
        try:
            admin = form.save()
        except AdminExistsError:
            return redirect("home")
        if admin:
            SignInAdapter().login(request, admin)
            return redirect("home")
    return render(request, "users/setup.html", {"form": form})
