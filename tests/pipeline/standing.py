"""The real engine in this process, by a clock that stands: waits of ten minutes cost nothing and are exact."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from django.conf import settings

from dingbell.alarms.alarm import Report
from dingbell.delivery.models import Delivery, DeliveryState
from dingbell.notify.models import Account, Block, Robot, Rule, Service
from dingbell.notify.routing import robot_lane
from dingbell.pipeline.engine import Engine
from dingbell.pipeline.intake import Submission
from dingbell.storage import versions
from dingbell.storage.secrets import encrypt
from dingbell.storage.times import SECOND, now_us
from dingbell.storage.versions import Subject
from dingtalk_simulator.running import RunningSimulator

STATES = ["active_unacked", "active_acked", "cleared_unacked", "cleared_acked"]
CLIENT_SECRET = "the-secret-of-an-app"
_numbers = count(1)


class StandingPlant:
    """An engine and a simulator that go by `now_us`; `pass_time` moves both. Everybody is told of every alarm.

    Once somebody `set_clock`, the engine's own clock shows another time than `now_us`.
    """

    def __init__(self, simulator: RunningSimulator, **configured: Any) -> None:
        self.simulator = simulator
        self.now_us = now_us()
        self._set_by_us = 0
        urls = {"dingtalk_oapi_url": simulator.url, "dingtalk_api_url": simulator.url}
        configuration = replace(settings.CONFIGURATION, **urls | configured)
        self.engine = Engine(configuration, wall=lambda: self.now_us + self._set_by_us, monotonic=lambda: self.now_us)
        assert self.engine.worker is not None
        self._agenda = self.engine.worker._agenda
        self.rule = Rule.objects.create(name="全部", states=STATES)

    def __enter__(self) -> StandingPlant:
        self.engine.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.stop()

    def service(self, name: str, **fields: Any) -> Service:
        made = Service.objects.create(name=name, type="dingtalk", organisation=f"org{next(_numbers)}", **fields)
        Block.objects.create(rule=self.rule, position=made.id, service=made, receivers=None)
        return made

    def robot(self, name: str, *, url: str = "", secret: str = "", **fields: Any) -> Robot:
        """A group of its own, in a service of its own; `url` is another server's than the simulator's."""
        token = f"token-{next(_numbers)}-of-a-robot-in-a-group"
        self.simulator.post("/_sim/robots", {"token": token, "name": "钉铃", "group": name, "secret": secret})
        return Robot.objects.create(
            service=self.service(name), alias=name, url=f"{url or self.simulator.url}/robot/send", token=encrypt(token),
            masked="https://…", secret=encrypt(secret), budget_key=robot_lane(token), **fields,
        )  # fmt: skip

    def office(self) -> Robot:
        """The group where the system tells of itself; no alarm goes there."""
        robot = self.robot("值班室")
        Service.objects.filter(id=robot.service_id).update(tells_system=True)
        Block.objects.filter(service_id=robot.service_id).delete()
        return robot

    def app(self, name: str, *people: str) -> Service:
        """An app of its own; `people` are userIds, one of its own if none are given."""
        number = next(_numbers)
        app = {"client_id": f"app{number}", "client_secret": CLIENT_SECRET, "robot_code": f"robot{number}"}
        self.simulator.post("/_sim/apps", app)
        service = self.service(
            name, send_to_robots=False, send_to_accounts=True, client_id=app["client_id"],
            client_secret=encrypt(CLIENT_SECRET), robot_code=app["robot_code"],
        )  # fmt: skip
        for user_id in people or (f"user{number}",):
            self.simulator.post("/_sim/users", {"user_id": user_id, "name": user_id, "mobile": "13900000001"})
            Account.objects.create(service=service, user_id=user_id, name=user_id)
        return service

    def configured(self) -> None:
        """What was set up or changed holds from now on."""
        versions.bump(Subject.CONFIGURATION)

    def alarm(self, key: str, **fields: Any) -> None:
        """It is raised, and everything is at rest again when this returns."""
        receipt_us = self.engine.clock()
        report = Report(source="plc", key=key, active=True, name=key, time_us=receipt_us, **fields)
        self.engine.intake.submit_and_wait(Submission((report,), receipt_us))
        self.rest()

    def rest(self) -> None:
        """Wait until nothing is under way: no call, and no lane that is due by the standing clock."""
        quiet = 0
        deadline = time.monotonic() + 30
        while quiet < 3:
            assert time.monotonic() < deadline, "the engine does not come to rest"
            time.sleep(0.01)
            quiet = quiet + 1 if self._at_rest() else 0

    def _at_rest(self) -> bool:
        due = self._agenda.next_us()
        busy = self._agenda.served() or (due is not None and due <= self.engine.clock())
        return not busy and not Delivery.objects.filter(state=DeliveryState.SENDING).exists()

    def set_clock(self, seconds: float, *, noticed: bool = True) -> None:
        """Somebody sets the engine's clock; no time passes, and DingTalk's stays. `noticed`: the worker has looked."""
        self._set_by_us += int(seconds * SECOND)
        if noticed:
            assert self.engine.worker is not None
            self.engine.worker.follow_clock()
            self.rest()

    def pass_time(self, seconds: float) -> None:
        """The clock of the engine and of DingTalk; everything is at rest again when this returns."""
        self.now_us += int(seconds * SECOND)
        self.simulator.post("/_sim/clock", {"advance_s": seconds})
        self._agenda.moved()  # it sleeps by the wall clock
        self.rest()

    def pass_until(self, done: Callable[[], bool], most_steps: int = 200) -> None:
        """From one moment at which anything is due to the next, until `done`."""
        for _ in range(most_steps):
            if done():
                return
            due = self._agenda.next_us()
            assert due is not None, "nothing will ever happen"
            self.pass_time((due - self.engine.clock()) / SECOND)
        raise AssertionError("it does not end")
