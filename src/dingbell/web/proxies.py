"""The hint for an installation behind a reverse proxy that nobody named (docs/decisions/0032)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)


def ask_for_the_setting(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Say once in a process that a proxy on this machine is not believed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        told = "HTTP_X_FORWARDED_FOR" in request.META and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}
        if told and not settings.TRUSTED_PROXIES:
            _say()
        return get_response(request)

    return middleware


@cache
def _say() -> None:
    log.warning("a proxy that is not trusted / 反向代理未受信任", setting="DINGBELL_TRUSTED_PROXIES")
