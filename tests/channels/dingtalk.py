"""A group robot and an app on the simulator, as the tests of this folder use them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dingbell.channels import network
from dingbell.channels.base import Result
from dingbell.channels.dingtalk import account, robot
from dingbell.channels.dingtalk.token import App, Tokens
from dingbell.channels.dingtalk.webhook import Webhook, parse
from dingbell.channels.http import Http
from dingtalk_simulator.running import RunningSimulator

SECRET = "SEC00112233445566778899aabbccddeeff"
ROBOT_TOKEN = "aaaabbbbccccddddeeeeffff00001111"
APP = App("dingalarm0001", "client-secret-0123456789abcdef")
SEND_PATH = "/robot/send"
BATCH_PATH = "/v1.0/robot/oToMessages/batchSend"
TOKEN_PATH = "/v1.0/oauth2/accessToken"


class DingTalk:
    """The simulator with our HTTP way to it."""

    def __init__(self, simulator: RunningSimulator, http: Http) -> None:
        self.simulator = simulator
        self.http = http
        self.tokens = Tokens()

    def add_robot(self, **settings: Any) -> Webhook:
        made = self.simulator.post(
            "/_sim/robots", {"token": ROBOT_TOKEN, "name": "报警", "group": "一车间", **settings}
        )
        return parse(made["webhook"], self.http.hosts)

    def add_app(self, **settings: Any) -> None:
        app = {"client_id": APP.client_id, "client_secret": APP.client_secret, "robot_code": "ding1"}
        self.simulator.post("/_sim/apps", {**app, **settings})

    def add_person(self, user_id: str, **settings: Any) -> None:
        person = {"user_id": user_id, "name": user_id, "mobile": "13900000001", **settings}
        self.simulator.post("/_sim/users", person)

    def fault(self, path: str, **fault: Any) -> None:
        self.simulator.post("/_sim/faults", {"path": path, **fault})

    def to_group(self, webhook: Webhook, body: bytes, secret: str = "") -> Result:
        return network.run(robot.send(self.http, webhook, secret, body, datetime.now(UTC)))

    def to_people(self, body: bytes, app: App = APP, now: datetime | None = None) -> Result:
        return network.run(account.send(self.http, self.tokens, app, body, now or datetime.now(UTC)))

    def calls(self, path: str) -> int:
        found: int = self.simulator.stats()["requests_by_path"].get(path, 0)
        return found
