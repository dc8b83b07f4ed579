"""What DingTalk answered is written down whatever happens here, and what it may have taken is not said anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError

from dingbell.channels import network
from dingbell.delivery import queue, quota
from dingbell.delivery.models import Attempt, Delivery, QuotaState
from dingbell.delivery.waiting import Waiting
from dingbell.notify.models import Account, Robot
from dingbell.storage.times import HOUR, SECOND
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import StandingPlant
from tests.serving import eventually

pytestmark = pytest.mark.usefixtures("transactional_db")
ROBOT, BATCH = "/robot/send", "/v1.0/robot/oToMessages/batchSend"


@pytest.fixture
def plant(simulator: RunningSimulator) -> Iterator[StandingPlant]:
    with StandingPlant(simulator) as made:
        yield made


def shown(plant: StandingPlant) -> list[str]:
    """Once for each person or group that reads it."""
    return [one["title"] for one in plant.simulator.messages() if one["delivered"] and not one["duplicate"]]


def at_rest(plant: StandingPlant) -> bool:
    return not plant._agenda.served()


@pytest.fixture
def unreadable_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The database is away the next time the deliveries of a send are read; which it was, from then on."""
    read, failed = queue.items, list[str]()

    def items(send_id: str) -> list[Waiting]:
        if not failed:
            failed.append(send_id)
            raise OperationalError("server closed the connection unexpectedly")
        return read(send_id)

    monkeypatch.setattr(queue, "items", items)
    return failed


def pool_of_two(plant: StandingPlant) -> None:
    one, two = plant.robot("甲", pool="一班"), plant.robot("乙", pool="一班")
    two.service.blocks.all().delete()
    Robot.objects.filter(id=two.id).update(service=one.service)
    plant.configured()


def fault(plant: StandingPlant, path: str, **what: Any) -> None:
    plant.simulator.post("/_sim/faults", {"path": path, "times": 1} | what)


def test_what_a_robot_may_have_taken_stays_with_it_though_another_of_its_pool_is_free(plant: StandingPlant) -> None:
    pool_of_two(plant)
    fault(plant, ROBOT, drop_after_accept=True)
    plant.alarm("a")
    fault(plant, ROBOT, errcode=410100)
    plant.pass_until(lambda: Delivery.objects.get().state == "sent")
    assert shown(plant) == ["【中】a"]


def test_what_was_refused_for_good_goes_by_another_robot_of_the_pool(plant: StandingPlant) -> None:
    pool_of_two(plant)
    fault(plant, ROBOT, status=503)
    plant.alarm("a")
    fault(plant, ROBOT, errcode=400102)
    plant.pass_until(lambda: Delivery.objects.get().state == "sent")
    assert shown(plant) == ["【中】a"]


def test_what_may_have_been_taken_keeps_its_uuid_while_the_quota_is_used_up(plant: StandingPlant) -> None:
    plant.robot("甲")
    plant.configured()
    fault(plant, ROBOT, drop_after_accept=True)
    plant.alarm("a")
    fault(plant, ROBOT, errcode=90030)
    plant.pass_time(2)
    assert Delivery.objects.get().send_id, "it is still the same message"
    QuotaState.objects.update(stopped_us=0)  # somebody bought more
    quota.forget()
    plant.pass_time(HOUR / SECOND)
    assert (shown(plant), Delivery.objects.get().state) == (["【中】a"], "sent")


def test_people_are_told_once_though_the_database_was_away_when_dingtalk_answered(
    plant: StandingPlant, unreadable_once: list[str]
) -> None:
    service = plant.app("一班", "u1", "u2")
    Account.objects.create(service=service, user_id="stranger", name="不在通讯录里")
    plant.configured()
    plant.alarm("a")
    assert unreadable_once
    eventually(lambda: at_rest(plant))
    plant.pass_time(30)
    assert shown(plant) == ["【中】a"] * 2
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["failed", "sent", "sent"]


def test_a_try_that_could_not_be_made_is_no_unknown_outcome(plant: StandingPlant, unreadable_once: list[str]) -> None:
    plant.app("一班", "u1")
    plant.configured()
    unreadable_once.append("not yet")
    fault(plant, BATCH, status=503, code="ServiceUnavailable")
    plant.alarm("a")
    unreadable_once.clear()
    plant.pass_until(lambda: Delivery.objects.get().state in ("sent", "failed"))
    assert unreadable_once
    assert (Delivery.objects.get().state, Attempt.objects.count()) == ("sent", 2)


def test_a_call_that_cannot_be_begun_undoes_no_event_and_ends_no_thread(
    plant: StandingPlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.robot("值班群")
    plant.configured()
    worker = plant.engine.worker
    assert worker
    eventually(lambda: worker._has_looked)
    start, failed = network.start, list[int]()

    def failing_once(call: Any, outcome: Any) -> None:
        if not failed:
            failed.append(1)
            raise RuntimeError("can't start new thread")
        start(call, outcome)

    monkeypatch.setattr(network, "start", failing_once)
    plant.alarm("a")
    assert failed
    plant.pass_time(5)
    assert shown(plant) == ["【中】a"]
    assert plant.engine.is_alive()
