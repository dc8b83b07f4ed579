"""The end of a silence: what it withheld and still holds is owed again.

Of everything withheld from a receiver about an alarm, the newest message of each rule is sent when

- the alarm is active now and the message says so: somebody has to know; or
- the alarm is over, the message says so, and what the receiver heard last was that it is active: the recovery of
  what was announced before the silence.

What came and went unheard is not told any more, acknowledged or not: that is what the silence was for. A new
delivery goes the way of any other: where another silence covers the alarm or its schedule is closed it is written
with that reason. The one that was withheld stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.db import connection
from django.db.models import Q, QuerySet

from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm
from dingbell.alarms.models import Event
from dingbell.delivery import outbox, repetitions, withheld
from dingbell.delivery.outbox import Outbox
from dingbell.delivery.withheld import Withheld
from dingbell.notify.models import Silence
from dingbell.notify.routing import Routes, Target
from dingbell.notify.rules.explaining import happened
from dingbell.storage.times import SECOND
from dingbell.storage.writer import Task

# What any node began to write under the silence is committed by then, and their clocks may differ a little.
GRACE_US = 3 * SECOND
_STEP = 200  # deliveries a transaction
_STEPS_A_TURN = 20


class Releases:
    def __init__(self, outbox: Outbox, routes: Callable[[], Routes]) -> None:
        """`routes` is asked inside the transaction."""
        self._outbox = outbox
        self._routes = routes
        self._released: Task[int, None] = Task("release", self._release)

    def release(self) -> None:
        """See to the silences that are over, some steps at a time. Costs one read when there is none."""
        for _ in range(_STEPS_A_TURN):
            now_us = self._outbox.clock()
            if not _over(now_us).exists():
                return
            self._outbox.writer.submit(self._released, now_us).result()

    def _release(self, moments: Sequence[int]) -> list[None]:
        now_us = max(moments)
        # Of two nodes one takes a step; the other finds the next one when it is done.
        silence = _over(now_us).select_for_update(skip_locked=True).order_by("id").first()
        if silence is not None:
            found = withheld.following(silence.id, silence.released_to, _STEP)
            silence.sent_again += self._owe([one for one in found if not one.superseded], now_us)
            if silence.ended_us is None:
                silence.ended_us = silence.until_us
            if found:
                silence.released_to = found[-1].id
            if len(found) < _STEP:
                silence.released_us = now_us
            silence.save()
        return [None] * len(moments)

    def _owe(self, newest: Sequence[Withheld], now_us: int) -> int:
        """How many of them are to be sent."""
        alarms = _alarms({one.alarm_id for one in newest})
        events = Event.objects.in_bulk({one.event_id for one in newest})
        routes = self._routes()
        owed = [
            (one, target)
            for one in newest
            if one.alarm_id in alarms and one.event_id in events
            if _holds(one, store.restore(events[one.event_id].snapshot), alarms[one.alarm_id])
            if (target := _target(one, events[one.event_id], routes, now_us)) is not None
        ]
        rows = [
            outbox.delivery_row(
                delivery_id, one.event_id, happened(events[one.event_id]), target, now_us, resend_of=one.id
            )
            for delivery_id, (one, target) in zip(self._outbox.delivery_ids.take(len(owed)), owed, strict=True)
        ]
        if rows:
            outbox.insert(rows)
            repetitions.begin([(one.event_id, happened(events[one.event_id]), target) for one, target in owed], now_us)
        lanes = [target.lane for _, target in owed if not target.suppressed]
        self._outbox.owed_in(set(lanes))
        return len(lanes)


def _over(now_us: int) -> QuerySet[Silence]:
    past_us = now_us - GRACE_US
    return Silence.objects.filter(Q(until_us__lte=past_us) | Q(ended_us__lte=past_us), released_us=None)


def _alarms(ids: set[int]) -> Mapping[int, Alarm]:
    """As they stand now; where nodes share them, so they stay until this is written."""
    known = store.fetch_by_id(list(ids))
    if connection.vendor == "sqlite":
        return known
    locked = store.fetch([(alarm.source, alarm.key) for alarm in known.values()], lock=True)
    return {alarm.id: alarm for alarm in locked.values()}


def _holds(one: Withheld, then: Alarm, now: Alarm) -> bool:
    if then.active is not now.active or now.shelved:  # a shelved one is told of when it is taken back
        return False
    return now.active or _heard_active(one)


def _heard_active(one: Withheld) -> bool:
    event_id = withheld.last_told(one)
    event = Event.objects.filter(id=event_id).first() if event_id else None
    return event is not None and store.restore(event.snapshot).active


def _target(one: Withheld, event: Event, routes: Routes, now_us: int) -> Target | None:
    """How the rule, as it is now, tells this receiver of the event; None when it no longer would."""
    ways = [
        target
        for target in routes.targets(happened(event), now_us)
        if (target.rule_id, target.robot_id, target.account_id) == (one.rule_id, one.robot_id, one.account_id)
    ]
    return min(ways, key=lambda target: target.suppressed != "", default=None)
