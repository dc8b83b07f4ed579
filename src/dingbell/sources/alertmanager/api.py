"""Alertmanager's API v2 as a raw source in front of Django: Prometheus hands alerts in, amtool and karma look.

Texts of refusals are JSON strings, as Alertmanager's; amtool shows them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from dingbell.pipeline.intake import Intake, Submission, TokenRevoked
from dingbell.sources.admission import admit, unauthorized, unavailable
from dingbell.sources.alertmanager import alerts, answers
from dingbell.sources.alertmanager.answers import Query
from dingbell.sources.alertmanager.mapping import Mapping
from dingbell.sources.alertmanager.matchers import BadMatcher
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
from dingbell.sources.events import Malformed
from dingbell.storage.writer import StorageUnavailable
from dingbell.users.roles import Scope as TokenScope

PREFIX = "/api/v2/"
_ALERTS = PREFIX + "alerts"


class AlertmanagerSource:
    """`mapping` says how alerts become events, `zone` where times without one are."""

    def __init__(self, intake: Intake, mapping: Mapping, zone: ZoneInfo, clock: Callable[[], int]) -> None:
        self._intake = intake
        self._mapping = mapping
        self._zone = zone
        self._clock = clock
        started_us = clock()
        self._readers: dict[str, Callable[[bytes], object]] = {
            _ALERTS: lambda query: answers.alerts(Query.read(query)),
            _ALERTS + "/groups": lambda query: answers.groups(Query.read(query)),
            PREFIX + "receivers": lambda _query: answers.receivers(),
            PREFIX + "silences": lambda _query: [],  # there are none here
            PREFIX + "status": lambda _query: answers.status(started_us, mapping.resolve_timeout_us),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        send = _readable(send)
        path, method = scope["path"], scope["method"]
        with speaking(scope):
            if path not in self._readers:
                await answer_json(send, 404, {"code": 404, "message": f"path {path} was not found"})
            elif method == "POST" and path == _ALERTS:
                await self._take(scope, receive, send)
            elif method == "GET":
                await self._show(scope, send)
            else:
                allowed = "GET,POST" if path == _ALERTS else "GET"
                message = f"method {method} is not allowed, but [{allowed}] are"
                await answer_json(send, 405, {"code": 405, "message": message}, (b"allow", allowed.encode()))

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        digest = await admit(scope, send, self._intake, TokenScope.EVENTS_WRITE)
        if digest is None:
            return
        try:
            body = await read_body(scope, receive)
            parsed = alerts.parse(body, now_us := self._clock(), self._zone)
            if parsed.alerts:
                reports = [self._mapping.report(alert, now_us) for alert in parsed.alerts]
                await self._intake.submit(Submission(reports, now_us, digest))
        except Disconnected:
            return
        except TooLarge:
            await problem(send, 413, _("请求体超过 8 MiB，请分批发送。"), (b"connection", b"close"))
        except Malformed as error:
            await answer_json(send, 400, str(error))
        except TokenRevoked:
            await unauthorized(send)
        except StorageUnavailable:
            await unavailable(send)
        else:
            if parsed.refused:
                await answer_json(send, 400, parsed.reasons)
            else:
                await answer(send, 200, b"")

    async def _show(self, scope: Scope, send: Send) -> None:
        if await admit(scope, send, self._intake, TokenScope.ALARMS_READ, writes=False) is None:
            return
        try:
            found = await asyncio.to_thread(_reading, self._readers[scope["path"]], scope["query_string"])
        except BadMatcher as error:
            await answer_json(send, 400, str(error))
        except DatabaseError:
            await unavailable(send)
        else:
            await answer_json(send, 200, found)


def _reading(read: Callable[[bytes], object], query: bytes) -> object:
    try:
        return read(query)
    finally:
        connection.close()


def _readable(send: Send) -> Send:
    """amtool reads no application/problem+json and would not even show the status."""

    async def relabelled(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                (name, b"application/json" if value == b"application/problem+json" else value)
                for name, value in message["headers"]
            ]
        await send(message)

    return relabelled
