"""撤回: taking account messages back out of people's chats, by hand and where a block wants it when its alarm is over.

What is asked for is on disk before DingTalk is called; who carries it out may be another process than who asked.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from dingbell.alarms.models import Event
from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk import recall as channel
from dingbell.channels.dingtalk.token import Tokens
from dingbell.channels.http import Http
from dingbell.delivery import quota, recalls
from dingbell.delivery.mode import Mode
from dingbell.delivery.models import Delivery, Recall, Send, SendKind
from dingbell.delivery.recalls import Answered, Call, Place, Settle, Taken
from dingbell.delivery.receipts import KNOWN_FOR_US
from dingbell.pipeline import measures
from dingbell.pipeline.receipts import against
from dingbell.pipeline.sent_by import NotAvailable, sent_by
from dingbell.storage.times import MINUTE, SECOND, from_us
from dingbell.storage.writer import Task, Writer
from dingbell.users import acting, audit

MOST_OF_AN_ALARM = 5_000
_LOOKS_A_TURN = 5
_PUT_OFF_US = 10 * MINUTE
_LONGEST_WAIT_US = 10 * MINUTE
_LOOK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class Outcome:
    """`asked` are the deliveries whose recall stands on disk; `refused` are reasons by id."""

    asked: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """`alarm_id` 0: the deliveries of `ids` whatever they tell of."""

    ids: tuple[int, ...]
    alarm_id: int
    actor: str


class Recalls:
    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], int],
        http: Http,
        tokens: Tokens,
        pause: Callable[[], object],
        wake: Callable[[], object],
    ) -> None:
        """`pause` keeps the app's pace; `wake` is called when there is something to carry out."""
        self._writer = writer
        self._clock = clock
        self._http = http
        self._tokens = tokens
        self._pause = pause
        self._wake = wake
        self._place = Place()
        self._wanted: Task[_Wanted, Outcome] = Task("recall", self._ask)
        self._settled: Task[Settle, int] = Task("recall_cleared", recalls.settle)
        self._due: Task[int, list[Taken]] = Task("recalls_due", recalls.take_due)
        self._finished: Task[Call, None] = Task("recalls_answered", recalls.finish)

    # --- asked for by people ----------------------------------------------------------------------------

    def recall(self, ids: Collection[int], actor: str) -> Outcome:
        """Take these back, each with everybody its call went to. Raises StorageUnavailable."""
        wanted = _Wanted(tuple(dict.fromkeys(ids)), 0, actor)
        return self._writer.submit(self._wanted, wanted, weight=max(1, len(wanted.ids))).result()

    def recall_alarm(self, alarm_id: int, actor: str) -> Outcome:
        """Take back what people got about this alarm in the last 24 hours, recoveries too: the newest 5,000.

        A digest stays: it tells of others as well. Raises StorageUnavailable.
        """
        since_us = self._clock() - KNOWN_FOR_US
        # No `state` here: SQLite would read all that was ever sent.
        found = Delivery.objects.filter(
            event_id__in=Event.objects.filter(alarm_id=alarm_id).values("id"), sent_us__gt=since_us,
            account_id__isnull=False, recalled_us=None, hidden=False,
        )  # fmt: skip
        ids = tuple(found.order_by("-id").values_list("id", flat=True)[:MOST_OF_AN_ALARM])
        if not ids:
            return Outcome()
        return self._writer.submit(self._wanted, _Wanted(ids, alarm_id, actor), weight=len(ids)).result()

    @staticmethod
    def wait(ids: Collection[int], seconds: float) -> dict[int, Recall]:
        """How the recalls of these deliveries fare, once they are over or the time is. Outside a transaction."""
        ends = time.monotonic() + seconds
        sends = dict(Delivery.objects.filter(id__in=ids).values_list("id", "send_id"))
        while True:
            found = Recall.objects.in_bulk(set(sends.values()))
            if all(one.due_us is None for one in found.values()) or time.monotonic() >= ends:
                return {delivery: found[send] for delivery, send in sends.items() if send in found}
            time.sleep(_LOOK_AGAIN_S)

    def _ask(self, wanted: Sequence[_Wanted]) -> list[Outcome]:
        return [self._ask_one(one) for one in wanted]

    def _ask_one(self, wanted: _Wanted) -> Outcome:
        now_us = self._clock()
        outcome = Outcome()
        found = {one.id: one for one in Delivery.objects.in_bulk(wanted.ids).values() if not one.hidden}
        known = Send.objects.only("kind", "process_query_key").in_bulk({one.send_id for one in found.values()})
        for id_ in wanted.ids:
            delivery = found.get(id_)
            reason = against(delivery, now_us)
            send = known.get(delivery.send_id) if delivery else None
            if not reason and (send is None or not send.process_query_key):
                reason = "without_key"
            if not reason and send is not None and wanted.alarm_id and send.kind == SendKind.DIGEST:
                reason = "among_others"
            if reason:
                outcome.refused[id_] = reason
            else:
                outcome.asked.append(id_)
        recalls.ask({found[id_].send_id for id_ in outcome.asked}, wanted.actor, now_us)
        self._note([found[id_] for id_ in outcome.asked], wanted.actor)
        transaction.on_commit(self._wake)
        return outcome

    @staticmethod
    def _note(deliveries: Iterable[Delivery], actor: str) -> None:
        """Each with its own entry in the audit."""
        with acting.acting_as(actor):
            for one in deliveries:
                before = {"state": one.state, "receiver": one.receiver_name}
                audit.record("delivery", one.id, one.receiver_name, before, before | {"recall": True})

    # --- asked for by rules -----------------------------------------------------------------------------

    def look(self) -> None:
        """Ask for what is to be taken back because its alarm is over. Bounded: 4,500 are looked at a turn.

        Costs one read of an empty index where no block wants it. Raises StorageUnavailable.
        """
        for _turn in range(_LOOKS_A_TURN):
            now_us = self._clock()
            found = recalls.look(self._place, now_us)
            if found.over or found.late:
                settle = Settle(tuple(found.over), tuple(found.late), now_us)
                self._writer.submit(self._settled, settle, weight=len(found.over) + len(found.late)).result()
            self._place = found.following or Place()
            if found.following is None:
                return

    # --- carried out ------------------------------------------------------------------------------------

    def carry_out(self) -> bool:
        """Call DingTalk for 20 that are due: whether there may be more. Costs one read when nothing is due.

        Raises StorageUnavailable.
        """
        now_us = self._clock()
        if not recalls.any_due(now_us):
            return False
        by_app: dict[tuple[int, str], list[Taken]] = defaultdict(list)
        for taken in self._writer.submit(self._due, now_us).result():
            by_app[taken.send.service_id, taken.send.credential].append(taken)
        for group in by_app.values():
            for start in range(0, len(group), channel.MAX_KEYS):
                call = self._call(group[start : start + channel.MAX_KEYS])
                self._writer.submit(self._finished, call).result()
        return True

    def _call(self, group: Sequence[Taken]) -> Call:
        """One call for what one app sent, unless it is not to be made."""
        service_id, credential = group[0].send.service_id, group[0].send.credential
        now_us = self._clock()
        mode = quota.mode(credential, service_id, now_us)
        if mode in (Mode.CRITICAL, Mode.STOPPED) and not any(taken.by_hand for taken in group):
            put_off = Result(Verdict.QUOTA, "waiting_for_quota")
            answers = [Answered(one.send.send_id, put_off, now_us + _PUT_OFF_US, now_us) for one in group]
            return Call(service_id, credential, None, tuple(answers), now_us)
        try:
            robot = sent_by(service_id, credential)
        except NotAvailable as no:
            gone = Result(Verdict.REFUSED_CONFIGURATION, no.reason)
            return Call(service_id, credential, None, tuple(_answered(one, gone, now_us) for one in group), now_us)
        self._pause()
        keys = [one.send.process_query_key for one in group]
        recalled = channel.recall(self._http, self._tokens, robot.app, robot.robot_code, keys, from_us(now_us))
        measures.asked("recall", recalled.result)
        at_us = self._clock()
        answers = [
            _answered(one, recalled.keys.get(one.send.process_query_key, recalled.result), at_us) for one in group
        ]
        return Call(service_id, credential, recalled.result, tuple(answers), at_us)


def _answered(taken: Taken, result: Result, at_us: int) -> Answered:
    """With when to try again, if ever: until DingTalk takes nothing back any more."""
    if result.verdict not in (Verdict.RETRY, Verdict.HOLD, Verdict.UNKNOWN):
        return Answered(taken.send.send_id, result, None, at_us)
    wait_us = max(int(result.wait_s * SECOND), min(SECOND << min(taken.tries, 12), _LONGEST_WAIT_US))
    due_us = at_us + wait_us if at_us + wait_us < taken.send.sent_us + KNOWN_FOR_US else None
    return Answered(taken.send.send_id, result, due_us, at_us)
