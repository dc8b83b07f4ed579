"""How receivers are reached and in which words, as one version of the configuration has it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from dingbell.channels.base import Mentions
from dingbell.channels.dingtalk.token import App
from dingbell.channels.dingtalk.webhook import Webhook
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.queue import Credentials
from dingbell.notify import routing
from dingbell.notify.models import Account, Robot, Service
from dingbell.notify.services import mentions
from dingbell.pipeline.wording import Words
from dingbell.storage import sql
from dingbell.storage.secrets import SecretUnreadable, decrypt


class Undeliverable(Exception):
    """There is no way to this receiver now; `reason` names why."""

    def __init__(self, reason: str, state: DeliveryState = DeliveryState.FAILED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.state = state


class Moved(Exception):
    """The robot's webhook was replaced: what it is owed belongs into another lane."""

    def __init__(self, lane: str) -> None:
        super().__init__(lane)
        self.lane = lane


@dataclass(frozen=True, slots=True)
class GroupRobot:
    webhook: Webhook
    secret: str = field(repr=False)
    keywords: tuple[str, ...]
    mentions: Mentions


@dataclass(frozen=True, slots=True)
class AppRobot:
    """The robot of an app, which reaches people."""

    app: App
    robot_code: str


@dataclass(frozen=True, slots=True)
class Address:
    """What Apprise reaches; `scheme` is its kind."""

    url: str = field(repr=False)
    scheme: str


class Receivers:
    """Of one configuration version. Thread-safe.

    Reading a robot and decrypting its secrets costs more than sending to it, so each receiver is read when it is
    first needed and remembered for as long as its version is the current one. Secrets in clear stand only here.
    """

    def __init__(self, version: int) -> None:
        self.version = version
        self.words = Words()
        self._robots: dict[tuple[int, str], GroupRobot] = {}
        self._addresses: dict[tuple[int, str], Address] = {}
        self._apps: dict[tuple[int, str], AppRobot] = {}
        self._user_ids: dict[int, str] = {}
        self._pools: dict[str, Credentials] | None = None

    def robot(self, robot_id: int, lane: str) -> GroupRobot:
        """Raises Undeliverable, or Moved when `lane` is no longer the robot's."""
        known = self._robots.get((robot_id, lane))
        if known is None:
            known = self._robots[robot_id, lane] = _robot(robot_id, lane)
        return known

    def address(self, robot_id: int, lane: str) -> Address:
        """Of a service that sends through Apprise. Raises Undeliverable, or Moved when `lane` is no longer its."""
        known = self._addresses.get((robot_id, lane))
        if known is None:
            known = self._addresses[robot_id, lane] = _address(robot_id, lane)
        return known

    def credentials(self, lane: str) -> Credentials:
        """Who may serve the lane."""
        if not lane.startswith("p:"):
            return _OWN
        if self._pools is None:
            self._pools = _pools()
        return self._pools.get(lane, _OWN)

    def app(self, service_id: int, lane: str) -> AppRobot:
        """Of a service. Raises Undeliverable, or Moved when `lane` is no longer the app's."""
        known = self._apps.get((service_id, lane))
        if known is None:
            known = self._apps[service_id, lane] = _app(service_id, lane)
        return known

    def user_ids(self, account_ids: Collection[int]) -> dict[int, str]:
        """DingTalk's userId by account; accounts that are gone are left out."""
        unknown = [account for account in account_ids if account not in self._user_ids]
        if unknown:
            self._user_ids.update(Account.objects.filter(id__in=unknown).values_list("id", "user_id"))
        return {account: self._user_ids[account] for account in account_ids if account in self._user_ids}


_OWN = Credentials()


def _pools() -> dict[str, Credentials]:
    robots: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for robot in Robot.objects.exclude(pool="").order_by("id"):
        robots[routing.lane_of(robot)].append((robot.id, robot.budget_key))
    return {lane: Credentials(tuple(members)) for lane, members in robots.items()}


def _robot(robot_id: int, lane: str) -> GroupRobot:
    # After each change of the configuration every robot is read anew: Django's own way costs as much as five messages.
    row = sql.row(
        "SELECT s.enabled, s.send_to_robots, r.service_id, r.pool, r.budget_key, r.url, r.token, r.secret, r.keywords,"
        " r.mentions FROM notify_robot r JOIN notify_service s ON s.id = r.service_id WHERE r.id = %s",
        [robot_id],
    )
    if row is None:
        raise Undeliverable("receiver_deleted")
    enabled, send_to_robots, service_id, pool, budget_key, url, token, secret, keywords, called = row
    _require_enabled(enabled, send_to_robots, "robots_switched_off")
    own_lane = routing.pool_lane(service_id, pool) if pool else budget_key
    if lane not in (own_lane, budget_key):  # a test asks for this very robot of a pool
        raise Moved(own_lane)
    by_name = mentions.answer(json.loads(called))
    return GroupRobot(
        Webhook(url, _readable(token)),
        _readable(secret),
        tuple(json.loads(keywords)),
        Mentions(by_name.everyone, tuple(by_name.mobiles), tuple(by_name.user_ids)),
    )


def _address(robot_id: int, lane: str) -> Address:
    address = Robot.objects.select_related("service").filter(id=robot_id).first()
    if address is None:
        raise Undeliverable("receiver_deleted")
    _require_enabled(address.service.enabled, True, "")
    if address.budget_key != lane:
        raise Moved(address.budget_key)
    return Address(_readable(address.token), address.masked.partition("://")[0])


def _app(service_id: int, lane: str) -> AppRobot:
    service = Service.objects.filter(id=service_id).first()
    if service is None:
        raise Undeliverable("receiver_deleted")
    _require_enabled(service.enabled, service.send_to_accounts, "accounts_switched_off")
    current = routing.account_lane(service.client_id)
    if current != lane:
        raise Moved(current)
    return AppRobot(App(service.client_id, _readable(service.client_secret)), service.robot_code)


def _require_enabled(enabled: bool, box: bool, unticked: str) -> None:
    if not enabled:
        raise Undeliverable("service_disabled", DeliveryState.SUPPRESSED)
    if not box:
        raise Undeliverable(unticked, DeliveryState.SUPPRESSED)


def _readable(secret: str) -> str:
    try:
        return decrypt(secret)
    except SecretUnreadable:
        raise Undeliverable("secret_unreadable") from None
