"""A plain HTTP client for the simulator: nothing between a test and the bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from dingtalk_simulator.running import RunningSimulator

JSON = "application/json; charset=utf-8"
BATCH_SEND = "/v1.0/robot/oToMessages/batchSend"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


class Caller:
    """Control calls go through the simulator's own helper, DingTalk's calls over http.client."""

    def __init__(self, running: RunningSimulator) -> None:
        self.host = running.host
        self.sim = running
        self.token = ""

    def call(
        self, method: str, path: str, body: object = None, content_type: str | None = JSON, **headers: str
    ) -> Reply:
        raw = body if isinstance(body, bytes | None) else json.dumps(body, ensure_ascii=False).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if content_type and raw is not None:
            sent["Content-Type"] = content_type
        connection = HTTPConnection(self.host, timeout=10)
        try:
            connection.request(method, path, raw, sent)
            response = connection.getresponse()
            return Reply(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def robot(self, token: str = "t1", **settings: object) -> dict[str, Any]:
        made: dict[str, Any] = self.sim.post(
            "/_sim/robots", {"token": token, "name": "报警机器人", "group": "一车间值班群", **settings}
        )
        return made

    def send(self, body: object, token: str = "t1", content_type: str | None = JSON, **query: str) -> Any:
        """POST /robot/send; HTTP 200 always, as DingTalk answers."""
        path = "/robot/send?" + urlencode({"access_token": token, **query})
        reply = self.call("POST", path, body, content_type)
        assert reply.status == 200
        return reply.json

    def text(self, content: str = "3号水泵轴承温度高", token: str = "t1", **query: str) -> Any:
        return self.send({"msgtype": "text", "text": {"content": content}}, token, **query)

    def app(self, **settings: object) -> str:
        """Registers the app and three people; gives and keeps an access token."""
        app = {"client_id": "dingapp", "client_secret": "s3cret", "robot_code": "dingrobot", **settings}
        self.sim.post("/_sim/apps", app)
        for number, name in enumerate(("张三", "李四", "王五"), start=1):
            self.sim.post("/_sim/users", {"user_id": f"u{number}", "name": name, "mobile": f"1390000000{number}"})
        return self.renew()

    def renew(self) -> str:
        reply = self.call("POST", "/v1.0/oauth2/accessToken", {"appKey": "dingapp", "appSecret": "s3cret"})
        self.token = reply.json["accessToken"]
        return self.token

    def api(self, path: str, body: object, method: str = "POST") -> Reply:
        return self.call(method, path, body, x_acs_dingtalk_access_token=self.token)

    def batch_send(self, *user_ids: str, **changes: object) -> Reply:
        body: dict[str, object] = {
            "robotCode": "dingrobot",
            "userIds": list(user_ids),
            "msgKey": "sampleText",
            "msgParam": '{"content": "3号水泵轴承温度高"}',
            **changes,
        }
        return self.api(BATCH_SEND, {name: value for name, value in body.items() if value is not None})
