"""`POST /api/v1/events`: the hot path, in front of Django (design §4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext as _

from dingbell.pipeline.intake import Intake, Submission, TokenRevoked
from dingbell.sources import events
from dingbell.sources.admission import admit, unauthorized, unavailable
from dingbell.sources.asgi import (
    Disconnected,
    Receive,
    Scope,
    Send,
    TooLarge,
    answer,
    problem,
    read_body,
    speaking,
)
from dingbell.storage.writer import StorageUnavailable
from dingbell.users import tokens
from dingbell.users.roles import Scope as TokenScope
from dingbell.users.roles import allows

PATH = "/api/v1/events"
_ONE_ACCEPTED = b'{"accepted":1,"rejected":[]}'


class HttpSource:
    def __init__(self, intake: Intake, zone: ZoneInfo, clock: Callable[[], int]) -> None:
        self.intake = intake
        self.zone = zone
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with speaking(scope):
            digest = await admit(scope, send, self.intake, TokenScope.EVENTS_WRITE)
            if digest is None:
                return
            try:
                body = await read_body(scope, receive)
                parsed = events.parse(body, now := self.clock(), self.zone)
                # A refusal, too, is only for who may still hand in; no event at all is a sign of life.
                await self.intake.submit(Submission(parsed.reports, now, digest))
            except Disconnected:
                return
            except TooLarge:
                await problem(send, 413, _("请求体超过 8 MiB，请分批发送。"), (b"connection", b"close"))
            except events.Malformed as error:
                await problem(send, 400, str(error))
            except (TokenRevoked, StorageUnavailable) as error:
                await _refuse(send, error)
            else:
                await _answer(send, parsed)

    def known(self, authorization: bytes) -> str | None:
        """The digest of a bearer token that may hand in events, as far as the last batch knew; None when unsure."""
        kind, _space, plain = authorization.partition(b" ")
        if kind.lower() != b"bearer":
            return None
        digest = tokens.digest(plain.strip().decode("ascii", "replace"))
        grant = self.intake.grant(digest)
        return digest if grant is not None and allows(grant.scopes, TokenScope.EVENTS_WRITE) else None

    @staticmethod
    def refusing(error: BaseException) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        """An application that answers what `error` means; raises what only the server can answer."""

        async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
            if not isinstance(error, TokenRevoked | StorageUnavailable):
                raise error
            await _refuse(send, error)

        return refuse


async def _refuse(send: Send, error: TokenRevoked | StorageUnavailable) -> None:
    if isinstance(error, TokenRevoked):
        await unauthorized(send)
    else:
        await unavailable(send)


def accepted(parsed: events.Parsed) -> bytes:
    """The body of a 202."""
    if parsed.single:
        return _ONE_ACCEPTED
    rejected = [
        {"index": index, "field": one.field, "error": f"{one.field}：{one.text}" if one.field else one.text}
        for index, one in parsed.rejected
    ]
    return msgspec.json.encode({"accepted": len(parsed.reports), "rejected": rejected})


async def _answer(send: Send, parsed: events.Parsed) -> None:
    if parsed.single and parsed.rejected:
        _index, rejected = parsed.rejected[0]
        title = f"{rejected.field}：{rejected.text}" if rejected.field else rejected.text
        await problem(send, 422, title, errors=[{"field": rejected.field, "message": rejected.text}])
    else:
        await answer(send, 202, accepted(parsed))
