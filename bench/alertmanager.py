"""Alertmanager beside us: every alert a group of its own, told at once to a webhook."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.ports import free_port
from bench.processes import Child, http, python

ALERTS = "/api/v2/alerts"
_PROGRAM = "prometheus-alertmanager"
# group_interval is left at its 5 minutes: told of a clearing sooner, it would only have more to do.
_CONFIGURATION = """
route:
  receiver: webhook
  group_by: ['...']
  group_wait: 0s
receivers:
  - name: webhook
    webhook_configs:
      - url: http://127.0.0.1:{port}/
"""


@dataclass(frozen=True)
class Alertmanager:
    process: Child
    port: int
    webhook: str
    receiver: Child

    def told(self) -> int:
        """Alerts that arrived at its receiver so far."""
        return int(http("GET", f"{self.webhook}/count"))

    def arrivals(self) -> list[tuple[float, str]]:
        found: list[tuple[float, str]] = json.loads(http("GET", f"{self.webhook}/arrivals"))
        return found


def installed() -> bool:
    return shutil.which(_PROGRAM) is not None


@contextmanager
def serve(directory: Path) -> Iterator[Alertmanager]:
    """Alertmanager and its receiver; `directory`, where they keep what they keep, is theirs and goes with them."""
    directory.mkdir()
    try:
        with _serve(directory) as running:
            yield running
    finally:
        shutil.rmtree(directory)


@contextmanager
def _serve(directory: Path) -> Iterator[Alertmanager]:
    port, webhook_port = free_port(), free_port()
    webhook = f"http://127.0.0.1:{webhook_port}"
    configuration = directory / "alertmanager.yml"
    configuration.write_text(_CONFIGURATION.format(port=webhook_port), "utf-8")
    command = [
        _PROGRAM, f"--config.file={configuration}", f"--storage.path={directory}",
        f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error",
    ]  # fmt: skip
    with Child(python("bench.webhook", str(webhook_port)), f"{webhook}/count", directory / "webhook.log") as receiver:
        ready = f"http://127.0.0.1:{port}/-/ready"
        with Child(command, ready, directory / "alertmanager.log") as process:
            yield Alertmanager(process, port, webhook, receiver)
