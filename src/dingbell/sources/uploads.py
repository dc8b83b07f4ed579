"""What pages and REST take at most in one request. Django would put a body of any size on the disk first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.utils.translation import gettext as _

from dingbell.sources.asgi import Receive, Scope, Send, TooLarge, header, problem

LARGEST = 33 * 1024 * 1024  # a file of contacts and what stands around it
_READ_AT_MOST = 8 * LARGEST

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


async def bounded(application: Application, scope: Scope, receive: Receive, send: Send) -> None:
    """Let `application` answer, or 413 when the body is over LARGEST.

    Such a body is read to its end first, within reason: see asgi.read_body.
    """
    size = 0

    async def limited() -> MutableMapping[str, Any]:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST:
            raise TooLarge
        return message

    try:
        length = header(scope, b"content-length") or b"0"
        if length.isdigit() and int(length) > LARGEST:
            raise TooLarge
        await application(scope, limited, send)
    except TooLarge:
        more = True
        while more and size <= _READ_AT_MOST:
            message = await receive()
            more = message.get("more_body", False)
            size += len(message.get("body", b""))
        await problem(send, 413, _("请求体过大。"), (b"connection", b"close"))
