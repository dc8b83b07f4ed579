"""Changing people; the last one who can administer stays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from dingbell.storage.models import Counter
from dingbell.users import audit, lockout, sessions
from dingbell.users.audit import Action
from dingbell.users.documents import user_answer
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
    must_change_password: bool | None = None,
) -> User:
    """Change what is not None. A new password or `active` False ends the person's sessions and tries.

    Raises User.DoesNotExist, ValidationError with the field, LastAdmin.
    """
    with transaction.atomic():
        user = _find(user_id)
        before = user_answer(user)
        errors: dict[str, list[str]] = {}
        if role is not None:
            if role not in set(Role):
                known = {"role": role[:40], "known": " ".join(Role)}
                errors["role"] = [_("没有这样的角色：%(role)s。可选：%(known)s") % known]
            user.role = role
        if active is not None:
            user.is_active = active
        if must_change_password is not None:
            user.must_change_password = must_change_password
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
        _keep_an_admin()
        if password is not None or active is False:
            sessions.end(user)
        if password is not None:
            lockout.unlock(user.username)
        _record(user, before, replaced=password is not None)
        return user


def change_own_password(user: User, password: str) -> None:
    """Store what the form has checked; the caller keeps the session in which it was changed."""
    with transaction.atomic():
        before = user_answer(user)
        user.set_password(password)
        user.must_change_password = False
        user.save()
        _record(user, before, replaced=True)


def delete_user(user_id: int) -> None:
    """What the person did stays under the name. Raises User.DoesNotExist, LastAdmin."""
    with transaction.atomic():
        user = _find(user_id)
        audit.record("user", user.id, user.username, user_answer(user), None)
        lockout.unlock(user.username)
        user.delete()
        _keep_an_admin()


def end_sessions(user_id: int, *, but: str | None = None) -> int:
    """Sign the person out everywhere, `but` in the session with this key; how many it were. Raises DoesNotExist."""
    return _end_sessions(User.objects.get(id=user_id), [but])


def end_session(user_id: int, public_id: str, *, but: str | None = None) -> int:
    """As `end_sessions`, for the one session with this public id (users/sessions.py)."""
    user = User.objects.get(id=user_id)
    others = [one.session_key for one in sessions.of(user) if sessions.public_id(one.session_key) != public_id]
    return _end_sessions(user, [*others, but])


def unlock(user_id: int) -> bool:
    """Let somebody try again who typed a wrong password too often. Raises User.DoesNotExist."""
    with transaction.atomic():
        user = User.objects.get(id=user_id)
        unlocked = lockout.unlock(user.username)
        if unlocked:
            audit.note_sign_in(user.id, user.username, Action.UNLOCKED)
        return unlocked


def _end_sessions(user: User, but: Iterable[str | None]) -> int:
    with transaction.atomic():
        ended = sessions.end(user, but=but)
        if ended:
            audit.note_sign_in(user.id, user.username, Action.SESSIONS_ENDED, sessions=ended)
        return ended


def _find(user_id: int) -> User:
    """One change at a time, so that two admins cannot demote each other."""
    Counter.objects.get_or_create(name="setup")
    Counter.objects.select_for_update().get(name="setup")
    return User.objects.get(id=user_id)


def _keep_an_admin() -> None:
    if not User.objects.filter(role=Role.ADMIN, is_active=True).exists():
        raise LastAdmin


def _record(user: User, before: Any, *, replaced: bool) -> None:
    after = msgspec.to_builtins(user_answer(user)) | ({"secret_replaced": True} if replaced else {})
    audit.record("user", user.id, user.username, msgspec.to_builtins(before), after)
