"""From reports to owed deliveries, in one transaction (design §3): lifecycle → matching → outbox.

The whole order of things until DingTalk is called stands here and in worker.py.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from dingbell.alarms import lifecycle, presence, store
from dingbell.alarms.alarm import Alarm, Report, Transition
from dingbell.alarms.models import AlarmRow, Event
from dingbell.delivery import outbox, repetitions
from dingbell.delivery.models import Delivery
from dingbell.notify import routing
from dingbell.notify.routing import Routes
from dingbell.pipeline import measures
from dingbell.pipeline.hearing import Hearing
from dingbell.pipeline.traffic import Traffic
from dingbell.storage import versions
from dingbell.storage.numbering import Numbering
from dingbell.storage.versions import Subject
from dingbell.storage.writer import Receiver, StorageUnavailable, Task, Writer
from dingbell.users import tokens
from dingbell.users.tokens import Grant

_CACHED_ALARMS = 200_000


@dataclass(frozen=True, slots=True)
class Submission:
    """What one request brought. `token` is the digest it came with, None for a source inside the product."""

    reports: Sequence[Report]
    receipt_us: int
    token: str | None = None


class TokenRevoked(Exception):
    """The token was revoked between the first look at it and the write."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a person does to an alarm: one of lifecycle's acts that wants nothing but the alarm any more."""

    alarm_id: int
    act: Callable[[Alarm], Transition]


class UnknownAlarm(Exception):
    """No alarm has this id."""


@dataclass
class _Batch:
    """What one transaction changes."""

    now_us: int
    routes: Routes
    alarms: dict[store.Identity, Alarm] = field(default_factory=dict)
    stood: dict[store.Identity, Alarm] = field(default_factory=dict)  # as their rows have them
    new: set[store.Identity] = field(default_factory=set)  # without a row yet
    changed: dict[store.Identity, Alarm] = field(default_factory=dict)
    transitions: list[tuple[Transition, int]] = field(default_factory=list)  # with their receipt

    def put(self, alarm: Alarm, transition: Transition | None, receipt_us: int) -> None:
        identity = alarm.source, alarm.key
        self.alarms[identity] = self.changed[identity] = alarm
        if transition is not None:
            self.transitions.append((transition, receipt_us))


