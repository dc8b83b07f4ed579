"""@ settings of robots over REST, and what the audit keeps of a service."""

from __future__ import annotations

from typing import Any

import pytest

from dingbell.users.models import AuditEntry
from tests.api.conftest import APP_SECRET, SIGNING, TOKEN, Caller

NOBODY = {"everyone": False, "mobiles": [], "user_ids": []}
LIU, CHEN = "13900000001", "+852-51234567"


def changed(api: Caller, service: dict[str, Any], mentions: object) -> Any:
    robot = service["robots"][0]["id"]
    return api.patch(f"services/{service['id']}", {"robots": [{"id": robot, "mentions": mentions}]})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"everyone": True}, NOBODY | {"everyone": True}),
        ({"mobiles": [LIU, f" @+86-{LIU}", CHEN]}, NOBODY | {"mobiles": [LIU, CHEN]}),
        ({"mobiles": ["139 0000 0001"], "user_ids": ["@manager4220", "manager4220", "0123456789012345678"]},
         {"everyone": False, "mobiles": [LIU], "user_ids": ["manager4220", "0123456789012345678"]}),
        ({}, NOBODY),
    ],
)  # fmt: skip
def test_people_are_kept_as_they_must_stand_behind_the_at(
    api: Caller, service: dict[str, Any], given: object, kept: object
) -> None:
    assert service["robots"][0]["mentions"] == NOBODY
    answer = changed(api, service, given)
    assert answer.body["robots"][0]["mentions"] == kept
    assert api.patch(f"services/{service['id']}", answer.body).body == answer.body
    alone = api.patch(f"services/{service['id']}", {"robots": [{"id": service["robots"][0]["id"]}]})
    assert alone.body["robots"][0]["mentions"] == kept


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mobiles": [LIU, "张三"]}, "robots[0].mentions.mobiles[1]"),
        ({"mobiles": ["12"]}, "robots[0].mentions.mobiles[0]"),
        ({"user_ids": ["张三"]}, "robots[0].mentions.user_ids[0]"),
        ({"user_ids": ["a b"]}, "robots[0].mentions.user_ids[0]"),
        ({"user_ids": ["x" * 65]}, "robots[0].mentions.user_ids[0]"),
        ({"mobiles": [f"139{n:08}" for n in range(50)], "user_ids": ["u1"]}, "robots[0].mentions"),
        ({"everybody": True}, "robots[0].mentions.everybody"),
        ({"everyone": "yes"}, "robots[0].mentions.everyone"),
    ],
)  # fmt: skip
def test_what_is_no_person_is_refused_at_its_field(
    api: Caller, service: dict[str, Any], given: object, field: str
) -> None:
    answer = changed(api, service, given)
    assert answer.status == 422
    assert set(answer.errors) == {field}


def test_the_audit_tells_what_changed_and_that_a_secret_was_replaced(api: Caller, service: dict[str, Any]) -> None:
    path, robot = f"services/{service['id']}", service["robots"][0]["id"]
    api.patch(path, {})  # nothing changed, nothing to tell
    api.patch(path, {"robots": [{"id": robot, "secret": "SECanother"}], "app": {"client_secret": "another-one"}})
    accounts = [*service["accounts"], {"user_id": "b", "name": "李四"}]
    api.patch(path, {"enabled": False, "accounts": accounts})
    api.delete(path)

    created, replaced, joined, deleted = AuditEntry.objects.filter(kind="service").order_by("id")
    assert [one.action for one in (created, replaced, joined, deleted)] == ["created", "changed", "changed", "deleted"]
    assert created.before is None
    assert replaced.after["robots"][0]["secret_replaced"] is True
    assert replaced.after["app"]["secret_replaced"] is True
    assert "secret_replaced" not in joined.after["robots"][0]
    assert (joined.before["enabled"], joined.after["enabled"]) == (True, False)
    assert joined.before["accounts"] == []
    assert [account["name"] for account in joined.after["accounts"]] == ["李四"]
    assert deleted.after is None
    kept = str(list(AuditEntry.objects.values()))
    assert not any(secret in kept for secret in (TOKEN, SIGNING, APP_SECRET, "SECanother", "another-one"))
