"""A server holds for good what it loads: what is for rare occasions stays out until its occasion."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from tests.serving import Server

FOR_ITS_OCCASION = {
    "apprise": "the first address of another way out",
    "dingbell.alarms.migrations.0001_initial": "a database of an older version",
    "dingtalk_simulator": "`dingbell simulator`",
    "dingtalk_stream": "the first connection of Stream mode",
    "django.test": "tests",
    "python_calamine": "a workbook, in a process of its own",
    "jinja2": "the first message of its own",
    "re2": "the first regular expression of an Alertmanager",
    "starlette": "`dingbell simulator`",
    "urllib3": "the first address of another way out",
    "watchfiles": "reloading while one develops",
}
"""Module, and when it is loaded."""

# The imports of `dingbell serve` up to its first answer: Django reads every page and operation for that.
_SERVED = """
import sys
from dingbell import cli
cli._django()
from dingbell import asgi, serving
serving.schema.migrate()
from django.urls import get_resolver
assert get_resolver().resolve("/api/v1/alarms") and get_resolver().resolve("/rules/")
print(*sys.modules, sep="\\n")
"""


def test_a_server_does_not_load_what_few_need(installation: Callable[..., Server]) -> None:
    server = installation()
    done = subprocess.run(
        [sys.executable, "-c", _SERVED], env=server.environment, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert {"dingbell.asgi", "dingbell.api.urls", "dingbell.web.rules.views", "ninja"} <= loaded
    assert not {module: when for module, when in FOR_ITS_OCCASION.items() if module in loaded}
