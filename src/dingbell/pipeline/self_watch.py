"""The system watches itself: nothing goes out, a source fell silent, and once a day that all is well.

Looked at once a minute in every process. What people were told of is written in the transaction of the notice, so
that of many nodes one tells, and a restart neither repeats nor forgets it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo

from django.db import transaction

from dingbell.alarms import listing, sources
from dingbell.alarms.alarm import State
from dingbell.channels.base import Message
from dingbell.channels.dingtalk import errors
from dingbell.delivery import backlog, health, quota, records, silence
from dingbell.delivery.models import DeliveryState
from dingbell.pipeline import self_reports
from dingbell.pipeline.hearing import Hearing
from dingbell.pipeline.self_reports import Quota, SilentWay, Wellbeing
from dingbell.pipeline.system_notices import SystemNotices
from dingbell.storage import days
from dingbell.storage.times import DAY, MINUTE
from dingbell.storage.writer import Task, Writer
from dingbell.users import tokens

_ALIVE = "alive_day"


@dataclass(frozen=True, slots=True)
class Watching:
    """`silent_minutes` 0 and `alive_at` "" are off."""

    zone: tzinfo
    silent_minutes: int = 0
    alive_at: str = ""


@dataclass(frozen=True, slots=True)
class _Daily:
    day: int
    message: Message = field(compare=False)


class SelfWatch:
    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], int],
        hearing: Hearing,
        notices: SystemNotices,
        watching: Watching,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._hearing = hearing
        self._notices = notices
        self._watching = watching
        self._listening_us = clock()
        self._lanes: Task[silence.Change, None] = Task("silent_lanes", self._note_lanes)
        self._sources: Task[int, None] = Task("heard_sources", self._note_sources)
        self._daily: Task[_Daily, None] = Task("alive", self._say_alive)

    def look(self) -> None:
        """Call it, or each of its parts, once a minute. Raises StorageUnavailable, DatabaseError."""
        for part in self.parts:
            part()

    def listen_anew(self) -> None:
        """The clock was set: how long ago a source was heard says little."""
        self._listening_us = self._clock()

    @property
    def parts(self) -> tuple[Callable[[], None], ...]:
        """They stand alone: one that fails need not keep the others from looking."""
        return self._look_at_lanes, self._look_at_sources, self._look_at_clock

    def _look_at_lanes(self) -> None:
        now_us = self._clock()
        limit_us = self._watching.silent_minutes * MINUTE
        if limit_us:
            known = silence.known()
            found = silence.change(silence.lanes(known, limit_us, now_us), known, limit_us, now_us)
            if found:
                self._writer.submit(self._lanes, found).result()

    def _look_at_sources(self) -> None:
        self._writer.submit(self._sources, self._clock()).result()

    def _look_at_clock(self) -> None:
        now_us = self._clock()
        if self._watching.alive_at:
            day = self_reports.due_day(now_us, self._watching.zone, self._watching.alive_at)
            if days.last(_ALIVE) < day:
                message = self_reports.alive(_wellbeing(now_us), now_us, self._watching.zone)
                self._writer.submit(self._daily, _Daily(day, message)).result()

    # --- inside the transaction -------------------------------------------------------------------------

    def _note_lanes(self, changes: Sequence[silence.Change]) -> list[None]:
        now_us = self._clock()
        for change in changes:
            known = silence.known()
            noted = silence.note(change, now_us)
            names = silence.called({*noted.began, *noted.over, *noted.emptied})
            if noted.began:
                self._notices.owe(self._lanes_silent(noted, names, now_us))
            if noted.over or noted.emptied:
                over, emptied = ({names[lane]: known[lane] for lane in lanes} for lanes in (noted.over, noted.emptied))
                self._notices.owe(self_reports.lanes_over(over, emptied, now_us, self._watching.zone))
        return [None] * len(changes)

    def _lanes_silent(self, noted: silence.Change, names: dict[str, str], now_us: int) -> Message:
        fared = health.of_lanes(noted.began, now_us)
        ways = []
        for lane, since_us in noted.began.items():
            error = fared[lane].error
            recent = error is not None and error.at_us >= since_us - MINUTE
            why = errors.hint(error.reason, "zh") if error is not None and recent else ""
            ways.append(SilentWay(names[lane], since_us, why))
        limit_us = self._watching.silent_minutes * MINUTE
        all_of_them = silence.known().keys() >= silence.with_work() and not silence.any_taken(now_us - limit_us)
        return self_reports.lanes_silent(ways, all_of_them=all_of_them, now_us=now_us, zone=self._watching.zone)

    def _note_sources(self, moments: Sequence[int]) -> list[None]:
        now_us = max(moments)
        heard = self._hearing.heard()
        if heard.sources or heard.tokens:
            ids = {digest: grant.id for digest, grant in tokens.grants().items()}
            sources.hear(
                {name: (us, ids.get(token or "")) for name, (us, token) in heard.sources.items()},
                {ids[token]: us for token, us in heard.tokens.items() if token in ids},
            )
            transaction.on_commit(lambda: self._hearing.forget(heard))
        watched = sources.watched()
        noted = sources.note(sources.change(watched, self._listening_us, now_us))
        zone = self._watching.zone
        if noted.began:
            minutes = {one.name: one.minutes for one in watched}
            self._notices.owe(self_reports.sources_silent(noted.began, minutes, zone))
        if noted.over:
            since = {one.name: one.silent_us or now_us for one in watched}
            self._notices.owe(self_reports.sources_heard(noted.over, since, zone))
        return [None] * len(moments)

    def _say_alive(self, wanted: Sequence[_Daily]) -> list[None]:
        for one in wanted:
            if days.claim(_ALIVE, one.day):
                self._notices.owe(one.message)
        return [None] * len(wanted)


def _wellbeing(now_us: int) -> Wellbeing:
    alarms = listing.counts()
    lately = records.counts_since(now_us - DAY)
    return Wellbeing(
        active=alarms[State.ACTIVE_UNACKED] + alarms[State.ACTIVE_ACKED],
        unacked=alarms[State.ACTIVE_UNACKED] + alarms[State.CLEARED_UNACKED],
        sent=lately[DeliveryState.SENT],
        failed=lately[DeliveryState.FAILED],
        expired=lately[DeliveryState.EXPIRED],
        waiting=sum(backlog.backlog(now_us).waiting.values()),
        silent_ways=sorted(silence.called(silence.known()).values()),
        silent_sources=[one.name for one in sources.silent()],
        quotas=[Quota(one.organisation, one.pool.value, one.used, one.limit) for one in quota.accounts(now_us)],
    )
