"""The ASGI application: raw sources in front, Django behind, the engine between start-up and shutdown."""

from __future__ import annotations

import asyncio
import os
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dingbell.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware  # noqa: E402

from dingbell.pipeline import engine  # noqa: E402
from dingbell.pipeline.engine import Engine  # noqa: E402
from dingbell.sources import http, uploads  # noqa: E402
from dingbell.sources.alertmanager import api as alertmanager  # noqa: E402
from dingbell.sources.alertmanager import mapping_file  # noqa: E402
from dingbell.sources.alertmanager.api import AlertmanagerSource  # noqa: E402
from dingbell.sources.asgi import Receive, Scope, Send  # noqa: E402
from dingbell.sources.http import HttpSource  # noqa: E402

ALL, WEB, WORKER = ROLES = ("all", "web", "worker")
_HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})


class Application:
    """One process in its role: `web` sends nothing, `worker` serves nothing but its health."""

    def __init__(self, role: str) -> None:
        self._role = role
        # Only pages and the API ask who visits; the intake goes its short way without.
        self._django = ProxyHeadersMiddleware(get_asgi_application(), list(settings.TRUSTED_PROXIES))  # type: ignore[arg-type]
        self._engine: Engine | None = None
        self.events: HttpSource | None = None  # sources.protocol looks here, too
        self._alertmanager: AlertmanagerSource | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if self._role == WORKER and path not in _HEALTH:
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        elif path == http.PATH and scope["method"] == "POST" and self.events is not None:
            await self.events(scope, receive, send)
        elif path.startswith(alertmanager.PREFIX) and self._alertmanager is not None:
            await self._alertmanager(scope, receive, send)
        else:
            await uploads.bounded(self._django, scope, receive, send)  # type: ignore[arg-type]

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.to_thread(self._start)
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if self._engine is not None:
            await asyncio.to_thread(self._engine.stop)
        await send({"type": "lifespan.shutdown.complete"})

    def _start(self) -> None:
        self._engine = engine.from_settings(delivers=self._role != WEB)
        self._engine.start()
        zone = ZoneInfo(settings.TIME_ZONE)
        self.events = HttpSource(self._engine.intake, zone, self._engine.clock)
        mapping = mapping_file.load(settings.CONFIGURATION)
        self._alertmanager = AlertmanagerSource(self._engine.intake, mapping, zone, self._engine.clock)


application = Application(os.environ.get("DINGBELL_ROLE", ALL))
