"""One HTTP call to DingTalk and its answer, as values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

JSON_TYPE = b"application/json;charset=utf-8"


@dataclass(slots=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[bytes, bytes]
    """Lower-case names; of a repeated header the last one."""
    body: bytes
    client: str
    """Address the call came from."""
    now: float
    wall: float

    def is_json_typed(self) -> bool:
        return self.headers.get(b"content-type", b"").strip().lower().startswith(b"application/json")

    def json_object(self) -> dict[str, Any] | None:
        """The body as a JSON object, None if it is anything else."""
        return json_object(self.body)


@dataclass(slots=True, frozen=True)
class Answer:
    status: int
    body: bytes
    code: int | str | None = None
    """errcode of the old interface or code of the new one; None for a plain success of the new one."""
    content_type: bytes = JSON_TYPE


class RefusalError(Exception):
    """DingTalk's no: raised where it is decided, answered by the gateway."""

    def __init__(self, answer: Answer, text: str = "") -> None:
        super().__init__(text)
        self.answer = answer


def json_object(body: bytes) -> dict[str, Any] | None:
    try:
        # Strict UTF-8 and no NaN: the bytes are later spliced unchanged into /_sim/messages.
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_constant(name: str) -> None:
    raise ValueError(name)


def json_bytes(value: object) -> bytes:
    """Chinese stays readable; a lone surrogate becomes the escape it came from."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def success(value: object, code: int | None = None) -> Answer:
    return Answer(200, json_bytes(value), code)
