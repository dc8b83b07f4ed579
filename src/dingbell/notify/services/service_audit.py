"""How changes of a service stand in the audit: its document, with only those accounts that changed.

A service may have thousands of accounts; an entry that repeats them all would hide what was done. A replaced secret
looks the same in both documents, so it is marked.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dingbell.notify.models import Service
from dingbell.notify.services.documents import ServiceAnswer
from dingbell.storage.secrets import SecretUnreadable, decrypt, fingerprint
from dingbell.users import audit

KIND = "service"

Secrets = dict[str, str]  # by "robot 5" or "app": a fingerprint


def secrets(service: Service) -> Secrets:
    """What tells later whether a secret was replaced."""
    found = {f"robot {robot.id}": _mark(robot.token) + _mark(robot.secret) for robot in service.robots.all()}
    return found | {"app": _mark(service.client_secret)}


def record(
    before: ServiceAnswer | None, after: ServiceAnswer | None, had: Secrets | None = None, has: Secrets | None = None
) -> None:
    """Note the change in its transaction. `had` and `has` are the secrets before and after it."""
    named = after or before
    if named is None:
        return
    was, is_now = msgspec.to_builtins(before), msgspec.to_builtins(after)
    if before is not None and after is not None:
        same = {account.id: account for account in before.accounts}
        kept = {account.id for account in after.accounts if same.get(account.id) == account}
        for document in (was, is_now):
            document["accounts"] = [account for account in document["accounts"] if account["id"] not in kept]
        _mark_replaced(is_now, had or {}, has or {})
    audit.record(KIND, named.id, named.name, was, is_now)


def _mark_replaced(document: dict[str, Any], had: Secrets, has: Secrets) -> None:
    for robot in (*document["robots"], *document["addresses"]):
        key = f"robot {robot['id']}"
        if key in had and had[key] != has.get(key):
            robot["secret_replaced"] = True
    if had.get("app") != has.get("app"):
        document["app"]["secret_replaced"] = True


def _mark(stored: str) -> str:
    try:
        plain = decrypt(stored)
    except SecretUnreadable:
        return "?"
    return fingerprint(plain) if plain else "-"
