"""Who may do what: roles of people, scopes of API tokens, and the one question both answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class Role(StrEnum):
    ADMIN = "admin"
    ENGINEER = "engineer"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Permission(StrEnum):
    VIEW = "view"  # read every page
    ACKNOWLEDGE = "acknowledge"  # acknowledge, shelve and comment alarms
    CONFIGURE = "configure"  # services, messages, schedules, rules, sources, sending again
    ADMINISTER = "administer"  # users, tokens, audit, installation


class Scope(StrEnum):
    EVENTS_WRITE = "events:write"
    ALARMS_READ = "alarms:read"
    ALARMS_WRITE = "alarms:write"
    CONFIG_READ = "config:read"
    CONFIG_WRITE = "config:write"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_WRITE = "deliveries:write"
    ADMIN = "admin"


_READ = frozenset({Scope.ALARMS_READ, Scope.CONFIG_READ, Scope.DELIVERIES_READ})

_SCOPES: dict[Permission, frozenset[Scope]] = {
    Permission.VIEW: _READ,
    Permission.ACKNOWLEDGE: frozenset({Scope.ALARMS_WRITE}),
    Permission.CONFIGURE: frozenset({Scope.CONFIG_WRITE, Scope.DELIVERIES_WRITE, Scope.EVENTS_WRITE}),
    Permission.ADMINISTER: frozenset({Scope.ADMIN}),
}

_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.ENGINEER: frozenset({Permission.VIEW, Permission.ACKNOWLEDGE, Permission.CONFIGURE}),
    Role.OPERATOR: frozenset({Permission.VIEW, Permission.ACKNOWLEDGE}),
    Role.VIEWER: frozenset({Permission.VIEW}),
}


def holds(role: str, permission: Permission) -> bool:
    """Whether the role has the permission; a role this version does not know has none."""
    return permission in _permissions(role)


def scopes_of(role: str) -> frozenset[Scope]:
    """What a person of this role may do over REST, in the words of a token."""
    return frozenset(scope for permission in _permissions(role) for scope in _SCOPES[permission])


def allows(held: Collection[str], needed: Scope) -> bool:
    """The one check of REST, for people and tokens alike: `admin` holds all, the rest hold what they name."""
    return needed in held or Scope.ADMIN in held


def parse_scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    """Scopes in the order of `Scope`, each once.

    Raises ValidationError on `scopes` when a name is unknown or there is none.
    """
    wanted = {name.strip() for name in names} - {""}
    if unknown := sorted(wanted - set(Scope)):
        raise ValidationError(
            {
                "scopes": _("没有这样的权限范围：%(unknown)s。可选：%(known)s")
                % {"unknown": ", ".join(unknown), "known": " ".join(Scope)}
            }
        )
    if not wanted:
        raise ValidationError({"scopes": _("至少需要一个权限范围：%(known)s") % {"known": " ".join(Scope)}})
    return tuple(scope for scope in Scope if scope in wanted)


def _permissions(role: str) -> frozenset[Permission]:
    return _PERMISSIONS[Role(role)] if role in set(Role) else frozenset()
