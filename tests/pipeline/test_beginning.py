"""A lone alarm's message is frozen by the commit that owes it, and whatever fails there costs neither of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connection

from dingbell.alarms import store
from dingbell.alarms.alarm import Report
from dingbell.alarms.models import Event
from dingbell.delivery import usual
from dingbell.delivery.models import Delivery, Send
from dingbell.pipeline.intake import Submission
from dingbell.storage.writer import Task
from dingtalk_simulator.running import RunningSimulator
from tests.pipeline.standing import StandingPlant
from tests.serving import eventually
from tests.storage.test_writer import busy

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def plant(simulator: RunningSimulator) -> Iterator[StandingPlant]:
    if connection.vendor != "sqlite":
        pytest.skip("several processes would wait for each other's lanes")
    made = StandingPlant(simulator)
    made.robot("值班群")
    made.configured()
    with made:
        eventually(lambda: made.engine.worker and made.engine.worker._has_looked)
        made.rest()
        yield made


def told(plant: StandingPlant) -> list[str]:
    return [message["title"] for message in plant.simulator.messages() if message["delivered"]]


@pytest.fixture
def transactions(plant: StandingPlant, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What was written in which of them: events and frozen sends."""
    noted: list[tuple[str, int]] = []

    def noting(module: Any, name: str) -> None:
        write = getattr(module, name)

        def wrapped(rows: Sequence[Any]) -> Any:
            if rows:
                noted.append((name, plant.engine.writer.transaction))
            return write(rows)

        monkeypatch.setattr(module, name, wrapped)

    noting(store, "append")
    noting(usual, "begin")
    return noted


def test_a_lone_alarm_and_its_message_share_a_commit(plant: StandingPlant, transactions: list[tuple[str, int]]) -> None:
    plant.alarm("a")
    assert told(plant) == ["【中】a"]
    [(_, event), (_, send)] = transactions
    assert event == send


def test_where_beginning_took_long_the_next_event_does_not_wait_for_it(
    plant: StandingPlant, transactions: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = usual.insert

    def slow(begun: Sequence[Any]) -> None:
        time.sleep(0.06)
        insert(begun)

    monkeypatch.setattr(usual, "insert", slow)
    plant.alarm("a")
    plant.alarm("b")
    assert told(plant) == ["【中】a", "【中】b"]
    [first, second, third, fourth] = [number for _, number in transactions]
    assert first == second < third < fourth


def test_a_send_that_cannot_be_begun_takes_no_event_with_it(
    plant: StandingPlant, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, failures = usual.begin, []

    def failing_once(wanted: Sequence[Any]) -> list[int | None]:
        begun = begin(wanted)
        if not failures:
            failures.append(wanted)
            raise RuntimeError
        return begun

    monkeypatch.setattr(usual, "begin", failing_once)
    plant.alarm("a")
    assert failures, "it was begun in the transaction of the event"
    assert told(plant) == ["【中】a"]
    assert (Event.objects.count(), Delivery.objects.count(), Send.objects.count()) == (1, 1, 1)


def test_what_is_undone_after_a_send_was_begun_goes_once(plant: StandingPlant) -> None:
    def fail(inputs: Sequence[None]) -> list[None]:
        raise RuntimeError

    with busy(plant.engine.writer):
        report = Report(source="plc", key="a", active=True, name="a", time_us=plant.now_us)
        intake = plant.engine.intake
        heard = plant.engine.writer.submit(intake._submitted, Submission((report,), plant.now_us))
        failed = plant.engine.writer.submit(Task("fail", fail), None)
    assert heard.result(10) is None
    with pytest.raises(RuntimeError):
        failed.result(10)
    plant.rest()
    assert told(plant) == ["【中】a"]
    plant.alarm("b")
    assert told(plant) == ["【中】a", "【中】b"], "the lane is served as before"
    assert Send.objects.count() == 2
