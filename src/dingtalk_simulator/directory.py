"""What an administrator would have set up in DingTalk: robots, apps, people, departments."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from dingtalk_simulator.limits import MINUTE_S, RobotGate, Window

ROOT_DEPARTMENT = 1
TOKEN_LIFETIME_S = 7200.0
REMEMBERED_UUIDS = 100_000
"""DingTalk does not say how long a msgUuid is remembered; here the newest ones of each robot are."""


ROBOT_STATES: dict[str, int] = {"normal": 0, "disabled": 400102, "removed": 400106, "dissolved": 400013}
"""What became of a robot or its group, and the errcode from then on (reference §1.11)."""
APP_STATES: dict[str, str] = {
    "normal": "",
    "stopped": "bot.stopped",
    "unpublished": "invalidParameter.robotCode.notExsit",
    "forbidden": "bot.forbidden.sendMessage",
}


@dataclass(slots=True)
class Robot:
    """A custom robot of one group, with whichever security settings it has."""

    token: str
    name: str
    group: str
    secret: str | None = None
    keywords: tuple[str, ...] = ()
    ip_whitelist: tuple[IPv4Network, ...] = ()
    state: str = "normal"
    gate: RobotGate = field(default_factory=RobotGate)
    attempts: Window = field(default_factory=lambda: Window(MINUTE_S))
    requests: int = 0
    delivered: int = 0
    _uuids: OrderedDict[str, None] = field(default_factory=OrderedDict)

    def is_repeat(self, msg_uuid: object) -> bool:
        """Whether this msgUuid was delivered before; from now on it was."""
        if not isinstance(msg_uuid, str) or not msg_uuid:
            return False
        if msg_uuid in self._uuids:
            return True
        self._uuids[msg_uuid] = None
        if len(self._uuids) > REMEMBERED_UUIDS:
            self._uuids.popitem(last=False)
        return False


@dataclass(slots=True)
class App:
    """An internal app with its robot. `permissions` and `visible_users` None mean all."""

    client_id: str
    client_secret: str
    robot_code: str
    permissions: frozenset[str] | None = None
    visible_users: frozenset[str] | None = None
    state: str = "normal"
    token: str = ""
    token_expires: float = 0.0
    windows: dict[str, Window] = field(default_factory=dict)

    def give_token(self, now: float) -> str:
        """The same token while it is valid, its life extended; a new one afterwards (D 0033)."""
        if now >= self.token_expires:
            self.token = secrets.token_hex(16)
        self.token_expires = now + TOKEN_LIFETIME_S
        return self.token

    def window(self, path: str) -> Window:
        """QPS is counted per app and per interface (D 1433)."""
        window = self.windows.get(path)
        if window is None:
            window = self.windows[path] = Window(1.0)
        return window

    def sees(self, user_id: str) -> bool:
        return self.visible_users is None or user_id in self.visible_users


@dataclass(slots=True)
class Person:
    user_id: str
    name: str
    mobile: str
    active: bool = True
    filtered: bool = False
    """Put into filteredStaffIdList, whose meaning DingTalk does not document."""
    flow_controlled: bool = False
    """Put into flowControlledStaffIdList until this is taken back."""
    departments: tuple[int, ...] = (ROOT_DEPARTMENT,)
    received: Window = field(default_factory=lambda: Window(MINUTE_S))


@dataclass(slots=True)
class Department:
    dept_id: int
    name: str
    parent_id: int


def conversation_id(group: str) -> str:
    """openConversationId of a group; the same name is the same group."""
    return "cid" + base64.b64encode(hashlib.sha256(group.encode()).digest()[:16]).decode("ascii")
