"""What a look at a lane finds where more waits than it reads."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dingbell.alarms.alarm import Alarm, EventKind, Priority, Transition
from dingbell.delivery import outbox, queue
from dingbell.delivery.budget import Limits
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Delivery, SendKind
from dingbell.delivery.plan import LaneView, Start, next_step
from dingbell.delivery.queue import Credentials, Patience
from dingbell.notify.routing import Target
from dingbell.storage.times import HOUR
from tests.storage.conftest import NOW

pytestmark = pytest.mark.django_db
LANE = "r:1"
LOW, CRITICAL = Priority.LOW, Priority.CRITICAL
FILLING = 300  # more than is read of one receiver


def owe(alarms: Sequence[tuple[int, Priority]]) -> None:
    """A raise of each alarm to one group, in this order."""
    first = Delivery.objects.count() + 1
    target = Target(1, 0, 1, 1, None, "值班群", LANE, "")
    rows = []
    for id_, (alarm, priority) in enumerate(alarms, start=first):
        said = Alarm(id=alarm, source="plc", key=str(alarm), priority=priority)
        raised = Transition(kind=EventKind.RAISED, alarm=said, time_us=NOW)
        rows.append(outbox.delivery_row(id_, id_, raised, target, NOW))
    outbox.insert(rows)


def look(at_us: int = NOW) -> LaneView:
    return queue.view(LANE, Credentials(), Limits(), Patience(), 0, at_us)


def filling(first: int, priority: Priority = LOW) -> list[tuple[int, Priority]]:
    return [(alarm, priority) for alarm in range(first, first + FILLING)]


def test_the_oldest_critical_ones_are_found_behind_a_backlog() -> None:
    owe([*filling(1_000), (7, CRITICAL), *filling(2_000)])
    view = look()
    assert view.large
    [group] = view.queues
    assert group.count == 2 * FILLING + 1
    assert [one.alarm_id for one in group.critical] == [7]
    step = next_step(view, Limits(), Mode.NORMAL, NOW)
    assert isinstance(step, Start)
    assert (step.kind, [one.alarm_id for one in step.deliveries]) == (SendKind.URGENT, [7])


def test_nothing_overtakes_what_waits_of_its_own_alarm() -> None:
    """A low alarm that was raised once more as critical: the first news of it is beyond what is read."""
    owe([*filling(1_000), (7, LOW), *filling(2_000), (7, CRITICAL), (8, CRITICAL)])
    [group] = look().queues
    assert [one.alarm_id for one in group.critical] == [8]


def test_stale_news_is_found_piece_by_piece() -> None:
    owe([*filling(1_000), *filling(2_000)])
    stale = look(NOW + 2 * HOUR).stale
    assert 0 < len(stale) < 2 * FILLING
    assert list(stale) == sorted(stale)
