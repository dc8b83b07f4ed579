"""The words on the forms of sign-in and password change; what they do is allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.core import context
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dingbell.users import lockout
from dingbell.users.changes import change_own_password
from dingbell.users.passwords import LengthValidator
from dingbell.users.signin import note_wrong_password, try_password


class SignInForm(LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, login=_("用户名"), password=_("密码"), remember=_("保持登录"))
        self.fields["remember"].initial = True
        self.fields["login"].widget.attrs |= {
            "autofocus": True,
            "autocapitalize": "none",
            "spellcheck": "false",
        }


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name(self, oldpassword=_("当前密码"), password1=_("新密码"), password2=_("再次输入新密码"))
        self.fields["password1"].help_text = LengthValidator().get_help_text()

    def clean_oldpassword(self) -> str:
        """As at sign-in: who found an open page cannot guess on without end."""
        name = self.user.username
        locks = try_password(name)
        try:
            old: str = super().clean_oldpassword()
        except ValidationError:
            note_wrong_password(name, locks, context.request)
            raise
        lockout.succeeded(name)
        return old

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = self.cleaned_data
        if data.get("password1") and data.get("password2") and data["password1"] != data["password2"]:
            self.add_error("password2", _("两次输入的密码不一致。"))
        if data.get("password1") and data["password1"] == data.get("oldpassword"):
            self.add_error("password1", _("新密码不能和当前密码相同。"))
        return data

    def save(self) -> None:
        change_own_password(self.user, self.cleaned_data["password1"])


def _name(form: Any, **labels: Any) -> None:
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].widget.attrs.pop("placeholder", None)
