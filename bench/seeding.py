"""A year of a plant, written straight into an empty SQLite database.

The alarms are those of `bench.plant`, taken through the product's own life of an alarm; what was sent stands beside
them as the worker would have left it, without a call to DingTalk. Nothing is pending afterwards.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from bench import furnishing, plant
from dingbell.alarms import lifecycle, store
from dingbell.alarms.alarm import PRIORITY_BY_WORD, AckMode, Alarm, Report, Transition
from dingbell.notify.models import Robot
from dingbell.notify.routing import account_lane
from dingbell.notify.rules import rules
from dingbell.notify.rules.documents import BlockInput, MatchDocument, RuleInput
from dingbell.notify.services import services
from dingbell.notify.services.documents import AccountInput, AppInput, RobotInput, ServiceInput
from dingbell.storage.times import DAY, now_us

_YEAR_US = 365 * DAY
_ROBOTS = 20
_TURN = 20_000  # events a transaction
_SHELVED_US = 30 * DAY
_OUTCOMES = (("sent", ""),) * 97 + (
    ("suppressed", "silenced"),
    ("failed", "signature_mismatch"),
    ("failed", "timeout"),
)
_COLUMNS = {
    "delivery_delivery": "id, event_id, alarm_id, rule_id, block, service_id, robot_id, account_id, receiver_name,"
    " lane, state, reason, due_us, created_us, sent_us, send_id, silence_id",
    "delivery_send": "id, lane, state, service_id, robot_id, body, tries, due_us, created_us, process_query_key",
    "delivery_attempt": "send_id, lane, delivery_id, at_us, http_status, code, text, verdict, reason",
}

_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """How many of everything. Each event owes one message to a group and one to a person."""

    alarms: int
    events: int
    accounts: int = 5_000
    rules: int = 200

    @property
    def deliveries(self) -> int:
        return 2 * self.events


def fill(extent: Extent) -> None:
    chance = random.Random(1)
    outcome = _Outcome(_configure(extent), chance)
    life = _Life(extent, chance)
    furnishing.furnish(life.at_us(0), life.at_us(extent.events))
    while turn := life.turn():
        rows: dict[str, list[_Row]] = {table: [] for table in _COLUMNS}
        for event_id, alarm, _ in turn:
            outcome.of(event_id, alarm, life.at_us(event_id), rows)
        with transaction.atomic():
            store.append([row for _, _, row in turn])
            for table, values in rows.items():
                _insert(table, values)
    with transaction.atomic():
        store.insert(life.alarms)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _insert(table: str, rows: Sequence[_Row]) -> None:
    columns = _COLUMNS[table]
    marks = ", ".join(["%s"] * (columns.count(",") + 1))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


@dataclass(frozen=True, slots=True)
class _Receiver:
    id: int
    name: str
    lane: str


@dataclass(frozen=True, slots=True)
class _Configured:
    service: int
    robots: list[_Receiver]
    accounts: list[_Receiver]
    rules: list[int]


def _configure(extent: Extent) -> _Configured:
    """One service with many robots and people, and rules that take its robots in turn."""
    webhook = "https://oapi.dingtalk.com/robot/send?access_token={:064x}"
    service = services.create(
        ServiceInput(
            name="全厂钉钉",
            type="dingtalk",
            send_to=["robot", "account"],
            robots=[
                RobotInput(alias=f"{number + 1}车间值班群", webhook=webhook.format(number)) for number in range(_ROBOTS)
            ],
            app=AppInput(client_id="dingseed", client_secret="seed", robot_code="dingseed"),
            accounts=[
                AccountInput(user_id=f"{10_000_000 + number}", name=f"员工{number:04}", mobile=f"139{number:08}")
                for number in range(extent.accounts)
            ],
        )
    )
    made = []
    for number, rule in enumerate(plant.rules(extent.rules)):
        receivers = [{"robot": service.robots[number % _ROBOTS].id}, {"account": service.accounts[number].id}]
        block = BlockInput(service=service.id, receivers=receivers)
        match = MatchDocument(**rule["match"])
        document = RuleInput(name=rule["name"], states=rule["states"], match=match, notifications=[block])
        made.append(rules.create(document).id)
    lane = account_lane("dingseed")
    return _Configured(
        service.id,
        [_Receiver(robot.id, robot.alias, robot.budget_key) for robot in Robot.objects.all()],
        [_Receiver(one.id, one.name, lane) for one in service.accounts],
        made,
    )


class _Life:
    """What happens to the alarms, a turn at a time: each comes and mostly goes again, in order, then any of them."""

    def __init__(self, extent: Extent, chance: random.Random) -> None:
        self._extent, self._chance = extent, chance
        self._start_us = now_us() - _YEAR_US
        self._done = 0
        self._place = self._raised = 0  # of the alarm in question; how many have come
        told = (plant.event(number, active=False) for number in range(extent.alarms))
        self.alarms = [
            Alarm(id=number, source=one["source"], key=f"{one['key']}#{one['type']}")
            for number, one in enumerate(told, start=1)
        ]

    def turn(self) -> list[tuple[int, Alarm, _Row]]:
        """(event id, the alarm after it, its row in the journal)."""
        count = min(_TURN, self._extent.events - self._done)
        found = [self._next(self._done + place) for place in range(1, count + 1)]
        self._done += count
        return found

    def at_us(self, event_id: int) -> int:
        return self._start_us + _YEAR_US * event_id // (self._extent.events + 1)

    def _next(self, event_id: int) -> tuple[int, Alarm, _Row]:
        at_us = self.at_us(event_id)
        if not self.alarms[self._place].active or self._chance.random() < 0.01:
            self._place = self._raised if self._raised < len(self.alarms) else self._chance.randrange(len(self.alarms))
            self._raised += 1
        place = self._place
        alarm = self.alarms[place]
        if alarm.active and self._chance.random() < 0.01:
            transition = self._by_people(alarm, event_id, at_us)
        elif not alarm.active and not alarm.acked:
            transition = lifecycle.acknowledge(alarm, actor="张师傅", note="已通知维修", at_us=at_us, occurrence=None)
        else:
            _, changed = lifecycle.apply(alarm, _report(alarm, place, at_us), at_us)
            assert changed
            transition = changed
        self.alarms[place] = alarm = transition.alarm
        return event_id, alarm, (
            event_id, alarm.id, transition.kind.value, at_us, at_us, transition.entered or "", transition.priority_rose,
            transition.actor, transition.note, 1, store.snapshot(alarm),
        )  # fmt: skip

    def _by_people(self, alarm: Alarm, event_id: int, at_us: int) -> Transition:
        """A remark; of the last tenth also what is still shelved when the year is over."""
        if event_id % 2 and event_id > self._extent.events * 0.9:
            until_us = at_us + _YEAR_US // 10 + _SHELVED_US
            return lifecycle.shelve(alarm, actor="李工", note="等备件", at_us=at_us, until_us=until_us)
        return lifecycle.comment(alarm, actor="李工", text="现场看过，继续观察", at_us=at_us)


def _report(alarm: Alarm, place: int, at_us: int) -> Report:
    told = plant.event(place, active=not alarm.active)
    described = ("name", "path", "type", "value", "unit", "limit", "description", "area", "labels")
    return Report(
        source=alarm.source,
        key=alarm.key,
        active=not alarm.active,
        time_us=at_us,
        priority=PRIORITY_BY_WORD[told["priority"]],
        # One in fifty waits for a person: the real-time list is long, and not the whole plant.
        ack_mode=AckMode.MANUAL if place % 50 == 0 else AckMode.AUTO,
        **{name: told[name] for name in described},
    )


@dataclass
class _Outcome:
    """What became of the messages that an event owed."""

    configured: _Configured
    chance: random.Random
    delivery_id: int = field(default=0)

    def of(self, event_id: int, alarm: Alarm, at_us: int, rows: dict[str, list[_Row]]) -> None:
        for receivers in (self.configured.robots, self.configured.accounts):
            self.delivery_id += 1
            self._tell(receivers[alarm.id % len(receivers)], event_id, alarm, at_us, rows)

    def _tell(self, receiver: _Receiver, event_id: int, alarm: Alarm, at_us: int, rows: dict[str, list[_Row]]) -> None:
        is_robot = receiver.lane.startswith("r:")
        robot, account = (receiver.id, None) if is_robot else (None, receiver.id)
        state, reason = self.chance.choice(_OUTCOMES)
        taken, called = state == "sent", state != "suppressed"
        send = f"{self.delivery_id:032x}" if called else ""
        silence = None if called else self.chance.randrange(furnishing.SILENCES) + 1
        service, rule = self.configured.service, self.configured.rules[alarm.id % len(self.configured.rules)]
        rows["delivery_delivery"].append((
            self.delivery_id, event_id, alarm.id, rule, 0, service, robot, account, receiver.name, receiver.lane, state,
            reason, at_us, at_us, at_us + 300_000 if taken else None, send, silence,
        ))  # fmt: skip
        if not called:
            return
        text = {"title": alarm.title, "text": f"### {alarm.title}\n- 位置：{alarm.path}\n- 说明：{alarm.description}"}
        body = json.dumps({"msgtype": "markdown", "markdown": text, "msgUuid": send}, ensure_ascii=False)
        rows["delivery_send"].append(
            (send, receiver.lane, "taken" if taken else "dissolved", service, robot, body, 1, at_us, at_us, "")
        )
        code, answer, verdict = ("0", "ok", "sent") if taken else ("310000", "refused", "refused_configuration")
        rows["delivery_attempt"].append((send, receiver.lane, None, at_us, 200, code, answer, verdict, reason))
