"""Telling of an alarm again and again, until somebody acts (the repetition of a notification block).

Each repetition asks the rules as they are now about the event that began it: a block that was changed goes on as it
is, one that is gone ends. What a silence or a closed schedule keeps back is left out and not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm, Transition
from dingbell.alarms.models import Event
from dingbell.delivery import outbox, repetitions
from dingbell.delivery.outbox import Outbox
from dingbell.delivery.repetitions import Repetition
from dingbell.notify.routing import Routes, Target
from dingbell.notify.rules.explaining import happened
from dingbell.notify.rules.timing import Timing
from dingbell.storage.writer import Task

_STEP = 200  # repetitions a transaction
_STEPS_A_TURN = 20
_HIGHEST = 32_767  # what the column of PostgreSQL holds: an alarm that stands for months goes on being told of


class Repeating:
    def __init__(self, outbox: Outbox, routes: Callable[[], Routes]) -> None:
        """`routes` is asked inside the transaction."""
        self._outbox = outbox
        self._routes = routes
        self._repeated: Task[int, None] = Task("repeat", self._repeat)

    def repeat(self) -> None:
        """Owe what is due, some steps at a time. Costs one read when there is nothing."""
        for _ in range(_STEPS_A_TURN):
            now_us = self._outbox.clock()
            if not repetitions.any_due(now_us):
                return
            self._outbox.writer.submit(self._repeated, now_us).result()

    def _repeat(self, moments: Sequence[int]) -> list[None]:
        now_us = max(moments)
        due = repetitions.due(now_us, _STEP)
        alarms = store.fetch_by_id(sorted({one.alarm_id for one in due}))
        events = Event.objects.in_bulk({one.event_id for one in due})
        routes = self._routes()
        over, owed = [], []
        for one in due:
            alarm, event = alarms.get(one.alarm_id), events.get(one.event_id)
            transition = None if event is None else happened(event)
            targets = [] if transition is None else _targets(one, transition, routes, now_us)
            timing = targets[0].timing if targets else None
            if alarm is None or transition is None or timing is None or _is_over(one, timing, alarm):
                over.append(one.id)
                continue
            opens_us = max(target.opens_us for target in targets)
            told = [] if opens_us > now_us else [target for target in targets if not target.suppressed]
            owed += [(one, transition, target) for target in told]
            if told and one.count + 1 == timing.repeat_most:
                over.append(one.id)
            else:
                repetitions.again_at(one, _following(one, timing, now_us, opens_us), told=bool(told))
        repetitions.end(over)
        self._owe(owed, now_us)
        return [None] * len(moments)

    def _owe(self, owed: Sequence[tuple[Repetition, Transition, Target]], now_us: int) -> None:
        delivery_ids = self._outbox.delivery_ids.take(len(owed))
        rows = [
            (*outbox.delivery_row(delivery_id, one.event_id, transition, target, now_us, again=True), _number(one))
            for delivery_id, (one, transition, target) in zip(delivery_ids, owed, strict=True)
        ]
        outbox.insert_repetitions(rows)
        self._outbox.owed_in({target.lane for _, _, target in owed})


def _number(one: Repetition) -> int:
    return min(one.count + 1, _HIGHEST)


def _targets(one: Repetition, transition: Transition, routes: Routes, now_us: int) -> list[Target]:
    """Whom the block, as it is now, tells of what it tells again; none when it no longer does."""
    return [
        target
        for target in routes.targets(transition, now_us)
        if target.timing is not None and target.timing.block_id == one.block_id and target.timing.repeat_us
    ]


def _is_over(one: Repetition, timing: Timing, alarm: Alarm) -> bool:
    is_enough = timing.repeat_most and one.count >= timing.repeat_most
    return bool(is_enough) or alarm.occurrences != one.occurrence or timing.is_silenced_by(alarm)


def _following(one: Repetition, timing: Timing, now_us: int, opens_us: int) -> int:
    """When to come back: in step with the first one, unless this comes late; or when the schedule opens."""
    following_us = one.due_us + timing.repeat_us
    return max(opens_us, following_us if following_us > now_us else now_us + timing.repeat_us)
