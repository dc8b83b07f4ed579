"""People who sign in, where they are signed in, and tokens that programs sign in with."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dingbell.users.roles import Permission, Role, holds

ROLE_NAMES = {
    Role.ADMIN: _("管理员"),
    Role.ENGINEER: _("工程师"),
    Role.OPERATOR: _("操作员"),
    Role.VIEWER: _("访客"),
}


class User(AbstractBaseUser):
    """A person. Rights come from the role alone (users/roles.py), not from Django's permission tables."""

    username = models.CharField(
        _("用户名"),
        max_length=64,
        unique=True,
        validators=[RegexValidator(r"\A[\w.@+-]+\Z", _("用户名只能包含文字、数字和 . @ + - _"))],
        error_messages={"unique": _("已经有这个用户名。")},
    )
    display_name = models.CharField(_("姓名"), max_length=64, blank=True)
    role = models.CharField(
        _("角色"),
        max_length=16,
        choices=[(role.value, name) for role, name in ROLE_NAMES.items()],
        default=Role.VIEWER.value,
    )
    language = models.CharField(_("语言"), max_length=16, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("下次登录时修改密码"), default=False)
    date_joined = models.DateTimeField(_("创建时间"), default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = BaseUserManager()

    class Meta:
        verbose_name = verbose_name_plural = _("用户")
        constraints = [
            # Sign-in ignores case: "Wang" beside "wang" would lock both out.
            models.UniqueConstraint(
                Lower("username"),
                name="users_user_name_any_case",
                violation_error_message=_("已经有这个用户名。"),
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def name(self) -> str:
        return str(self)

    def may(self, permission: Permission) -> bool:
        return holds(self.role, permission)


class Session(AbstractBaseSession):
    """A browser in which somebody is signed in, or one that was given something to keep (users/sessions.py)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    device = models.CharField(max_length=300, blank=True)  # what the browser calls itself
    address = models.CharField(max_length=45, blank=True)
    signed_in_us = models.BigIntegerField(default=0)
    seen_us = models.BigIntegerField(default=0)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from dingbell.users.sessions import SessionStore

        return SessionStore


class SignInTries(models.Model):
    """Wrong passwords under one name since the last right one (users/lockout.py).

    `name` is a fingerprint: what people type there by mistake may be a password.
    """

    name = models.CharField(max_length=32, primary_key=True)
    tries = models.IntegerField(default=0)
    last_us = models.BigIntegerField(db_index=True)
    locked_until_us = models.BigIntegerField(default=0)


class ApiToken(models.Model):
    """A bearer token; only its digest is kept, so nobody can read it back."""

    name = models.CharField(_("名称"), max_length=64)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("权限范围"), default=list)
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    last_used_at = models.DateTimeField(_("最近使用"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("API 令牌")

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """One change of the configuration (users/audit.py). Append-only; it names what it is about, it does not hold it."""

    at_us = models.BigIntegerField()
    actor = models.CharField(max_length=150)
    kind = models.CharField(max_length=32)
    object_id = models.BigIntegerField()
    name = models.CharField(max_length=150)
    action = models.CharField(max_length=16)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "object_id", "-id"], name="users_audit_of"),
            models.Index(fields=["kind", "-id"], name="users_audit_kind"),
            models.Index(fields=["actor", "-id"], name="users_audit_actor"),
            models.Index(fields=["-at_us", "-id"], name="users_audit_time"),
        ]
