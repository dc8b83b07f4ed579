"""Adding people: the command line, set-up and the users page come through here."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from dingbell.storage.models import Counter
from dingbell.users import audit
from dingbell.users.documents import user_answer
from dingbell.users.models import User
from dingbell.users.roles import Role


class AdminExistsError(Exception):
    """Set-up is over: somebody else made the first admin."""


def admin_exists() -> bool:
    """Whether anyone can administer. While nobody can, every page leads to set-up."""
    return User.objects.filter(role=Role.ADMIN, is_active=True).exists()


def add_user(
    name: str, role: str, password: str, display_name: str = "", *, must_change_password: bool = False
) -> User:
    """Raises ValidationError with the fields `username`, `role` and `password`."""
    user = User(
        username=User.normalize_username(name.strip()),
        role=role,
        display_name=display_name.strip(),
        must_change_password=must_change_password,
    )
    errors: dict[str, list[str]] = {}
    if role not in set(Role):
        errors["role"] = [_("没有这样的角色：%(role)s。可选：%(known)s") % {"role": role, "known": " ".join(Role)}]
    try:
        user.full_clean(exclude={"password", "role"})
    except ValidationError as error:
        errors |= _by_field(error)
    try:
        validate_password(password, user)
    except ValidationError as error:
        errors["password"] = list(error.messages)
    if errors:
        raise ValidationError(errors)
    user.set_password(password)
    with transaction.atomic():
        user.save()
        audit.record("user", user.id, user.username, None, user_answer(user))
    return user


def add_first_admin(name: str, password: str) -> User:
    """As `add_user`, but raises AdminExistsError when there is one: of two posts at once only one wins."""
    with transaction.atomic():
        Counter.objects.get_or_create(name="setup")
        # PostgreSQL: the second waits here until the first committed. SQLite: the transaction is the lock.
        Counter.objects.select_for_update().get(name="setup")
        if admin_exists():
            raise AdminExistsError
        return add_user(name, Role.ADMIN, password)


def _by_field(error: ValidationError) -> dict[str, list[str]]:
    # A constraint over an expression reports under no field; ours is about the name.
    found: dict[str, list[str]] = {}
    for field, messages in error.message_dict.items():
        found.setdefault("username" if field == "__all__" else field, []).extend(messages)
    return {field: list(dict.fromkeys(messages)) for field, messages in found.items()}
