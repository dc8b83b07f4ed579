"""The forms that add and change people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dingbell.users import passwords
from dingbell.users.accounts import add_user
from dingbell.users.changes import LastAdmin, change_user
from dingbell.users.models import User
from dingbell.users.passwords import LengthValidator
from dingbell.users.roles import Role

_ROLES = {
    Role.ADMIN: gettext_lazy("管理员：另外管理用户、令牌、审计和设置"),
    Role.ENGINEER: gettext_lazy("工程师：另外配置通知服务、内容、排程和规则"),
    Role.OPERATOR: gettext_lazy("操作员：另外确认、搁置和备注报警"),
    Role.VIEWER: gettext_lazy("访客：只看"),
}
_CHOICES = [(role.value, _ROLES[role]) for role in (Role.VIEWER, Role.OPERATOR, Role.ENGINEER, Role.ADMIN)]


class _OneBelowAnother(forms.RadioSelect):
    stacked = True  # for parts/field.html


class _Person(forms.Form):
    display_name = forms.CharField(label=gettext_lazy("姓名"), required=False, max_length=64)
    role = forms.ChoiceField(
        label=gettext_lazy("角色"), choices=_CHOICES, initial=Role.OPERATOR.value, widget=_OneBelowAnother
    )

    def _note(self, error: ValidationError) -> None:
        for field, messages in error.message_dict.items():
            self.add_error(field if field in self.fields else None, messages)


class NewUser(_Person):
    """`generated` is the password that was made for the person, "" where one was typed."""

    username = forms.CharField(
        label=gettext_lazy("用户名"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=gettext_lazy("初始密码"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    must_change_password = forms.BooleanField(
        label=gettext_lazy("下次登录时必须修改密码"), required=False, initial=True
    )
    generated = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["username", "display_name", "role", "password", "must_change_password"])
        rule = LengthValidator().get_help_text()
        self.fields["password"].help_text = _("留空时自动生成一个，添加后显示一次。自己填写时：%(rule)s") % {
            "rule": rule
        }

    def save(self) -> User | None:
        """None with the reasons among the form's errors."""
        given = self.cleaned_data
        generated = "" if given["password"] else passwords.generated()
        try:
            user = add_user(
                given["username"],
                given["role"],
                given["password"] or generated,
                given["display_name"],
                must_change_password=bool(generated) or given["must_change_password"],
            )
        except ValidationError as error:
            self._note(error)
            return None
        self.generated = generated
        return user


class ChangedUser(_Person):
    active = forms.BooleanField(label=gettext_lazy("启用"), required=False)

    def __init__(self, data: Any, *, user: User) -> None:
        initial = {"display_name": user.display_name, "role": user.role, "active": user.is_active}
        super().__init__(data, initial=initial)
        self._user = user

    def save(self) -> User | None:
        """None with the reasons among the form's errors."""
        try:
            return change_user(self._user.id, **self.cleaned_data)
        except ValidationError as error:
            self._note(error)
        except LastAdmin:
            self.add_error(None, _("至少需要一个启用的管理员。"))
        return None
