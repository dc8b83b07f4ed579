"""Two processes on one PostgreSQL: no deadlock, no alarm twice, no id twice, one holder of a lane."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from django.conf import settings
from django.db import connection, transaction

from dingbell.alarms.alarm import Alarm
from dingbell.alarms.models import AlarmRow, Event
from dingbell.delivery import leases
from dingbell.delivery.models import Delivery, Lane
from dingbell.notify.models import Rule
from dingbell.pipeline.intake import Submission
from dingbell.storage.numbering import Numbering
from dingbell.storage.writer import Task, Writer
from tests.storage.conftest import NOW, Node
from tests.storage.test_intake import report

pytestmark = pytest.mark.skipif("postgresql" not in settings.DATABASES["default"]["ENGINE"], reason="PostgreSQL only")


@pytest.fixture
def nodes(transactional_db: None) -> Iterator[list[tuple[Writer, Node]]]:
    made = [(writer := Writer(batch=100), Node(writer)) for _ in range(2)]
    for writer, _ in made:
        writer.start()
    yield made
    for writer, _ in made:
        writer.stop()


def test_the_same_alarms_at_two_nodes_at_once_are_one_each(
    nodes: list[tuple[Writer, Node]], rule: Rule, stored: Callable[[], dict[str, Alarm]]
) -> None:
    keys = [f"{letter}-{number}" for number in range(20) for letter in "aBéZ钉_"]
    waiting: list[Future[object]] = []
    for turn in range(10):
        for number, (writer, node) in enumerate(nodes):
            shuffled = random.Random(turn * 2 + number).sample(keys, len(keys))
            for start in range(0, len(keys), 30):
                reports = [report(key) for key in shuffled[start : start + 30]]
                waiting.append(writer.submit(node.intake._submitted, Submission(reports, NOW), weight=30))
    for answer in waiting:
        assert answer.result(60) is None
    assert set(stored()) == set(keys)
    assert AlarmRow.objects.count() == Event.objects.count() == Delivery.objects.count() == len(keys)


def test_ids_are_given_out_once(nodes: list[tuple[Writer, Node]]) -> None:
    task = Task("take", lambda counts: [list(Numbering(Event).take(count)) for count in counts])
    waiting = [writer.submit(task, 50) for _ in range(20) for writer, _ in nodes]
    taken = [number for answer in waiting for number in answer.result(30)]
    assert len(taken) == len(set(taken)) == 2_000


def _lease(holder: str) -> bool:
    with transaction.atomic():
        return leases.take("r:1", holder, NOW)


def test_a_lane_has_one_holder_until_its_lease_ends(transactional_db: None) -> None:
    assert _lease("one")
    assert _lease("one"), "its holder renews it"
    assert not _lease("two")
    with transaction.atomic():
        leases.release([("r:1", "two")])
    assert not _lease("two"), "only its holder gives it up"
    Lane.objects.update(lease_until_us=1)
    assert _lease("two")
    assert not _lease("one")


def test_a_clock_that_runs_ahead_takes_no_lease_from_its_holder(transactional_db: None) -> None:
    assert _lease("one")
    with transaction.atomic():
        assert not leases.take("r:1", "two", NOW * 10)


def test_a_lease_is_kept_alive_by_its_holder_only(transactional_db: None) -> None:
    assert _lease("one")
    Lane.objects.update(lease_until_us=1)
    with transaction.atomic():
        leases.renew([("r:1", "two")])
        assert Lane.objects.get().lease_until_us == 1
        leases.renew([("r:1", "one")])
        assert Lane.objects.get().lease_until_us > 1
    connection.close()
