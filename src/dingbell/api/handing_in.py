"""`POST /api/v1/events` in the description of the API. It is answered in front of Django (sources/http.py)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dingbell.api import examples
from dingbell.api.describing import problem_response, schema_of
from dingbell.users.roles import Scope


class EventInput(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One thing that happened to the alarm `source` + `key`.

    `priority` is critical, high, medium, low or 紧急, 高, 中, 低. No `time` is the time of receipt; one without a zone
    is in that of the plant. The same event again is accepted and changes nothing.
    """

    source: str
    key: str
    state: Literal["active", "cleared"]
    time: str | None = None
    name: str | None = None
    path: str | None = None
    area: str | None = None
    type: str | None = None
    unit: str | None = None
    description: str | None = None
    priority: str | None = None
    ack_mode: Literal["auto", "manual", "manual_note"] | None = None
    value: float | str | bool | None = None
    limit: float | str | bool | None = None
    labels: dict[str, str] | None = None


class RejectedEvent(msgspec.Struct, kw_only=True):
    """`index`: its place in the array."""

    index: int
    error: str


class EventsAnswer(msgspec.Struct, kw_only=True):
    """All of `accepted` are on disk."""

    accepted: int
    rejected: list[RejectedEvent]


def described() -> dict[str, Any]:
    """The path item."""
    one = schema_of(EventInput)
    return {
        "post": {
            "operationId": "hand_in_events",
            "tags": ["events"],
            "summary": "交来报警事件",
            "description": (
                "One event or an array of them. 202 means: on disk, and every notification it owes will be sent or "
                "will stand in the list as failed. A single bad event is 422; an array that parses is always 202, with "
                "its bad events in `rejected`. Anything but 202: hand it in again."
            ),
            "parameters": [],
            "security": [{"BearerToken": []}],
            "x-scope": Scope.EVENTS_WRITE.value,
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"anyOf": [one, {"type": "array", "items": one}]},
                        "example": examples.EVENT,
                    }
                },
            },
            "responses": {
                "202": {
                    "description": "Accepted",
                    "content": {"application/json": {"schema": schema_of(EventsAnswer)}},
                },
                "4XX": problem_response(),
            },
        }
    }