class Intake:
    """Everything that changes an alarm goes through here and so through the writer."""

    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], int],
        wake: Callable[[set[str]], None],
        traffic: Traffic | None = None,
        begin: Callable[[set[str]], set[str]] = set.copy,
    ) -> None:
        """`clock` gives microseconds; `wake` is told the lanes that got something to send, after the commit.

        `begin` is asked before it to begin sending there in the same transaction, and answers with the others.
        """
        self._traffic = traffic or Traffic()
        self.hearing = Hearing()
        self._writer = writer
        self._clock = clock
        self._wake = wake
        self._begin_sending = begin
        self._cache: dict[store.Identity, Alarm] | None = {} if connection.vendor == "sqlite" else None
        self._uncommitted: dict[store.Identity, Alarm] = {}  # what earlier tasks of this transaction changed
        self._transaction = 0
        self._starting = True  # until the silence before this process is made up for
        self._routes = Routes(-1, [])
        self._grants: tuple[int, dict[str, Grant]] = (-1, {})
        self._used: set[str] = set()
        self._lanes: set[str] = set()  # known to have a row
        self._alarm_ids = Numbering(AlarmRow)
        self._event_ids = Numbering(Event)
        self.delivery_ids = Numbering(Delivery)  # whoever else owes something takes its numbers here
        self._submitted: Task[Submission, TokenRevoked | None] = Task("submit", self._submit)
        self._commanded: Task[Command, Any] = Task("command", self._command)
        self._expired: Task[int, None] = Task("expire", self._expire)
        self._shelved_until: Task[int, None] = Task("unshelve", self._unshelve)

    async def submit(self, submission: Submission) -> None:
        """Returns once everything is on disk. Raises StorageUnavailable (nothing written) or TokenRevoked."""
        weight = max(1, len(submission.reports))
        refused = await self._writer.submit_async(self._submitted, submission, weight=weight)
        if refused is not None:
            raise refused

    def submit_for(
        self, receiver: Receiver[TokenRevoked | None], loop: AbstractEventLoop, submission: Submission
    ) -> None:
        """`submit` without a coroutine: `receiver` gets the answer in `loop`. Raises StorageUnavailable at once."""
        weight = max(1, len(submission.reports))
        self._writer.submit_for(receiver, loop, self._submitted, submission, weight=weight)

    def submit_and_wait(self, submission: Submission) -> None:
        """`submit` for a thread."""
        weight = max(1, len(submission.reports))
        refused = self._writer.submit(self._submitted, submission, weight=weight).result()
        if refused is not None:
            raise refused

    def command(self, command: Command) -> Alarm:
        """The alarm after it. Raises UnknownAlarm, lifecycle.Refused, StorageUnavailable."""
        answer: Alarm = self._writer.submit(self._commanded, command).result()
        return answer

    def command_all(self, commands: Sequence[Command]) -> list[Alarm | Exception]:
        """What became of each: the alarm after it, or what `command` would have raised."""
        under_way = [self._writer.submit(self._commanded, command) for command in commands]
        return [_outcome(future) for future in under_way]

    def expire(self) -> None:
        """Clear alarms whose source fell silent. Costs one read when there are none that could be."""
        if store.any_may_expire():
            self._writer.submit(self._expired, self._clock()).result()

    def unshelve(self) -> None:
        """Take back what was shelved long enough. Costs one read when there is nothing."""
        now_us = self._clock()
        if store.any_shelved_until(now_us):
            self._writer.submit(self._shelved_until, now_us).result()

    def acknowledge_stale(self, after_us: int) -> None:
        """Acknowledge what nobody saw to within `after_us` of its raising or, if it is over, of its clearing."""
        now_us = self._clock()
        commands = [
            Command(alarm.id, partial(_acknowledge_stale, before_us=now_us - after_us, at_us=now_us))
            for alarm in store.stale(now_us - after_us, 1_000)
        ]
        self.command_all(commands)

    def grant(self, digest: str) -> Grant | None:
        """What this token may do, as known to the last batch: a first look that costs nothing."""
        return self._grants[1].get(digest)

    def refresh_grants(self) -> None:
        """Read the tokens now, for one that no batch has seen yet."""
        self._grants = (-1, tokens.grants())

    def note_used_tokens(self) -> None:
        """Remember which tokens were used since the last call; called once a minute, not once an event."""
        used, self._used = self._used, set()
        if used:
            tokens.mark_used([grant.id for digest in used if (grant := self.grant(digest))], timezone.now())

    def forget_windows(self) -> None:
        """The clock was set: blocks that collect open windows of their own again. In the writer's thread."""
        self._routes = Routes(-1, [])

    # --- inside the transaction -------------------------------------------------------------------------

    def _submit(self, submissions: Sequence[Submission]) -> list[TokenRevoked | None]:
        batch = self._begin()
        grants = self._grants[1]
        refused = [s.token is not None and s.token not in grants for s in submissions]
        accepted = [s for s, no in zip(submissions, refused, strict=True) if not no]
        self._traffic.note(sum(len(s.reports) for s in accepted), batch.now_us)
        for s in accepted:
            self.hearing.note(s.reports, s.receipt_us, s.token)
        self._used.update(s.token for s in accepted if s.token is not None)
        if any(report.expires_us is not None for s in accepted for report in s.reports):
            self._make_up_for_silence(batch)
        self._load(batch, dict.fromkeys((r.source, r.key) for s in accepted for r in s.reports))
        for submission in accepted:
            receipt_us = submission.receipt_us
            for report in submission.reports:
                known = batch.alarms[report.source, report.key]
                alarm, transition = lifecycle.apply(known, report, receipt_us)
                if alarm is not known:
                    batch.put(alarm, transition, receipt_us)
        self._record(batch)
        return [TokenRevoked() if no else None for no in refused]

    def _command(self, wanted: Sequence[Command]) -> list[Alarm | Exception]:
        batch = self._begin()
        known = store.fetch_by_id([one.alarm_id for one in wanted])
        self._load(batch, {(alarm.source, alarm.key) for alarm in known.values()})
        answers: list[Alarm | Exception] = []
        for one in wanted:
            found = known.get(one.alarm_id)
            if found is None:
                answers.append(UnknownAlarm())
                continue
            alarm = batch.alarms[found.source, found.key]
            try:
                transition = one.act(alarm)
            except lifecycle.Refused as error:
                answers.append(error)
                continue
            batch.put(transition.alarm, transition, transition.time_us)
            answers.append(transition.alarm)
        self._record(batch)
        return answers

    def _expire(self, moments: Sequence[int]) -> list[None]:
        batch = self._begin()
        self._make_up_for_silence(batch)
        due = store.due_to_expire(max(moments), 1_000)
        self._load(batch, {(alarm.source, alarm.key) for alarm in due})
        for known in due:
            alarm = batch.alarms[known.source, known.key]
            if alarm.active and alarm.expires_us is not None and alarm.expires_us <= max(moments):
                transition = lifecycle.expire(alarm)
                batch.put(transition.alarm, transition, batch.now_us)
        self._record(batch)
        return [None] * len(moments)

    def _unshelve(self, moments: Sequence[int]) -> list[None]:
        batch = self._begin()
        due = store.shelved_until(max(moments), 1_000)
        self._load(batch, {(alarm.source, alarm.key) for alarm in due})
        for known in due:
            alarm = batch.alarms[known.source, known.key]
            if alarm.shelved_until_us is not None and alarm.shelved_until_us <= max(moments):
                transition = lifecycle.unshelve(alarm, actor="", at_us=alarm.shelved_until_us)
                batch.put(transition.alarm, transition, batch.now_us)
        self._record(batch)
        return [None] * len(moments)

    def _make_up_for_silence(self, batch: _Batch) -> None:
        silence_us = presence.note(batch.now_us, starting=self._starting)
        if self._starting:
            transaction.on_commit(self._started)
        if silence_us:
            store.postpone_expiry(silence_us)
            if self._cache is not None:
                self._cache.clear()
                self._uncommitted.clear()

    def _started(self) -> None:
        self._starting = False

    def routes(self) -> Routes:
        """What decides who is told, as this transaction sees it. Only inside the writer's transaction."""
        seen = versions.current()
        if seen[Subject.CONFIGURATION] != self._routes.version:
            self._routes = routing.load(seen[Subject.CONFIGURATION])
        if seen[Subject.TOKENS] != self._grants[0]:
            self._grants = (seen[Subject.TOKENS], tokens.grants())
        return self._routes

    def _begin(self) -> _Batch:
        routes = self.routes()
        if self._writer.transaction != self._transaction:  # what the last one left is committed, or rolled back
            self._transaction = self._writer.transaction
            self._uncommitted = {}
        return _Batch(self._clock(), routes)

    def _load(self, batch: _Batch, identities: Collection[store.Identity]) -> None:
        """Put the alarms of these identities into the batch, new ones with an id of their own, in this order."""
        self._find(batch, identities)
        batch.stood = batch.alarms.copy()

    def _find(self, batch: _Batch, identities: Collection[store.Identity]) -> None:
        cache = self._cache
        if cache is None:
            self._load_locked(batch, identities)
            return
        batch.alarms = {identity: cache[identity] for identity in identities if identity in cache}
        batch.alarms |= {identity: alarm for identity, alarm in self._uncommitted.items() if identity in identities}
        unknown = [identity for identity in identities if identity not in batch.alarms]
        if unknown:
            batch.alarms |= store.fetch(unknown)
            new = [identity for identity in unknown if identity not in batch.alarms]
            for (source, key), id_ in zip(new, self._alarm_ids.take(len(new)), strict=True):
                batch.alarms[source, key] = Alarm(id=id_, source=source, key=key)
            batch.new.update(new)

    def _load_locked(self, batch: _Batch, identities: Collection[store.Identity]) -> None:
        wanted = sorted(identities)
        known = store.fetch(wanted)
        new = [identity for identity in identities if identity not in known]
        if new:
            store.reserve(new, list(self._alarm_ids.take(len(new))))
        batch.alarms = store.fetch(wanted, lock=True)

    def _record(self, batch: _Batch) -> None:
        """Alarms, journal and outbox of the batch; what follows the commit is registered."""
        if batch.changed:
            new = batch.changed.keys() & batch.new
            if new:
                store.insert(batch.changed[identity] for identity in new)
            if len(new) < len(batch.changed):
                stood = batch.stood
                store.update((stood[one], alarm) for one, alarm in batch.changed.items() if one not in new)
        if batch.transitions:
            kinds = Counter(transition.kind.value for transition, _ in batch.transitions)
            transaction.on_commit(lambda: measures.transitions(kinds))
            lanes = self._owe(batch)
            others = lanes if self._traffic.is_storm(batch.now_us) else self._begin_sending(lanes)
            if others:
                transaction.on_commit(lambda: self._wake(others))
        if self._cache is not None:
            self._uncommitted |= batch.alarms
            cache, alarms = self._cache, self._uncommitted
            transaction.on_commit(lambda: _remember(cache, alarms))

    def _owe(self, batch: _Batch) -> set[str]:
        """Journal the transitions and write what they owe; the lanes with something to send."""
        events, owed, received = [], [], dict[int, int]()
        for event_id, (transition, receipt_us) in zip(
            self._event_ids.take(len(batch.transitions)), batch.transitions, strict=True
        ):
            alarm = transition.alarm
            events.append((
                event_id, alarm.id, transition.kind.value, transition.time_us, receipt_us,
                transition.entered.value if transition.entered else "", transition.priority_rose, transition.actor,
                transition.note, batch.routes.version, store.snapshot(alarm),
            ))  # fmt: skip
            received[event_id] = receipt_us
            owed += [(event_id, transition, target) for target in batch.routes.targets(transition, batch.now_us)]
        store.append(events)
        rows = [
            outbox.delivery_row(delivery_id, event_id, transition, target, batch.now_us, received_us=received[event_id])
            for delivery_id, (event_id, transition, target) in zip(self.delivery_ids.take(len(owed)), owed, strict=True)
        ]
        if rows:
            outbox.insert(rows)
        if batch.routes.repeats:
            repetitions.begin(owed, batch.now_us)
        lanes = {target.lane for _, _, target in owed if not target.suppressed}
        fresh = lanes - self._lanes
        if fresh:
            outbox.open_lanes(fresh)
            transaction.on_commit(lambda: self._lanes.update(fresh))
        return lanes


def _acknowledge_stale(alarm: Alarm, *, before_us: int, at_us: int) -> Transition:
    """Raises RaisedAgain when the alarm came or went since it was found stale."""
    since_us = alarm.raised_us if alarm.active else alarm.cleared_us
    if since_us is None or since_us > before_us:
        raise lifecycle.RaisedAgain
    return lifecycle.acknowledge_stale(alarm, at_us=at_us)


def _outcome(future: Future[Any]) -> Alarm | Exception:
    try:
        answer: Alarm = future.result()
    except (UnknownAlarm, lifecycle.Refused, StorageUnavailable) as error:
        return error
    return answer


def _remember(cache: dict[store.Identity, Alarm], alarms: dict[store.Identity, Alarm]) -> None:
    if len(cache) > _CACHED_ALARMS:
        cache.clear()  # rare, and every alarm is in the database
    cache.update(alarms)
