"""`POST /api/v1/events`: the hot path, in front of Django (design §4)."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog
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
    answer_json,
    problem,
    read_body,
    speaking,
)
from dingbell.storage.writer import StorageUnavailable
from dingbell.users.roles import Scope as TokenScope

log = structlog.get_logger(__name__)

PATH = "/api/v1/events"
_ONE_ACCEPTED = b'{"accepted":1,"rejected":[]}'


class HttpSource:
    def __init__(self, intake: Intake, zone: ZoneInfo, clock: Callable[[], int]) -> None:
        self._intake = intake
        self._zone = zone
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with speaking(scope):
            digest = await admit(scope, send, self._intake, TokenScope.EVENTS_WRITE)
            if digest is None:
                return
            try:
                body = await read_body(scope, receive)
                parsed = events.parse(body, now := self._clock(), self._zone)
                if parsed.reports or parsed.rejected:  # a refusal, too, is only for who may still hand in
                    await self._intake.submit(Submission(parsed.reports, now, digest))
            except Disconnected:
                return
            except TooLarge:
                await problem(send, 413, _("请求体超过 8 MiB，请分批发送。"), (b"connection", b"close"))
            except events.Malformed as error:
                await problem(send, 400, str(error))
            except TokenRevoked:
                await unauthorized(send)
            except StorageUnavailable:
                await unavailable(send)
            else:
                await _accepted(send, parsed)


async def _accepted(send: Send, parsed: events.Parsed) -> None:
    if parsed.single:
        if parsed.rejected:
            _index, rejected = parsed.rejected[0]
            title = f"{rejected.field}：{rejected.text}" if rejected.field else rejected.text
            await problem(send, 422, title, errors=[{"field": rejected.field, "message": rejected.text}])
        else:
            await answer(send, 202, _ONE_ACCEPTED)
        return
    rejected_items = [
        {"index": index, "field": one.field, "error": f"{one.field}：{one.text}" if one.field else one.text}
        for index, one in parsed.rejected
    ]
    await answer_json(send, 202, {"accepted": len(parsed.reports), "rejected": rejected_items})
