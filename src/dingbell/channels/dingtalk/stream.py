"""Events that DingTalk pushes to an app through a connection of ours: Stream mode (dingtalk-api §4.2).

The frames and what answers them are the SDK's. The connection is not: its own loop has no deadline, logs the ticket,
and ends silently when its keep-alive does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

from dingbell.channels.base import Result
from dingbell.channels.dingtalk.errors import answer_fields, classify_api, network_result, own_result
from dingbell.channels.dingtalk.fitting import as_json
from dingbell.channels.dingtalk.token import App
from dingbell.channels.http import LOOPBACK, Http, NetworkError
from dingbell.channels.redaction import redact

OPEN_PATH = "/v1.0/gateway/connections/open"
MESSAGE_READ = "robot_msg_read"
_SUBSCRIPTIONS = [{"type": "EVENT", "topic": "*"}]
_OPEN_S, _PING_S, _CLOSE_S = 10.0, 30.0, 5.0
_LONGEST_PAUSE_S = 60.0
_MAX_FRAME = 1024 * 1024
_GATEWAYS = (".dingtalk.com", ".dingtalk.io")


class StreamMissing(Exception):
    """The extra `stream` is not installed."""


class NotOpened(Exception):
    """DingTalk gave no connection; `result` says why."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


@dataclass(frozen=True, slots=True)
class MessageRead:
    """Somebody has read a message of an app's robot, at `at_ms` since 1970 as DingTalk says; 0 when it does not."""

    process_query_key: str
    user_id: str
    at_ms: int


def message_read(kind: str, data: object) -> MessageRead | None:
    """What an event says; None for any other, or one that names nobody (a reader of another organisation)."""
    fields = data.get("data", data) if isinstance(data, Mapping) else {}
    if kind != MESSAGE_READ or not isinstance(fields, Mapping):
        return None
    key, user_id, at = fields.get("processQueryKey"), fields.get("userId"), str(fields.get("operatTime", ""))
    if not (isinstance(key, str) and key and isinstance(user_id, str) and user_id):
        return None
    return MessageRead(key[:200], user_id[:64], int(at) if at.isdecimal() and len(at) < 15 else 0)


class Listener:
    """One app's connection, kept open until its task is cancelled. Uses no thread but for opening."""

    def __init__(
        self,
        http: Http,
        app: App,
        heard: Callable[[MessageRead], object],
        told: Callable[[str], object],
        *,
        proxy: str = "",
        ca_file: str = "",
    ) -> None:
        """`heard` must not block; `told` gets "" when the connection stands and a reason when it does not.

        Raises StreamMissing.
        """
        self._http, self._app, self._told = http, app, told
        self._proxy, self._ca_file = proxy, ca_file
        self._client = _client(app, heard)

    async def run(self) -> None:
        failures = 0
        while True:
            try:
                await self._listen()
                failures = 0  # asked to come again
            except NotOpened as no:
                failures += 1
                self._told(no.result.reason)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the next try may do better
                failures += 1
                self._told(f"stream_lost: {type(error).__name__}")  # the text of an error may hold the ticket
            # Many plants must not come back all at the same moment.
            await asyncio.sleep(min(_LONGEST_PAUSE_S, 2.0**failures) * random.uniform(0.5, 1.0) if failures else 0)  # noqa: S311

    async def _listen(self) -> None:
        from websockets.asyncio.client import connect

        address = await asyncio.to_thread(open_connection, self._http, self._app)
        tls = ssl.create_default_context(cafile=self._ca_file or None) if address.startswith("wss:") else None
        proxy = None if urlsplit(address).hostname in LOOPBACK else self._proxy or None
        async with connect(
            address, ssl=tls, proxy=proxy, open_timeout=_OPEN_S, ping_interval=_PING_S, ping_timeout=_PING_S,
            close_timeout=_CLOSE_S, max_size=_MAX_FRAME, logger=_logger(),
        ) as socket:  # fmt: skip
            self._client.websocket = socket
            self._told("")
            async for frame in socket:
                try:
                    route = await self._client.route_message(json.loads(frame))
                except (ValueError, LookupError, TypeError, AttributeError):  # nobody knows what that was
                    continue
                if route == self._client.TAG_DISCONNECT:
                    return
        raise ConnectionError


def open_connection(http: Http, app: App) -> str:
    """The address of a new connection, its ticket included: it opens one and must not be logged. Raises NotOpened."""
    fields = {
        "clientId": app.client_id, "clientSecret": app.client_secret, "subscriptions": _SUBSCRIPTIONS,
        "ua": "dingbell", "localIp": "",
    }  # fmt: skip
    try:
        reply = http.post_json(f"{http.hosts.api_url}{OPEN_PATH}", as_json(fields).encode())
    except NetworkError as error:
        raise NotOpened(network_result(error)) from None
    found = answer_fields(reply.body) or {}
    endpoint, ticket = found.get("endpoint"), found.get("ticket")
    if reply.status == 200 and isinstance(endpoint, str) and isinstance(ticket, str) and ticket:
        if not is_gateway(endpoint, http.hosts.api_url):
            raise NotOpened(own_result("host_not_allowed"))
        return f"{endpoint}?ticket={quote_plus(ticket)}"
    if reply.status == 401:
        raise NotOpened(own_result("client_credentials_wrong", http_status=401))
    raise NotOpened(classify_api(reply.status, reply.body, (app.client_secret,)))


def is_gateway(endpoint: str, api_url: str) -> bool:
    """DingTalk's own hosts over TLS, or the very host of the configured API (private DingTalk, a simulator)."""
    found, api = urlsplit(endpoint), urlsplit(api_url)
    if found.username or not found.hostname:
        return False
    if found.scheme == "wss" and found.hostname.endswith(_GATEWAYS):
        return True
    plain = found.scheme == "ws" and api.scheme == "http"
    return found.hostname == api.hostname and (found.scheme == "wss" or plain)


def _client(app: App, heard: Callable[[MessageRead], object]) -> Any:
    try:
        import dingtalk_stream as sdk
    except ImportError:
        raise StreamMissing from None

    class Handler(sdk.EventHandler):  # type: ignore[misc]
        async def process(self, event: Any) -> tuple[int, str]:
            # Acknowledged at once, whatever it is: DingTalk waits 3 s and then pushes it again.
            found = message_read(event.headers.event_type or "", event.data)
            if found is not None:
                heard(found)
            return sdk.AckMessage.STATUS_OK, "OK"

    client = sdk.DingTalkStreamClient(sdk.Credential(app.client_id, ""), _logger())
    client.register_all_event_handler(Handler())
    return client


def _logger() -> logging.Logger:
    """For the SDK and the websocket: what they say is not worth a line unless it is a warning, and holds no secret."""
    logger = logging.getLogger("dingbell.stream")
    logger.setLevel(logging.WARNING)
    if not logger.filters:
        logger.addFilter(_without_secrets)
    return logger


def _without_secrets(record: logging.LogRecord) -> bool:
    record.msg, record.args, record.exc_info = redact(record.getMessage()), None, None
    return True
