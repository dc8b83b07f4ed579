"""From deliveries to the body of one call, and the call itself: the step between the outbox and a channel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from dingbell.alarms import store
from dingbell.alarms.alarm import EventKind
from dingbell.alarms.models import Event
from dingbell.channels.base import Message, Result
from dingbell.channels.dingtalk import account as account_channel
from dingbell.channels.dingtalk import robot as robot_channel
from dingbell.channels.dingtalk.token import App, Tokens
from dingbell.channels.dingtalk.webhook import Webhook
from dingbell.channels.http import Http
from dingbell.delivery.claim import Move, Settle
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.plan import Waiting
from dingbell.notify import routing
from dingbell.notify.models import Account, Robot, Service
from dingbell.notify.rendering import Occurrence, builtin
from dingbell.storage.secrets import SecretUnreadable, decrypt


@dataclass(frozen=True, slots=True)
class Outside:
    """What sending needs from outside: the network, the tokens, how the plant tells time and where its pages are."""

    http: Http
    tokens: Tokens
    zone: tzinfo
    public_url: str


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


def body_for(deliveries: Sequence[Waiting], lane: str, send_id: str, outside: Outside) -> str | Settle | Move:
    """The frozen body for deliveries of one event to one robot or up to 20 people, or what to do instead."""
    ids = tuple(delivery.id for delivery in deliveries)
    first = deliveries[0]
    try:
        message = _message(first.event_id, outside)
        if first.robot_id is not None:
            robot, _, _ = _robot(first.robot_id, lane)
            return robot_channel.encode(message, robot.keywords, send_id).decode()
        service = _service_for_accounts(first.service_id, lane)
        _readable(service.client_secret)
        people = dict(Account.objects.filter(id__in={d.account_id for d in deliveries}).values_list("id", "user_id"))
        gone = tuple(delivery.id for delivery in deliveries if delivery.account_id not in people)
        if gone:
            return Settle(gone, DeliveryState.FAILED, "receiver_deleted")
        msg_key, msg_param = account_channel.encode(message)
        return account_channel.body(service.robot_code, list(people.values()), msg_key, msg_param).decode()
    except Moved as moved:
        return Move(ids, moved.lane)
    except Undeliverable as no:
        return Settle(ids, no.state, no.reason)


def call(service_id: int, robot_id: int | None, lane: str, body: str, outside: Outside, now: datetime) -> Result:
    """Make the call. Raises Moved and Undeliverable when the configuration no longer allows it."""
    if robot_id is not None:
        _, webhook, secret = _robot(robot_id, lane)
        return robot_channel.send(outside.http, webhook, secret, body.encode(), now)
    service = _service_for_accounts(service_id, lane)
    app = App(service.client_id, _readable(service.client_secret))
    return account_channel.send(outside.http, outside.tokens, app, body.encode(), now)


def recipients(body: str) -> list[str]:
    """The userIds of an account body."""
    return [str(user_id) for user_id in json.loads(body)["userIds"]]


def _message(event_id: int, outside: Outside) -> Message:
    event = Event.objects.get(id=event_id)
    occurrence = Occurrence(
        kind=EventKind(event.kind),
        alarm=store.restore(event.snapshot),
        time_us=event.time_us,
        actor=event.actor,
        note=event.note,
    )
    return builtin(occurrence, outside.zone, outside.public_url)


def _robot(robot_id: int, lane: str) -> tuple[Robot, Webhook, str]:
    robot = Robot.objects.select_related("service").filter(id=robot_id).first()
    if robot is None:
        raise Undeliverable("receiver_deleted")
    _require_enabled(robot.service, robot.service.send_to_robots, "robots_switched_off")
    if robot.budget_key != lane:
        raise Moved(robot.budget_key)
    return robot, Webhook(robot.url, _readable(robot.token)), _readable(robot.secret)


def _service_for_accounts(service_id: int, lane: str) -> Service:
    service = Service.objects.filter(id=service_id).first()
    if service is None:
        raise Undeliverable("receiver_deleted")
    _require_enabled(service, service.send_to_accounts, "accounts_switched_off")
    current = routing.account_lane(service.client_id)
    if current != lane:
        raise Moved(current)
    return service


def _require_enabled(service: Service, box: bool, unticked: str) -> None:
    if not service.enabled:
        raise Undeliverable("service_disabled", DeliveryState.SUPPRESSED)
    if not box:
        raise Undeliverable(unticked, DeliveryState.SUPPRESSED)


def _readable(secret: str) -> str:
    try:
        return decrypt(secret)
    except SecretUnreadable:
        raise Undeliverable("secret_unreadable") from None
