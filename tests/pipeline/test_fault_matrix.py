"""The fault matrix: what DingTalk or the network does → state, reason, wait and number of requests, row by row.

One engine, one simulator, a robot or an app of its own for each row, and a clock that stands between the steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from dingbell.channels.dingtalk.codes import AFTERWARDS, TABLE
from dingbell.channels.dingtalk.reasons import ANSWERS, NETWORK
from dingbell.channels.http import Http
from dingbell.delivery.models import Attempt, Delivery, Lane, Send
from dingbell.notify.models import Service
from dingbell.pipeline import engine
from dingbell.storage.secrets import decrypt
from dingbell.storage.times import SECOND
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.fault_rows import ACCOUNT, ADDRESSES, DEADLINE_S, NETWORK_FAULTS, ROBOT, TOKEN, Fate, Row
from tests.pipeline.standing import StandingPlant

LATE = Row("clock skew of 2 h", {}, Fate.TROUBLE, "timestamp_invalid")
# What DingTalk says when it is asked about a message, or to take it back: tests/storage has tests of that.
OF_A_RECALL = {"recall_refused", "recall_unanswered", *(row.reason for row in AFTERWARDS)}
SEND, BATCH, OAUTH = "/robot/send", "/v1.0/robot/oToMessages/batchSend", "/v1.0/oauth2/accessToken"


@dataclass(frozen=True)
class Fared:
    """What became of a row."""

    state: str
    reason: str
    first: str
    wait_s: float | None
    requests: int
    shown: int
    trouble: str = ""


def expected(row: Row) -> Fared:
    reason = "" if row.fate.state == "sent" else row.ends or row.reason
    requests = row.fate.requests if row.requests is None else row.requests
    shown = int(row.fate.state == "sent") if row.shown is None else row.shown
    trouble = row.reason if row.fate is Fate.TROUBLE else ""
    return Fared(row.fate.state, reason, row.reason, row.wait_s, requests, shown, trouble)


@pytest.fixture
def plant(
    transactional_db: None, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StandingPlant]:
    monkeypatch.setattr(engine, "Http", partial(Http, total_deadline_s=DEADLINE_S))
    with StandingPlant(simulator) as running:
        yield running


def over(delivery: Delivery) -> bool:
    return delivery.state in ("sent", "failed") or delivery.reason.endswith("_quota_exhausted")


def all_over() -> bool:
    return all(over(delivery) for delivery in Delivery.objects.exclude(alarm_id=0))


def fared(service: Service, requests: int, shown: int) -> Fared:
    delivery = Delivery.objects.get(service_id=service.id)
    sends = Send.objects.filter(service_id=service.id).values_list("id", flat=True)
    attempts = list(Attempt.objects.filter(send_id__in=list(sends)).order_by("id"))
    apart = {one.send_id for one in attempts if one.delivery_id}
    attempts = [one for one in attempts if one.delivery_id or one.send_id not in apart]
    wait_s = (attempts[1].at_us - attempts[0].at_us) / SECOND if len(attempts) > 1 else None
    trouble = Lane.objects.filter(key=delivery.lane).values_list("trouble", flat=True).get()
    return Fared(delivery.state, delivery.reason, attempts[0].reason, wait_s, requests, shown, trouble)


def seen(plant: StandingPlant) -> dict[str, tuple[int, int]]:
    """By robot, as the simulator counts: the requests, and the messages that people see."""
    requests: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for message in plant.simulator.messages():
        requests[message["robot"]] += 1
        shown[message["robot"]] += message["delivered"] and not message["duplicate"]
    return {robot: (count, shown[robot]) for robot, count in requests.items()}


def key_of(service: Service) -> str:
    robot = service.robots.first()
    return decrypt(robot.token) if robot else service.robot_code


def set_up(plant: StandingPlant, row: Row, path: str) -> Service:
    name = f"{path} {row.name}"
    service = plant.robot(name, url=row.url).service if path == SEND else plant.app(name, *filter(None, [row.person]))
    key = service.client_id if path == OAUTH else key_of(service)
    if row.fault:
        plant.simulator.post("/_sim/faults", {"path": path, "robot": key, "times": row.times, **row.fault})
    return service


def test_every_answer_of_dingtalk_and_every_fault_of_a_call(plant: StandingPlant) -> None:
    by_path = {SEND: ROBOT + ADDRESSES, BATCH: ACCOUNT, OAUTH: TOKEN}
    rows = [(row, path) for path, rows in by_path.items() for row in rows]
    services = [(row, set_up(plant, row, path)) for row, path in rows]
    # The clock of this computer is two hours off: whoever signs is refused, the others are not.
    plant.simulator.post("/_sim/clock", {"skew_s": -2 * 3600})
    services.append((LATE, plant.robot(LATE.name, secret="SEC-of-a-robot").service))
    plant.office()
    plant.configured()
    plant.alarm("泵停")
    plant.pass_until(all_over)
    counts = seen(plant)
    found = {service.name: fared(service, *counts.get(key_of(service), (0, 0))) for _, service in services}
    assert found == {service.name: expected(row) for row, service in services}
    [skewed] = Attempt.objects.filter(reason="timestamp_invalid", lane=services[-1][1].robots.get().budget_key)
    assert skewed.code == "310000"


def codes(row: Row) -> set[str]:
    """What its answer says, in lower case."""
    body = row.fault.get("body")
    said = row.fault | (body if isinstance(body, dict) else {})
    return {str(said[name]).lower() for name in ("errcode", "code", "sub_code") if name in said} | {
        name.lower() for name in said if name.endswith("StaffIdList")
    }


def test_the_matrix_has_a_row_for_everything_that_the_product_tells_apart() -> None:
    rows = [*ROBOT, *ACCOUNT, *TOKEN, *ADDRESSES, LATE]
    reasons = {row.reason for row in rows} | {reason for reason, *_ in NETWORK_FAULTS.values()}
    renewed = {code for row in rows if row.fate is Fate.TOKEN for code in codes(row)}
    said = {code for row in rows for code in codes(row)}
    known = [row for row in (*TABLE, *ANSWERS, *NETWORK) if row.reason not in OF_A_RECALL]
    listed = {row.reason: {entry.partition(" ")[0].lower() for entry in row.codes} for row in known}
    assert {reason for reason, own in listed.items() if reason not in reasons and not own & renewed} == set()
    exact = {code for own in listed.values() for code in own if not code.endswith("*")}
    assert exact - said == set()
