"""Removing what is older than KEEP_DAYS: a little at a time, giving way to intake (docs/decisions/0026).

One pass goes through the deliveries, the journal and the calls, the oldest first, each until everything is young
enough. What is open, and what explains how an alarm stands, stays. The audit is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import structlog

from dingbell.alarms import retention as journal
from dingbell.delivery import months, orphans
from dingbell.delivery import retention as record
from dingbell.storage.times import HOUR, MINUTE
from dingbell.storage.writer import Task, Writer

log = structlog.get_logger(__name__)
_A_STEP = 50  # rows looked at in one transaction: whoever reports waits for it
_BETWEEN_PASSES_US = 6 * HOUR
_DISSOLVE = Task("dissolve", orphans.dissolve)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Look at what follows this id; `before_us`: what is younger stays."""

    after: int
    before_us: int


@dataclass(frozen=True, slots=True)
class _Done:
    """Looked at up to `to`; `through`: nothing older follows."""

    to: int
    removed: int
    through: bool


class Retention:
    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], int],
        is_storm: Callable[[int], bool],
        keep_us: int,
        zone: tzinfo,
    ) -> None:
        """`keep_us` 0 keeps everything; `is_storm` says when to give way."""
        self._writer = writer
        self._clock = clock
        self._is_storm = is_storm
        self._keep_us = keep_us
        self._zone = zone
        self._stages: tuple[Task[_Asked, _Done], ...] = (
            Task("remove_deliveries", self._deliveries),
            Task("remove_events", self._events),
            Task("remove_sends", self._sends),
            Task("remove_usage", self._usage),
        )
        self._stage, self._after, self._removed = 0, 0, 0
        self._next_us = 0

    def step(self) -> int:
        """One small step, when it is time for it and nothing hurries: how many rows went. Raises StorageUnavailable."""
        now_us = self._clock()
        if not self._keep_us or now_us < self._next_us or self._is_storm(now_us):
            return 0
        asked = _Asked(self._after, now_us - self._keep_us)
        done = self._writer.submit(self._stages[self._stage], asked, weight=_A_STEP).result()
        self._after, self._removed = done.to, self._removed + done.removed
        if done.through:
            self._stage, self._after = (self._stage + 1) % len(self._stages), 0
            if self._stage == 0:
                if self._removed:
                    log.info("old_records_removed", rows=self._removed)
                self._next_us, self._removed = now_us + _BETWEEN_PASSES_US, 0
        return done.removed

    def sweep(self) -> None:
        """What was begun long ago and stands for nothing. Call it once a minute. Raises StorageUnavailable."""
        self._writer.submit(_DISSOLVE, self._clock() - MINUTE).result()

    # --- inside the transaction -------------------------------------------------------------------------

    def _deliveries(self, wanted: Sequence[_Asked]) -> list[_Done]:
        return [self._some_deliveries(one) for one in wanted]

    def _some_deliveries(self, asked: _Asked) -> _Done:
        looked = record.following(asked.after, _A_STEP)
        ended = record.ended([delivery for delivery, _ in looked], asked.before_us)
        began = journal.standing_since({one.alarm_id for one in ended})
        gone = [one.id for one in ended if one.alarm_id not in began or one.event_id < began[one.alarm_id]]
        record.remove(gone)
        return _done(looked, len(gone), asked)

    def _events(self, wanted: Sequence[_Asked]) -> list[_Done]:
        return [self._some_events(one) for one in wanted]

    def _some_events(self, asked: _Asked) -> _Done:
        looked = journal.following(asked.after, _A_STEP)
        overtaken = journal.overtaken([event for event, _ in looked], asked.before_us)
        told = record.told_of(overtaken)
        gone = [event for event in overtaken if event not in told]
        journal.remove(gone)
        return _done(looked, len(gone), asked)

    def _sends(self, wanted: Sequence[_Asked]) -> list[_Done]:
        return [self._some_sends(one) for one in wanted]

    def _some_sends(self, asked: _Asked) -> _Done:
        looked = record.calls(asked.after, _A_STEP)
        gone = record.remove_sends({send for _, at_us, send in looked if at_us < asked.before_us})
        return _done([(attempt, at_us) for attempt, at_us, _ in looked], gone, asked)

    def _usage(self, wanted: Sequence[_Asked]) -> list[_Done]:
        found = []
        for one in wanted:
            removed = record.remove_usage(months.day_of(one.before_us, self._zone), _A_STEP)
            found.append(_Done(0, removed, through=removed < _A_STEP))
        return found


def _done(looked: Sequence[tuple[int, int]], removed: int, asked: _Asked) -> _Done:
    """Ids rise with time; two nodes may number a little out of turn, so only a whole step of young rows ends it."""
    if not looked:
        return _Done(asked.after, removed, through=True)
    young = all(at_us >= asked.before_us for _, at_us in looked)
    return _Done(looked[-1][0], removed, through=young)
