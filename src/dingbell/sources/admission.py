"""Who may hand in events: a token with the scope `events:write`, the same for every raw source."""

from __future__ import annotations

import asyncio

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from dingbell.pipeline.intake import Intake
from dingbell.sources.asgi import Scope, Send, problem, token_of
from dingbell.users import tokens
from dingbell.users.roles import Scope as TokenScope
from dingbell.users.roles import allows

_CHALLENGE = ((b"www-authenticate", b'Bearer realm="DingBell"'), (b"www-authenticate", b'Basic realm="DingBell"'))
_RETRY_AFTER = (b"retry-after", b"5")


async def admit(scope: Scope, send: Send, intake: Intake, needed: TokenScope, *, writes: bool = True) -> str | None:
    """The digest of a token that may do this; None when the refusal has been answered.

    Who writes is looked at again in the transaction; who only reads gets the tokens as they are now.
    """
    plain = token_of(scope)
    if plain is None:
        await unauthorized(send)
        return None
    digest = tokens.digest(plain)
    grant = intake.grant(digest)
    if grant is None or not writes:  # made since the last batch, by this process or by the command line
        try:
            await asyncio.to_thread(_refresh, intake)
        except DatabaseError:
            await unavailable(send)
            return None
        grant = intake.grant(digest)
    if grant is None:
        await unauthorized(send)
        return None
    if not allows(grant.scopes, needed):
        await problem(send, 403, _("这个令牌没有权限 %(scope)s。") % {"scope": needed.value})
        return None
    return digest


async def unauthorized(send: Send) -> None:
    await problem(send, 401, _("缺少令牌，或令牌无效、已吊销。"), *_CHALLENGE)


async def unavailable(send: Send) -> None:
    """Nothing was kept: the sender has to send again."""
    await problem(send, 503, _("暂时无法写入（磁盘已满、数据库被锁定或过载），请稍后重发。"), _RETRY_AFTER)


def _refresh(intake: Intake) -> None:
    try:
        intake.refresh_grants()
    finally:
        connection.close()
