"""The fault matrix: what DingTalk or the network does → state, reason, wait and number of requests, row by row.

One engine, one simulator, a robot or an app of its own for each row, and a clock that stands between the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from dingbell.channels.http import Http
from dingbell.delivery.models import Attempt, Delivery, Lane, Send
from dingbell.notify.models import Service
from dingbell.pipeline import engine
from dingbell.storage.secrets import decrypt
from dingbell.storage.times import SECOND
from dingtalk_simulator.running import RunningSimulator
from tests.channels.servers import answer, certificate
from tests.pipeline.fault_rows import ACCOUNT, ROBOT, TOKEN, Fate, Row
from tests.pipeline.standing import StandingPlant

SEND, BATCH, OAUTH = "/robot/send", "/v1.0/robot/oToMessages/batchSend", "/v1.0/oauth2/accessToken"
DEADLINE_S = 4.0
LATE_S = DEADLINE_S + 2
OK = answer(b'{"errcode":0,"errmsg":"ok"}', headers="Content-Type: application/json\r\n")
A, F, T = Fate.AGAIN, Fate.FAILED, Fate.TROUBLE


@dataclass(frozen=True)
class Fared:
    """What became of a row."""

    state: str
    reason: str
    first: str
    wait_s: float | None
    requests: int
    trouble: str = ""


def expected(row: Row) -> Fared:
    reason = "" if row.fate.state == "sent" else row.ends or row.reason
    requests = row.fate.requests if row.requests is None else row.requests
    trouble = row.reason if row.fate is Fate.TROUBLE else ""
    return Fared(row.fate.state, reason, row.reason, row.wait_s, requests, trouble)


@pytest.fixture
def plant(
    transactional_db: None, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[StandingPlant]:
    trusted, _ = certificate(tmp_path)
    monkeypatch.setattr(engine, "Http", partial(Http, total_deadline_s=DEADLINE_S))
    with StandingPlant(simulator, webhook_hosts=("127.0.0.1", "dingtalk.invalid"), ca_file=str(trusted)) as running:
        yield running


def over(delivery: Delivery) -> bool:
    return delivery.state in ("sent", "failed") or delivery.reason.endswith("_quota_exhausted")


def all_over() -> bool:
    return all(over(delivery) for delivery in Delivery.objects.exclude(alarm_id=0))


def fared(service: Service, requests: int) -> Fared:
    delivery = Delivery.objects.get(service_id=service.id)
    sends = Send.objects.filter(service_id=service.id).values_list("id", flat=True)
    attempts = list(Attempt.objects.filter(send_id__in=list(sends)).order_by("id"))
    wait_s = (attempts[1].at_us - attempts[0].at_us) / SECOND if len(attempts) > 1 else None
    trouble = Lane.objects.filter(key=delivery.lane).values_list("trouble", flat=True).get()
    return Fared(delivery.state, delivery.reason, attempts[0].reason, wait_s, requests, trouble)


def requests_of(plant: StandingPlant) -> Callable[[Service], int]:
    """As the simulator counts them: whatever reached it."""
    messages = plant.simulator.messages()

    def count(service: Service) -> int:
        robot = service.robots.first()
        key = decrypt(robot.token) if robot else service.robot_code
        return sum(message["robot"] == key for message in messages)

    return count


def set_up(plant: StandingPlant, row: Row, path: str) -> Service:
    name = f"{path} {row.name}"
    if path == SEND:
        robot = plant.robot(name)
        service, key = robot.service, decrypt(robot.token)
    else:
        service = plant.app(name)
        key = service.client_id if path == OAUTH else service.robot_code
    if row.fault:
        plant.simulator.post("/_sim/faults", {"path": path, "robot": key, "times": row.times, **row.fault})
    return service


def test_every_answer_of_dingtalk(plant: StandingPlant) -> None:
    rows = [(row, path) for path, rows in ((SEND, ROBOT), (BATCH, ACCOUNT), (OAUTH, TOKEN)) for row in rows]
    services = [(row, set_up(plant, row, path)) for row, path in rows]
    plant.robot("值班室")
    Service.objects.filter(name="值班室").update(tells_system=True)
    plant.configured()
    plant.alarm("泵停")
    plant.pass_until(all_over)
    count = requests_of(plant)
    found = {service.name: fared(service, count(service)) for _, service in services}
    assert found == {service.name: expected(row) for row, service in services}
