"""Addresses that hang, however many, keep no DingTalk group waiting."""

from __future__ import annotations

import threading
import time

import pytest

from dingbell.alarms.alarm import Report
from dingbell.channels import apprise
from dingbell.channels.base import Result, Verdict
from dingbell.delivery.models import Delivery
from dingbell.notify.models import Robot
from dingbell.notify.routing import address_lane
from dingbell.pipeline.intake import Submission
from dingbell.storage.secrets import encrypt
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import StandingPlant
from tests.serving import eventually

_ADDRESSES = 160  # more than are visited at once


def test_a_mail_server_that_hangs_keeps_no_group_waiting(
    transactional_db: None, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def hang(url: str, body: bytes) -> Result:
        answered.wait(60)
        return Result(Verdict.SENT, "ok")

    monkeypatch.setattr(apprise, "_send", hang)
    with StandingPlant(simulator) as plant:
        mail = plant.service("邮件")
        for number in range(_ADDRESSES):
            url = f"mailtos://user:pass@mail.example.com/?to=person{number}@example.com"
            Robot.objects.create(
                service=mail, alias=f"{number}", url="", token=encrypt(url), masked="mailtos://***",
                budget_key=address_lane(url),
            )  # fmt: skip
        plant.configured()
        _hear(plant, "a")
        eventually(lambda: len(plant._agenda.served()) >= 64)
        group = plant.robot("值班群")
        mail.blocks.all().delete()
        plant.configured()
        started = time.monotonic()
        _hear(plant, "b")
        try:
            eventually(lambda: Delivery.objects.filter(robot_id=group.id, state="sent").exists())
            assert time.monotonic() - started < apprise.DEADLINE_S / 2
        finally:
            answered.set()


def _hear(plant: StandingPlant, key: str) -> None:
    report = Report(source="plc", key=key, active=True, name=key, time_us=plant.now_us)
    plant.engine.intake.submit_and_wait(Submission((report,), plant.now_us))
