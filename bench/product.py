"""The product as it is measured: installed once with its rules, copied for each round, served by a process."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import installed, plant
from bench.instant import Instant
from bench.ports import free_port
from bench.processes import BenchFailed, Child, environment, http, python
from bench.simulator import APP, Simulator
from bench.storage import Storage

RULES = 100
EVENTS = "/api/v1/events"
DingTalk = Simulator | Instant
_NO_LIMITS = {f"DINGBELL_{name}": "0" for name in ("ROBOT_PER_MINUTE", "APP_PER_SECOND", "PERSON_PER_MINUTE")}


@dataclass(frozen=True)
class Served:
    """A running process of the product."""

    directory: Path
    storage: Storage
    process: Child
    port: int
    token: str

    @property
    def headers(self) -> str:
        return f"Authorization: Bearer {self.token}\r\n"

    def post(self, path: str, value: object) -> Any:
        return json.loads(http("POST", f"http://127.0.0.1:{self.port}{path}", plant.encoded(value), self.token))

    def journal(self) -> int:
        """Events that changed an alarm."""
        return self.storage.count(self.directory, "alarms_event")

    def sent(self) -> int:
        return self.storage.count(self.directory, "delivery_delivery", "state = 'sent'")

    def pending(self) -> int:
        return self.storage.count(self.directory, "delivery_delivery", "state IN ('pending', 'sending')")

    def cpu_s(self) -> float:
        """Its own and its database's."""
        return self.process.cpu_s() + self.storage.cpu_s()


@dataclass(frozen=True)
class Installation:
    """A data directory (and its database) that nobody serves yet. `limits`: it keeps those of DingTalk."""

    directory: Path
    storage: Storage
    token: str
    limits: bool = False

    @contextmanager
    def serve(self, simulator: DingTalk) -> Iterator[Served]:
        served = self.start(simulator)
        with served.process:
            yield served

    def start(self, simulator: DingTalk, *, wait: bool = True) -> Served:
        port = free_port()
        settings = _settings(self.directory, self.storage) | _sending_to(simulator)
        settings |= {} if self.limits else _NO_LIMITS
        settings |= {"PYTHONPATH": installed.python_path()}
        process = Child(
            installed.command("serve", "--port", str(port)), f"http://127.0.0.1:{port}/healthz",
            self.directory.with_suffix(".log"), settings, wait=wait,
        )  # fmt: skip
        return Served(self.directory, self.storage, process, port, self.token)

    def copy(self, directory: Path) -> Installation:
        shutil.copytree(self.directory, directory)
        self.storage.create(directory, self.directory)
        return Installation(directory, self.storage, self.token)

    @contextmanager
    def copied(self) -> Iterator[Installation]:
        """A copy for one measurement, gone afterwards."""
        made = self.copy(self.directory.with_name(f"{self.directory.name}-copy"))
        try:
            yield made
        finally:
            shutil.rmtree(made.directory)
            self.storage.drop(made.directory)


def blank(directory: Path, storage: Storage) -> Installation:
    """Migrated, with a token, and nothing configured."""
    storage.create(directory, None)
    done = subprocess.run(
        python("dingbell", "token-create", "bench", "--scope", "admin"), cwd=directory.parent, check=False,
        env=_settings(directory, storage), capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise BenchFailed(done.stderr)
    return Installation(directory, storage, done.stdout.strip())


def install(like: Installation, directory: Path, simulator: Simulator, *, robots: int, accounts: int) -> Installation:
    """A copy of a blank one with one service and 100 rules, made through REST; the rules take its receivers in turn."""
    made = like.copy(directory)
    with made.serve(simulator) as served:
        send_to = ["robot"] * bool(robots) + ["account"] * bool(accounts)
        service = served.post("/api/v1/services", {
            "name": "值班", "type": "dingtalk", "send_to": send_to, "robots": simulator.robots(robots), "app": APP,
            "accounts": simulator.accounts(accounts),
        })  # fmt: skip
        receivers = [{"robot": one["id"]} for one in service["robots"]]
        receivers += [{"account": one["id"]} for one in service["accounts"]]
        for number, rule in enumerate(plant.rules(RULES)):
            block = {"service": service["id"], "receivers": [receivers[number % len(receivers)]]}
            served.post("/api/v1/rules", {**rule, "notifications": [block]})
        served.process.stop()
    return made


def _settings(directory: Path, storage: Storage) -> dict[str, str]:
    return environment(
        DINGBELL_DATA_DIR=str(directory),
        DINGBELL_DATABASE_URL=storage.url(directory),
        DINGBELL_LOG_LEVEL="warning",
        DINGBELL_QUOTA_WEBHOOK="0",
        DINGBELL_QUOTA_API="0",
    )


def _sending_to(simulator: DingTalk) -> dict[str, str]:
    return {
        "DINGBELL_DINGTALK_OAPI_URL": simulator.url,
        "DINGBELL_DINGTALK_API_URL": simulator.url,
        "DINGBELL_WEBHOOK_HOSTS": simulator.url.removeprefix("http://"),
    }
