"""The little of ASGI that the raw sources need: read a body, find the token, answer JSON."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import msgspec
from django.utils import translation

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

LARGEST_BODY = 8 * 1024 * 1024
_READ_AT_MOST = 16 * LARGEST_BODY

_encode = msgspec.json.encode


class TooLarge(Exception):
    """The body is over LARGEST_BODY."""


class Disconnected(Exception):
    """The client went away before its body was complete."""


def header(scope: Scope, name: bytes) -> bytes | None:
    for key, value in scope["headers"]:
        if key == name:
            return bytes(value)
    return None


async def read_body(scope: Scope, receive: Receive) -> bytes:
    """The whole body. Raises TooLarge, Disconnected.

    One that is too large is read to its end before it is refused, within reason: a connection closed on a client
    that still sends is reset, and it would never see the answer.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size <= LARGEST_BODY:
            parts.append(part)
        elif size > _READ_AT_MOST:
            break
        else:
            parts.clear()
    if size > LARGEST_BODY:
        raise TooLarge
    return parts[0] if len(parts) == 1 else b"".join(parts)


def token_of(scope: Scope) -> str | None:
    """The bearer token, or the password of basic authentication; None without either."""
    value = header(scope, b"authorization")
    if value is None:
        return None
    kind, _, rest = value.strip().partition(b" ")
    try:
        if kind.lower() == b"bearer":
            return rest.strip().decode()
        if kind.lower() == b"basic":
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (UnicodeDecodeError, binascii.Error):
        pass
    return None


def speaking(scope: Scope) -> AbstractContextManager[None]:
    """English for who asks for it first, else the default: the texts are for the engineer who reads the answer.

    The default costs nothing: it is what holds where nothing was activated.
    """
    wanted = header(scope, b"accept-language")
    if wanted is not None and wanted.lower().startswith(b"en"):
        return translation.override("en")
    return nullcontext()


async def answer(
    send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes], kind: bytes = b"application/json"
) -> None:
    await send({
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *headers],
    })  # fmt: skip
    await send({"type": "http.response.body", "body": body})


async def answer_json(send: Send, status: int, value: object, *headers: tuple[bytes, bytes]) -> None:
    await answer(send, status, _encode(value), *headers)


async def problem(
    send: Send, status: int, title: str, *headers: tuple[bytes, bytes], errors: list[dict[str, str]] | None = None
) -> None:
    """An RFC 9457 problem document, as everywhere under /api/v1."""
    document: dict[str, object] = {"type": "about:blank", "status": status, "title": title}
    if errors is not None:
        document["errors"] = errors
    await answer(send, status, _encode(document), *headers, kind=b"application/problem+json")
