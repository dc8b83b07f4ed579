"""What the objects are called whose ids stand in a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dingbell.notify.models import Account, AlarmGroup, Message, Robot, Rule, Schedule, Service
from dingbell.users import audit_log

_MODELS: dict[str, tuple[str, Any]] = {
    "service": ("service", Service),
    "message": ("message", Message),
    "schedule": ("schedule", Schedule),
    "rule": ("rule", Rule),
    "groups": ("group", AlarmGroup),
    "robot": ("robot", Robot),
    "account": ("account", Account),
}


class Names:
    """Those of the ids that stand in `documents`; of what is gone, the last one it had."""

    kinds = frozenset({"robot", "account"})  # a receiver is {"robot": id} or {"account": id}

    def __init__(self, *documents: Any) -> None:
        asked: dict[str, set[int]] = {}
        for document in documents:
            _collect(document, asked)
        self._found = {field: _read(field, ids) for field, ids in asked.items()}

    def of(self, field: str, given_id: int) -> str:
        """ "" for a field that holds no ids."""
        if field not in _MODELS:
            return ""
        return self._found.get(field, {}).get(given_id) or f"#{given_id}"


def _collect(document: Any, asked: dict[str, set[int]]) -> None:
    if isinstance(document, list):
        for one in document:
            _collect(one, asked)
    elif isinstance(document, Mapping):
        for field, given in document.items():
            ids = given if isinstance(given, list) else [given]
            if field in _MODELS and all(type(one) is int for one in ids):
                asked.setdefault(field, set()).update(ids)
            else:
                _collect(given, asked)


def _read(field: str, ids: set[int]) -> dict[int, str]:
    kind, model = _MODELS[field]
    found: dict[int, str] = audit_log.last_names(kind, ids)
    return found | {one.id: str(one) for one in model.objects.filter(id__in=ids)}
