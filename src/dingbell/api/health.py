"""`/healthz` and `/readyz`: for whoever watches the process. Open to everybody."""

from __future__ import annotations

import structlog
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

from dingbell.api.bodies import answer
from dingbell.pipeline import engine
from dingbell.pipeline.engine import NotRunning

log = structlog.get_logger(__name__)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up and answers."""
    return answer({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """It can take events: the threads that write and send run, and the database answers."""
    checks = {"engine": _engine_runs(), "database": _database_answers()}
    ready = all(checks.values())
    status = "ok" if ready else "unavailable"
    return answer({"status": status, "checks": checks}, 200 if ready else 503)


def _engine_runs() -> bool:
    try:
        return engine.running().is_alive()
    except NotRunning:
        return False


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM storage_counter")
    except Error as error:
        log.warning("database_does_not_answer", error=type(error).__name__)
        return False
    return True
