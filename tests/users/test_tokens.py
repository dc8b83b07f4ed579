"""API tokens."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.users import tokens
from dingbell.users.models import ApiToken, User

pytestmark = pytest.mark.django_db


def version() -> int:
    return versions.current()[Subject.TOKENS]


def test_the_plain_text_is_given_once_and_only_its_digest_is_kept() -> None:
    token, plain = tokens.create("plc-1", ["events:write"])
    assert re.fullmatch(r"dbt_[A-Za-z0-9_-]{40}", plain)
    token.refresh_from_db()
    assert token.digest == tokens.digest(plain)
    assert plain not in str(ApiToken.objects.values().get())


def test_a_token_stands_in_the_list_until_it_is_revoked(admin: User) -> None:
    token, plain = tokens.create("plc-1", ["alarms:read", "events:write"], created_by=admin)
    grant = tokens.grants()[tokens.digest(plain)]
    assert grant == tokens.Grant(token.id, "plc-1", frozenset({"events:write", "alarms:read"}))
    assert tokens.revoke(token.id)
    assert tokens.grants() == {}
    assert not tokens.revoke(token.id)
    assert not tokens.revoke(10**9)


def test_every_change_makes_a_new_version_and_nothing_else_does() -> None:
    before = version()
    token, _ = tokens.create("plc-1", ["admin"])
    created = version()
    tokens.revoke(token.id)
    revoked = version()
    tokens.revoke(token.id)
    tokens.grants()
    assert before < created < revoked == version()


@pytest.mark.parametrize(
    ("name", "scopes", "field"),
    [
        ("", ["admin"], "name"),
        (" " * 3, ["admin"], "name"),
        ("x" * 65, ["admin"], "name"),
        ("x", ["write"], "scopes"),
    ],
)
def test_what_cannot_be_a_token_says_which_field_is_wrong(name: str, scopes: list[str], field: str) -> None:
    before = version()
    with pytest.raises(ValidationError) as refused:
        tokens.create(name, scopes)
    assert set(refused.value.message_dict) == {field}
    assert (version(), ApiToken.objects.count()) == (before, 0)


def test_the_last_use_is_remembered() -> None:
    token, _ = tokens.create("plc-1", ["admin"])
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    tokens.mark_used([token.id], moment)
    token.refresh_from_db()
    assert token.last_used_at == moment
