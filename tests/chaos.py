"""A plant that reports without a pause while its server, its database and DingTalk fail, or are not there at all, at
moments that a seed gives.

Every event has a tag of its own in the alarm's name, so it can be found again in the chats; odd ones raise, even ones
clear. `violations` (tests.accounted) says afterwards what did not hold.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException

from dingtalk_simulator.running import RunningSimulator
from tests.plant import CLIENT_SECRET
from tests.serving import Server, eventually

ROBOT = "/robot/send"
BATCH = "/v1.0/robot/oToMessages/batchSend"
_SENDERS, _ALARMS_OF_EACH = 3, 8
_PACE_S = 0.03
_LEAVES_EVERY = 4  # rounds: a lane that is refused waits up to a minute, and a lane that waits meets nothing else
_FAULTS: list[dict[str, object]] = [{"drop": True}, {"drop_after_accept": True}, {"status": 503}, {"delay_s": 0.3}]
_STATES = ["active_unacked", "active_acked", "cleared_unacked", "cleared_acked"]


@dataclass
class Chats:
    """The groups and people whom a rule tells of everything."""

    simulator: RunningSimulator
    groups: dict[str, str] = field(default_factory=dict)  # alias to token
    people: list[str] = field(default_factory=list)

    def furnish(self, server: Server, *, groups: int = 2, people: int = 3) -> None:
        robots = []
        for number in range(groups):
            robot = {"token": f"the-group-number-{number:02}", "name": "钉铃", "group": f"{number + 1}号群"}
            webhook = self.simulator.post("/_sim/robots", robot)["webhook"]
            self.groups[robot["group"]] = robot["token"]
            robots.append({"alias": robot["group"], "webhook": webhook})
        app = {"client_id": "dingapp", "client_secret": CLIENT_SECRET, "robot_code": "dingrobot"}
        self.simulator.post("/_sim/apps", app)
        for number in range(people):
            self.people.append(f"user{number:03}")
            mobile = f"139{number:08}"
            self.simulator.post("/_sim/users", {"user_id": self.people[-1], "name": self.people[-1], "mobile": mobile})
        service = server.make(
            "services", name="值班", type="dingtalk", send_to=["robot", "account"], robots=robots, app=app,
            accounts=[{"user_id": user_id, "name": user_id} for user_id in self.people],
        )  # fmt: skip
        block = {"service": service["id"], "message": None, "schedule": None, "receivers": None}
        server.make("rules", name="全部报警", states=_STATES, match={}, notifications=[block])


class Sender(threading.Thread):
    """Raises and clears its own alarms, one event after the other, and repeats each until it was taken."""

    def __init__(self, server: Server, number: int, chance: random.Random) -> None:
        super().__init__(name=f"sender-{number}", daemon=True)
        self.accepted: dict[str, list[str]] = {}  # tags by key, in order
        self.trouble: list[str] = []
        self._server = server
        self._number = number
        self._chance = chance
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(_PACE_S):
            key = f"s{self._number}-{self._chance.randrange(_ALARMS_OF_EACH)}"
            told = self.accepted.setdefault(key, [])
            tag = f"{key}e{len(told) + 1:04}"
            event = {
                "source": "plc-1", "key": key, "state": "cleared" if len(told) % 2 else "active", "name": tag,
                "time": datetime.now(UTC).isoformat(), "priority": self._chance.choice(["critical", "high", "low"]),
                "area": f"{self._number + 1}车间", "ack_mode": "auto",
            }  # fmt: skip
            while not self._taken(event):
                time.sleep(0.02)
            told.append(tag)

    def stop(self) -> None:
        """What it has begun to report it reports to the end."""
        self._stopping.set()
        self.join(30)
        if self.is_alive():
            self.trouble.append(f"{self.name} still waits for an answer")

    def _taken(self, event: dict[str, object]) -> bool:
        """A sender that heard no answer says the same again: with its time it is a duplicate or news, as it must be."""
        try:
            answer = self._server.post("/api/v1/events", event)
        except (OSError, HTTPException):  # nobody there, or gone in the middle
            return False
        if answer.status not in {202, 503}:
            self.trouble.append(f"{event['key']}: HTTP {answer.status} {answer.body[:300].decode()}")
        return answer.status == 202


@dataclass
class Chaos:
    """`unheard` bounds how often people may see a message twice, `unanswered` how many of theirs may be given up."""

    server: Server
    chats: Chats
    seed: int
    restart_database: Callable[[], None] | None = None
    unheard: int = 0  # calls for people that may have been taken without the server's hearing of it
    unanswered: int = 0  # these, and those that came to nothing
    accepted: dict[str, list[str]] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)
    absences: int = 0  # DingTalk's, so far
    _faulted: int = 0
    _fault: Mapping[str, object] = field(default_factory=dict)  # of the calls for people
    _is_away: bool = False

    def run(self, rounds: int, *, drained_within_s: float) -> None:
        """Fail `rounds` times under load, then let everything come to its end."""
        chance = random.Random(self.seed)
        senders = [Sender(self.server, number, random.Random(self.seed + number)) for number in range(_SENDERS)]
        for sender in senders:
            sender.start()
        try:
            for number in range(rounds):
                self._round(chance, leaves=number % _LEAVES_EVERY == 0)
        finally:
            if not self._is_away:
                self._fine_weather()
            for sender in senders:
                sender.stop()
        for sender in senders:
            self.accepted |= sender.accepted
            self.trouble += sender.trouble
        eventually(self._is_drained, within_s=drained_within_s, what="everything is sent or has failed")

    def _round(self, chance: random.Random, *, leaves: bool) -> None:
        """The server is killed; DingTalk `leaves` before and comes back before or after that."""
        self._weather(chance)
        time.sleep(chance.uniform(0.05, 1.5))
        if leaves:
            self._leave(chance)
            if chance.random() < 0.5:
                self._come_back(chance)
        if self.restart_database is not None and chance.random() < 0.5:
            self.restart_database()
            time.sleep(chance.uniform(0.05, 1.0))
        self.server.kill()
        self.unheard += 1  # people's messages go by one app, a call at a time
        self.unanswered += 1
        if not self._is_away and chance.random() < 0.5:
            self._fine_weather()
        self.server.start()
        if self._is_away:
            self._come_back(chance)

    def _leave(self, chance: random.Random) -> None:
        """In the middle of calls: it takes its time to answer, and one for people may be taken when the end comes."""
        self._fine_weather()
        for path in (ROBOT, BATCH):
            self._begin(path, {"delay_s": 0.2}, 20)
        time.sleep(chance.uniform(0.05, 0.5))
        self.chats.simulator.leave()
        self._is_away = True
        self.absences += 1
        self.unheard += 1
        self.unanswered += 1

    def _come_back(self, chance: random.Random) -> None:
        time.sleep(chance.uniform(0.05, 2.0))
        self.chats.simulator.come_back()
        self._is_away = False
        self._fine_weather()

    def _weather(self, chance: random.Random) -> None:
        """What DingTalk does until it changes, or has done it often enough."""
        self._fine_weather()
        for path in (ROBOT, BATCH):
            if chance.random() < 0.6:
                self._begin(path, chance.choice(_FAULTS), chance.randrange(1, 20))

    def _fine_weather(self) -> None:
        for path in (ROBOT, BATCH):
            self.chats.simulator.post("/_sim/faults", {"path": path, "times": 0})
        faulted = self.chats.simulator.stats()["faulted"].get(BATCH, 0)
        if "delay_s" not in self._fault:  # what comes late comes
            self.unanswered += faulted - self._faulted
        if "drop_after_accept" in self._fault:
            self.unheard += faulted - self._faulted
        self._faulted, self._fault = faulted, {}

    def _begin(self, path: str, fault: Mapping[str, object], times: int) -> None:
        self.chats.simulator.post("/_sim/faults", {"path": path, "times": times, **fault})
        if path == BATCH:
            self._fault = fault

    def _is_drained(self) -> bool:
        return not self.server.get("/api/v1/deliveries?state=pending,sending&limit=1")["items"]
