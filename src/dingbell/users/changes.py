"""Changing people; the last one who can administer stays."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from dingbell.storage.models import Counter
from dingbell.users.models import User
from dingbell.users.roles import Role


class LastAdmin(Exception):
    """Nobody could administer any more."""


def change_user(
    user_id: int,
    *,
    role: str | None = None,
    active: bool | None = None,
    password: str | None = None,
    display_name: str | None = None,
) -> User:
    """Change what is not None. A new password or `active` False ends the person's sessions.

    Raises User.DoesNotExist, ValidationError with the field, LastAdmin.
    """
    with transaction.atomic():
        # One change at a time, so that two admins cannot demote each other.
        Counter.objects.get_or_create(name="setup")
        Counter.objects.select_for_update().get(name="setup")
        user = User.objects.get(id=user_id)
        errors: dict[str, list[str]] = {}
        if role is not None:
            if role not in set(Role):
                known = {"role": role[:40], "known": " ".join(Role)}
                errors["role"] = [_("没有这样的角色：%(role)s。可选：%(known)s") % known]
            user.role = role
        if active is not None:
            user.is_active = active
        if display_name is not None:
            user.display_name = display_name.strip()
            try:
                user.clean_fields(exclude={"password", "role"})
            except ValidationError as error:
                errors |= error.message_dict
        if password is not None:
            try:
                validate_password(password, user)
            except ValidationError as error:
                errors["password"] = list(error.messages)
        if errors:
            raise ValidationError(errors)
        if password is not None:
            user.set_password(password)
        user.save()
        if not User.objects.filter(role=Role.ADMIN, is_active=True).exists():
            raise LastAdmin
        return user
