"""One group and some people in the simulator, and a server that tells them of every alarm."""

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
        robot = {"token": TOKEN, "name": "钉铃", "group": "值班群", "secret": SECRET}
        self._robot = {"alias": "值班群", "webhook": simulator.post("/_sim/robots", robot)["webhook"], "secret": SECRET}
        self._app = {"client_id": "dingapp", "client_secret": CLIENT_SECRET, "robot_code": "dingrobot"}
        simulator.post("/_sim/apps", self._app)
        for number, user_id in enumerate(self.people):
            simulator.post("/_sim/users", {"user_id": user_id, "name": user_id, "mobile": f"139{number:08}"})

    def tell(self, *send_to: str) -> dict[str, Any]:
        """Every alarm to the group ("robot") and the people ("account"); the service that was made."""
        service: dict[str, Any] = self.server.make(
            "services", name="值班", type="dingtalk", send_to=list(send_to), robots=[self._robot], app=self._app,
            accounts=[{"user_id": user_id, "name": user_id} for user_id in self.people],
        )  # fmt: skip
        block = {"service": service["id"], "message": None, "schedule": None, "receivers": None}
        states = ["active_unacked", "active_acked", "cleared_unacked", "cleared_acked"]
        self.server.make("rules", name="全部报警", states=states, match={}, notifications=[block])
        return service

    def in_group(self) -> list[dict[str, Any]]:
        return [m for m in self.simulator.messages(robot=TOKEN) if m["delivered"] and not m["duplicate"]]

    def at_person(self, user_id: str = "user000") -> list[dict[str, Any]]:
        return [m for m in self.simulator.messages(user_id=user_id) if m["delivered"]]

    def fault(self, path: str, **what: Any) -> None:
        self.simulator.post("/_sim/faults", {"path": path, **what})
