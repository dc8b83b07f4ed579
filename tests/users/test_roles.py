"""Who may do what."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from dingbell.users.roles import Permission, Role, Scope, allows, holds, parse_scopes, scopes_of


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.VIEW, {Role.ADMIN, Role.ENGINEER, Role.OPERATOR, Role.VIEWER}),
        (Permission.ACKNOWLEDGE, {Role.ADMIN, Role.ENGINEER, Role.OPERATOR}),
        (Permission.CONFIGURE, {Role.ADMIN, Role.ENGINEER}),
        (Permission.ADMINISTER, {Role.ADMIN}),
    ],
)
def test_each_permission_belongs_to_its_roles(permission: Permission, roles: set[Role]) -> None:
    assert {role for role in Role if holds(role, permission)} == roles


@pytest.mark.parametrize("role", ["", "root", "Admin"])
def test_an_unknown_role_may_nothing(role: str) -> None:
    assert not any(holds(role, permission) for permission in Permission)
    assert scopes_of(role) == frozenset()


def test_a_person_asks_the_same_question_as_a_token() -> None:
    assert allows(scopes_of(Role.OPERATOR), Scope.ALARMS_WRITE)
    assert not allows(scopes_of(Role.OPERATOR), Scope.CONFIG_WRITE)
    assert not allows(scopes_of(Role.VIEWER), Scope.ALARMS_WRITE)
    assert all(allows(scopes_of(Role.ADMIN), scope) for scope in Scope)
    assert not allows(scopes_of(Role.ENGINEER), Scope.ADMIN)


def test_admin_holds_all_and_others_only_what_they_name() -> None:
    assert all(allows({"admin"}, scope) for scope in Scope)
    assert [scope for scope in Scope if allows({"events:write"}, scope)] == [Scope.EVENTS_WRITE]


def test_scopes_are_parsed_in_their_order_and_once() -> None:
    assert parse_scopes(["alarms:read", " events:write ", "alarms:read", ""]) == (
        "events:write",
        "alarms:read",
    )


@pytest.mark.parametrize("names", [[], [""], ["events:read"], ["events:write", "ADMIN"]])
def test_what_is_no_scope_is_refused_with_the_list_of_those_there_are(names: list[str]) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_scopes(names)
    (message,) = refused.value.message_dict["scopes"]
    assert "deliveries:write" in message
