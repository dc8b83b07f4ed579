"""Blocks that wait, repeat themselves and collect, down to the messages in the chats, by a clock that stands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import pytest

from dingbell.alarms import lifecycle
from dingbell.alarms.alarm import Report
from dingbell.alarms.models import AlarmRow
from dingbell.delivery.models import Delivery
from dingbell.notify.models import Block, Rule
from dingbell.notify.rules.documents import GatherDocument, TimingDocument
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.documents import PeriodDocument, ScheduleInput
from dingbell.pipeline.intake import Command, Submission
from dingbell.storage.times import HOUR, MINUTE, SECOND, from_us
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import STATES, StandingPlant


class TimedPlant(StandingPlant):
    """One group, which is told in a timing."""

    def __init__(self, simulator: RunningSimulator) -> None:
        super().__init__(simulator)
        self.robot("值班群")

    def wants(self, **timing: Any) -> None:
        Block.objects.update(timing=msgspec.to_builtins(TimingDocument(**timing)))
        self.configured()

    def clears(self, key: str) -> None:
        report = Report(source="plc", key=key, active=False, time_us=self.now_us)
        self.engine.intake.submit_and_wait(Submission((report,), self.now_us))
        self.rest()

    def acknowledges(self, key: str) -> None:
        act = partial(lifecycle.acknowledge, actor="李", note="", at_us=self.now_us, occurrence=None)
        self.engine.intake.command(Command(AlarmRow.objects.get(key=key).id, act))
        self.rest()

    def ticks(self, minutes: int) -> None:
        for _ in range(minutes):
            self.pass_time(60)
            self.engine.repeating.repeat()
            self.rest()

    def said(self) -> list[str]:
        """The titles in the group, or the first line of a text without one."""
        found = [one for one in self.simulator.messages() if one["delivered"] and not one["duplicate"]]
        return [one["title"] or one["text"].splitlines()[0] for one in found]

    def told(self, key: str) -> list[tuple[str, str, str]]:
        alarm = AlarmRow.objects.get(key=key).id
        return list(Delivery.objects.filter(alarm_id=alarm).order_by("id").values_list("kind", "state", "reason"))


@pytest.fixture
def plant(transactional_db: None, simulator: RunningSimulator) -> Iterator[TimedPlant]:
    made = TimedPlant(simulator)
    with made:
        yield made


def test_what_comes_and_goes_within_the_delay_disturbs_nobody(plant: TimedPlant) -> None:
    plant.wants(delay_s=30)
    plant.alarm("flicker")
    plant.alarm("lasting")
    plant.pass_time(10)
    plant.clears("flicker")
    plant.pass_time(19)
    assert plant.said() == []
    plant.pass_time(1)
    assert plant.said() == ["【中】lasting"]
    plant.clears("lasting")
    assert plant.said() == ["【中】lasting", "【恢复】lasting"]
    assert plant.told("flicker") == [
        ("raised", "suppressed", "cleared_meanwhile"), ("cleared", "suppressed", "not_told")
    ]  # fmt: skip


def test_it_reminds_until_somebody_acknowledges(plant: TimedPlant) -> None:
    plant.wants(repeat_minutes=10)
    plant.alarm("pump")
    plant.ticks(11)
    again = plant.simulator.messages()[-1]["text"]
    assert "第 1 次提醒：pump" in again
    assert "已等待**：10:0" in again
    plant.ticks(10)
    plant.acknowledges("pump")
    plant.ticks(30)
    assert plant.said() == ["【中】pump", "【提醒·中】pump", "【提醒·中】pump", "【确认】pump"]


def test_what_is_collected_comes_as_one_message(plant: TimedPlant) -> None:
    plant.wants(gather=GatherDocument(delay_s=20))
    for key in ("first", "second", "third"):
        plant.alarm(key)
        plant.pass_time(5)
    assert plant.said() == []
    plant.pass_time(5)
    (digest,) = {one.digest for one in Delivery.objects.all()}
    assert digest
    assert {one.state for one in Delivery.objects.all()} == {"sent"}
    assert len(plant.said()) == 1
    plant.alarm("alone")
    plant.pass_time(20)
    assert plant.said()[1:] == ["【中】alone"]


def test_what_falls_outside_the_schedule_waits_and_keeps_nothing_else_back(plant: TimedPlant) -> None:
    opens_us = plant.now_us - plant.now_us % MINUTE + 40 * HOUR
    start, end = (from_us(us).strftime("%H:%M:%S") for us in (opens_us, opens_us + HOUR))
    weekday = from_us(opens_us).isoweekday()
    period = PeriodDocument(weekdays=[weekday], start=start, end=end)
    document = ScheduleInput(name="周", kind="standard", time_zone="UTC", periods=[period])
    Block.objects.update(schedule_id=schedules.create(document).id)
    plant.wants(outside="hold")
    held = Block.objects.get()
    at_once_too = Rule.objects.create(name="随时", states=STATES)
    Block.objects.create(rule=at_once_too, service_id=held.service_id, receivers=None)
    plant.configured()
    for key in ("over", "still"):
        plant.alarm(key)
    plant.clears("over")
    at_once = ["【中】over", "【中】still", "【恢复】over"]
    assert plant.said() == at_once
    assert ("raised", "pending", "outside_schedule") in plant.told("still")
    plant.pass_time((opens_us - plant.now_us) / SECOND)
    assert plant.said() == [*at_once, "【中】still"]
    assert ("raised", "suppressed", "cleared_meanwhile") in plant.told("over")
