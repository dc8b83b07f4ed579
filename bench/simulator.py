"""The DingTalk simulator as a process, with no limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from bench.ports import free_port
from bench.processes import Child, http, python

APP = {"client_id": "dingbench", "client_secret": "the-client-secret-of-the-benchmark", "robot_code": "dingbench"}
_SECRET = "SECa-signing-secret-of-the-benchmark"


@dataclass
class Simulator:
    process: Child
    url: str

    @classmethod
    def start(cls, directory: Path) -> Self:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        process = Child(
            python("dingtalk_simulator", "--port", str(port)), f"{url}/_sim/stats", directory / "simulator.log"
        )
        made = cls(process, url)
        made.post("/_sim/limits", {"robot_per_minute": 0, "qps": 0})
        made.post("/_sim/quota", {"webhook": 100_000_000, "api": 100_000_000})
        made.post("/_sim/apps", APP)
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def robots(self, count: int, *, secret: str = _SECRET) -> list[dict[str, Any]]:
        """Robots, usually with signing, as a notification service lists them."""
        made = []
        for number in range(count):
            group = f"{number + 1}号群"
            robot = {"token": f"{number:064x}", "name": "钉铃", "group": group, "secret": secret}
            webhook = self.post("/_sim/robots", robot)["webhook"]
            made.append({"alias": group, "webhook": webhook, "secret": secret})
        return made

    def accounts(self, count: int) -> list[dict[str, Any]]:
        made = [
            {"user_id": f"user{number:04}", "name": f"员工{number}", "mobile": f"139{number:08}"}
            for number in range(count)
        ]
        for person in made:
            self.post("/_sim/users", person)
        return made

    def requests(self) -> int:
        """Calls for messages that arrived so far."""
        found = json.loads(http("GET", f"{self.url}/_sim/stats"))["requests_by_path"]
        return sum(count for path, count in found.items() if path.endswith(("/send", "/batchSend")))

    def arrivals(self, since: float = 0) -> list[tuple[float, str]]:
        """(moment, text) of every message whose request came, in order."""
        return [(datetime.fromisoformat(one["at"]).timestamp(), one["text"]) for one in self.messages(since)]

    def messages(self, since: float = 0) -> list[dict[str, Any]]:
        """As the simulator lists them: one entry a recipient, refused ones included, oldest first."""
        found: list[dict[str, Any]] = json.loads(http("GET", f"{self.url}/_sim/messages?since={since}"))["messages"]
        return found

    def post(self, path: str, value: object) -> Any:
        return json.loads(http("POST", self.url + path, json.dumps(value).encode()))
