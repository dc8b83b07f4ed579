"""One group and one person in the simulator, and a server that tells both of every alarm."""

from __future__ import annotations

from typing import Any

from dingtalk_simulator.running import RunningSimulator
from tests.serving import Server

TOKEN = "a-group-of-operators-0123456789"
SECRET = "SECa-signing-secret-of-the-group"
CLIENT_SECRET = "the-client-secret-of-the-app"


class Plant:
    """`in_group` and `at_person` are what was delivered there, repetitions that DingTalk recognised left out."""

    def __init__(self, server: Server, simulator: RunningSimulator, people: int = 1) -> None:
        self.server = server
        self.simulator = simulator
        self.people = [f"user{number:03}" for number in range(people)]
        robot = simulator.post("/_sim/robots", {"token": TOKEN, "name": "钉铃", "group": "值班群", "secret": SECRET})
        app = {"client_id": "dingapp", "client_secret": CLIENT_SECRET, "robot_code": "dingrobot"}
        simulator.post("/_sim/apps", app)
        for user_id in self.people:
            simulator.post("/_sim/users", {"user_id": user_id, "name": user_id, "mobile": f"139{user_id[4:]:>08}"})
        self._robot = {"alias": "值班群", "webhook": robot["webhook"], "secret": SECRET}
        self._service = {
            "name": "值班", "send_to": ["robot", "account"], "app": app, "robots": [self._robot],
            "accounts": [{"user_id": user_id, "name": user_id} for user_id in self.people],
        }  # fmt: skip

    def tell_group_and_person(self) -> dict[str, Any]:
        return self._tell(self._service)

    def tell_group(self) -> dict[str, Any]:
        return self._tell(self._service | {"send_to": ["robot"]})

    def tell_people(self) -> dict[str, Any]:
        return self._tell(self._service | {"send_to": ["account"]})

    def _tell(self, service: dict[str, Any]) -> dict[str, Any]:
        rule = {"name": "全部报警", "notifications": [{"service": 0, "receivers": None}]}
        return self.server.configure(services=[service], rules=[rule])

    def in_group(self) -> list[dict[str, Any]]:
        return [m for m in self.simulator.messages(robot=TOKEN) if m["delivered"] and not m["duplicate"]]

    def at_person(self, user_id: str = "user000") -> list[dict[str, Any]]:
        return [m for m in self.simulator.messages(user_id=user_id) if m["delivered"]]

    def deliveries(self) -> list[tuple[str, str]]:
        """(state, reason) of everything owed, oldest first."""
        return [(s, r) for s, r in self.server.look("SELECT state, reason FROM delivery_delivery ORDER BY id")]
