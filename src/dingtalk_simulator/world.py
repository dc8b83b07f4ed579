"""All that one simulator knows. A reset makes a new one."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from dingtalk_simulator.censor import Censor
from dingtalk_simulator.clock import Clock
from dingtalk_simulator.directory import App, Department, Person, Robot
from dingtalk_simulator.faults import Faults
from dingtalk_simulator.ledger import Ledger, Message
from dingtalk_simulator.limits import Limits, MonthlyQuota
from dingtalk_simulator.stats import Stats
from dingtalk_simulator.streams import Streams

KEPT_SENDINGS = 100_000


@dataclass(slots=True)
class Sending:
    """One accepted batchSend, found again by its processQueryKey."""

    robot_code: str
    at: float
    messages: list[Message]
    recalled: bool = False


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.robots: dict[str, Robot] = {}
        self.apps: dict[str, App] = {}
        self.people: dict[str, Person] = {}
        self.departments: dict[int, Department] = {}
        self.limits = Limits()
        self.censor = Censor()
        self.webhook_quota = MonthlyQuota()
        self.api_quota = MonthlyQuota()
        self.faults = Faults()
        self.ledger = Ledger()
        self.stats = Stats()
        self.sendings: OrderedDict[str, Sending] = OrderedDict()
        self.app_of_token: dict[str, App] = {}
        self.streams = Streams()

    def keep_sending(self, key: str, sending: Sending) -> None:
        self.sendings[key] = sending
        if len(self.sendings) > KEPT_SENDINGS:
            self.sendings.popitem(last=False)

    def app_by_token(self, token: str, now: float) -> App | None:
        """The app a valid access token belongs to."""
        app = self.app_of_token.get(token)
        if app is None or app.token != token or now >= app.token_expires:
            return None
        return app
