"""Who may do what over REST, by token and by session."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.middleware.csrf import _get_new_csrf_string
from django.test import Client

from dingbell.users import tokens
from dingbell.users.models import ApiToken, User
from dingbell.users.roles import Role, Scope
from tests.api.conftest import Caller, WithScopes

# Every operation, with the scope it needs; the ids exist nowhere.
OPERATIONS = [
    ("GET", "services", Scope.CONFIG_READ),
    ("POST", "services", Scope.CONFIG_WRITE),
    ("GET", "services/987654", Scope.CONFIG_READ),
    ("PATCH", "services/987654", Scope.CONFIG_WRITE),
    ("DELETE", "services/987654", Scope.CONFIG_WRITE),
    ("POST", "services/987654/copy", Scope.CONFIG_WRITE),
    ("GET", "services/987654/accounts", Scope.CONFIG_READ),
    ("POST", "services/987654/accounts", Scope.CONFIG_WRITE),
    ("GET", "services/987654/accounts/987654", Scope.CONFIG_READ),
    ("PATCH", "services/987654/accounts/987654", Scope.CONFIG_WRITE),
    ("DELETE", "services/987654/accounts/987654", Scope.CONFIG_WRITE),
    ("POST", "services/987654/accounts/import", Scope.CONFIG_WRITE),
    ("GET", "services/accounts/template", Scope.CONFIG_READ),
    ("POST", "services/987654/accounts/by-mobile", Scope.CONFIG_WRITE),
    ("POST", "services/987654/accounts/check", Scope.CONFIG_WRITE),
    ("GET", "services/987654/accounts/check", Scope.CONFIG_READ),
    ("POST", "services/987654/test", Scope.CONFIG_WRITE),
    ("GET", "services/987654/test/987654", Scope.CONFIG_READ),
    ("POST", "services/987654/diagnose", Scope.CONFIG_WRITE),
    ("GET", "services/987654/health", Scope.CONFIG_READ),
    ("POST", "services/987654/retry", Scope.CONFIG_WRITE),
    ("GET", "services/987654/accounts/987654/health", Scope.CONFIG_READ),
    ("GET", "messages", Scope.CONFIG_READ),
    ("POST", "messages", Scope.CONFIG_WRITE),
    ("POST", "messages/preview", Scope.CONFIG_READ),
    ("GET", "messages/987654", Scope.CONFIG_READ),
    ("PATCH", "messages/987654", Scope.CONFIG_WRITE),
    ("DELETE", "messages/987654", Scope.CONFIG_WRITE),
    ("POST", "messages/987654/copy", Scope.CONFIG_WRITE),
    ("POST", "messages/987654/test", Scope.CONFIG_WRITE),
    ("GET", "schedules", Scope.CONFIG_READ),
    ("POST", "schedules", Scope.CONFIG_WRITE),
    ("GET", "schedules/holidays", Scope.CONFIG_READ),
    ("GET", "schedules/987654", Scope.CONFIG_READ),
    ("PATCH", "schedules/987654", Scope.CONFIG_WRITE),
    ("DELETE", "schedules/987654", Scope.CONFIG_WRITE),
    ("GET", "schedules/987654/calendar", Scope.CONFIG_READ),
    ("POST", "schedules/987654/copy", Scope.CONFIG_WRITE),
    ("GET", "groups", Scope.CONFIG_READ),
    ("POST", "groups", Scope.CONFIG_WRITE),
    ("GET", "groups/987654", Scope.CONFIG_READ),
    ("PATCH", "groups/987654", Scope.CONFIG_WRITE),
    ("DELETE", "groups/987654", Scope.CONFIG_WRITE),
    ("GET", "rules", Scope.CONFIG_READ),
    ("POST", "rules", Scope.CONFIG_WRITE),
    ("GET", "rules/987654", Scope.CONFIG_READ),
    ("PATCH", "rules/987654", Scope.CONFIG_WRITE),
    ("DELETE", "rules/987654", Scope.CONFIG_WRITE),
    ("POST", "rules/987654/move", Scope.CONFIG_WRITE),
    ("POST", "rules/dry-run", Scope.CONFIG_READ),
    ("POST", "rules/987654/dry-run", Scope.CONFIG_READ),
    ("GET", "alarms", Scope.ALARMS_READ),
    ("GET", "alarms/history", Scope.ALARMS_READ),
    ("GET", "alarms/987654", Scope.ALARMS_READ),
    ("GET", "alarms/987654/events", Scope.ALARMS_READ),
    ("POST", "alarms/987654/acknowledge", Scope.ALARMS_WRITE),
    ("POST", "alarms/987654/shelve", Scope.ALARMS_WRITE),
    ("POST", "alarms/987654/unshelve", Scope.ALARMS_WRITE),
    ("POST", "alarms/987654/comment", Scope.ALARMS_WRITE),
    ("POST", "alarms/shelve", Scope.ALARMS_WRITE),
    ("POST", "alarms/987654/recall", Scope.DELIVERIES_WRITE),
    ("GET", "silences", Scope.ALARMS_READ),
    ("POST", "silences", Scope.ALARMS_WRITE),
    ("GET", "silences/987654", Scope.ALARMS_READ),
    ("POST", "silences/987654/end", Scope.ALARMS_WRITE),
    ("GET", "deliveries", Scope.DELIVERIES_READ),
    ("GET", "deliveries/987654", Scope.DELIVERIES_READ),
    ("POST", "deliveries/resend", Scope.DELIVERIES_WRITE),
    ("POST", "deliveries/handle", Scope.DELIVERIES_WRITE),
    ("POST", "deliveries/delete", Scope.DELIVERIES_WRITE),
    ("POST", "deliveries/987654/receipt", Scope.DELIVERIES_WRITE),
    ("POST", "deliveries/recall", Scope.DELIVERIES_WRITE),
    ("GET", "quota", Scope.CONFIG_READ),
    ("GET", "quota/987654", Scope.CONFIG_READ),
    ("GET", "quota/987654/receivers", Scope.CONFIG_READ),
    ("PATCH", "quota/987654", Scope.CONFIG_WRITE),
    ("POST", "quota/987654/reset", Scope.CONFIG_WRITE),
    ("GET", "stats", Scope.ALARMS_READ),
    ("GET", "tokens", Scope.ADMIN),
    ("POST", "tokens", Scope.ADMIN),
    ("DELETE", "tokens/987654", Scope.ADMIN),
    ("GET", "sources", Scope.ALARMS_READ),
    ("PATCH", "sources", Scope.CONFIG_WRITE),
    ("GET", "audit", Scope.ADMIN),
    ("GET", "audit/987654", Scope.ADMIN),
    ("GET", "settings", Scope.ADMIN),
    ("GET", "users", Scope.ADMIN),
    ("POST", "users", Scope.ADMIN),
    ("GET", "users/987654", Scope.ADMIN),
    ("PATCH", "users/987654", Scope.ADMIN),
    ("DELETE", "users/987654", Scope.ADMIN),
    ("GET", "users/987654/sessions", Scope.ADMIN),
    ("DELETE", "users/987654/sessions", Scope.ADMIN),
    ("POST", "users/987654/unlock", Scope.ADMIN),
    ("POST", "rules/987654/copy", Scope.CONFIG_WRITE),
]
READ = {Scope.CONFIG_READ, Scope.ALARMS_READ, Scope.DELIVERIES_READ}
MAY = {
    Role.VIEWER: READ,
    Role.OPERATOR: READ | {Scope.ALARMS_WRITE},
    Role.ENGINEER: READ | {Scope.ALARMS_WRITE, Scope.CONFIG_WRITE, Scope.DELIVERIES_WRITE},
    Role.ADMIN: set(Scope),
}


@pytest.fixture
def session(db: None) -> Callable[..., Caller]:
    """`session(person)`: a browser in which they are signed in; `csrf=False` forgets the token."""

    def sign_in(person: User, *, csrf: bool = True) -> Caller:
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        client.force_login(person)
        if not csrf:
            return Caller(client)
        client.cookies["dingbell_csrf"] = secret = _get_new_csrf_string()
        return Caller(client, **{"X-CSRFToken": secret})

    return sign_in


def test_the_table_of_operations_is_complete(api: Caller) -> None:
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "987654", path.removeprefix("/api/v1/")), operation["x-scope"])
        for path, methods in api.get("openapi.json").body["paths"].items()
        for method, operation in methods.items()
    }
    described.remove(("POST", "events", "events:write"))  # answered in front of Django
    assert described == {(method, path, str(scope)) for method, path, scope in OPERATIONS}


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_strangers_are_asked_who_they_are(method: str, path: str, scope: Scope) -> None:
    for headers in ({}, {"Authorization": "Bearer dbt_unknown"}, {"Authorization": "Basic eDp5"}, {"Cookie": "a=b"}):
        answer = Caller(**headers)(method, path)
        assert (answer.status, answer.errors) == (401, {})
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_does_what_its_scopes_name(with_scopes: WithScopes, scope: Scope) -> None:
    caller = with_scopes(scope)
    for method, path, needed in OPERATIONS:
        answer = caller(method, path)
        assert (answer.status != 403) == (scope in {needed, Scope.ADMIN}), (method, path, answer.body)


@pytest.mark.parametrize("role", list(Role))
def test_a_person_does_what_their_role_may(session: Callable[..., Caller], role: Role) -> None:
    caller = session(User.objects.create(username=role.value, role=role.value))
    for method, path, needed in OPERATIONS:
        answer = caller(method, path)
        assert (answer.status != 403) == (needed in MAY[role]), (method, path, answer.body)


def test_a_session_needs_the_csrf_token_to_change_anything(engineer: User, session: Callable[..., Caller]) -> None:
    careless = session(engineer, csrf=False)
    assert careless.get("services").status == 200
    for method, path, _ in OPERATIONS:
        if method != "GET":
            assert careless(method, path, {}).status == 403
    assert session(engineer).post("services", {}).status == 422


def test_a_token_needs_no_csrf_token_even_beside_a_session(engineer: User) -> None:
    _, plain = tokens.create("x", ["config:write"])
    client = Client(enforce_csrf_checks=True)
    client.force_login(engineer)
    assert Caller(client, Authorization=f"Bearer {plain}").post("services", {}).status == 422


def test_a_person_who_was_switched_off_is_a_stranger(engineer: User, session: Callable[..., Caller]) -> None:
    caller = session(engineer)
    User.objects.update(is_active=False)
    assert caller.get("services").status == 401


def test_a_revoked_token_is_a_strangers(with_scopes: WithScopes) -> None:
    caller = with_scopes("config:read")
    assert caller.get("services").status == 200
    tokens.revoke(ApiToken.objects.get().id)
    assert caller.get("services").status == 401


def test_the_use_of_a_token_is_remembered_now_and_then(with_scopes: WithScopes) -> None:
    caller = with_scopes("config:read")
    caller.get("services")
    first = ApiToken.objects.get().last_used_at
    caller.get("services")
    assert first is not None
    assert ApiToken.objects.get().last_used_at == first


def test_tokens_and_health_work_before_there_is_an_admin(api: Caller, db: None) -> None:
    assert not User.objects.exists()
    assert api.get("stats").status == 200
    assert Caller().get("/healthz").body == {"status": "ok"}
