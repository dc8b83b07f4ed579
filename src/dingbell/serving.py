"""`dingbell serve`: prepare the data, say where the page is, run until told to stop."""

from __future__ import annotations

import os

import structlog
import uvicorn
from django.conf import settings
from django.db import connection

from dingbell.listening import refuse_unusable
from dingbell.sources.alertmanager import mapping_file
from dingbell.sources.protocol import IntakeProtocol
from dingbell.storage import instance, logs, schema
from dingbell.storage.configuration import ConfigurationError
from dingbell.users import accounts, setup

log = structlog.get_logger(__name__)


def serve(host: str, port: int, role: str) -> int:
    """Blocks until SIGINT or SIGTERM; the exit code. Raises ConfigurationError."""
    mapping_file.load(settings.CONFIGURATION)  # a mistake is told before anything starts
    if connection.vendor == "sqlite":
        if role != "all":
            raise ConfigurationError("--role web|worker 需要 PostgreSQL / needs PostgreSQL (DINGBELL_DATABASE_URL)")
        try:
            lock = instance.hold(settings.DATA_DIR)
        except instance.AlreadyRunning as error:
            raise ConfigurationError(
                f"数据目录正被另一个 dingbell 使用 / in use by another dingbell: {error}"
            ) from None
    else:
        lock = None
    refuse_unusable(host, port)
    schema.migrate()
    connection.close()
    os.environ["DINGBELL_ROLE"] = role
    _greet(host, port, role)
    config = uvicorn.Config(
        "dingbell.asgi:application",
        host=host,
        port=port,
        http=IntakeProtocol,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # asgi.py believes trusted proxies, where visitors matter
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=10,
        backlog=4096,
    )
    server = uvicorn.Server(config)
    server.run()
    if lock is not None:
        lock.close()
    return 0 if server.started else 3


def _greet(host: str, port: int, role: str) -> None:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 -- compared, not bound
    _say(f"钉铃 DingBell: http://{shown}:{port}/")
    if role != "worker" and not accounts.admin_exists():
        # The log file has the code, too: only its owner may read it, as the journal, and a later code is logged anyway.
        # Where the console is thrown away, nobody could set up from another computer without it.
        _say(f"首次使用请打开上面的网址创建管理员。从别的电脑打开时需要设置码：{setup.setup_code()}")


def _say(text: str) -> None:
    print(text, flush=True)
    logs.keep(text)
