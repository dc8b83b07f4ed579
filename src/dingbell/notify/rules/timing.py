"""When a block speaks, how often, and what makes it silent: TimingDocument checked and compiled. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dingbell.alarms.alarm import Alarm, EventKind, Transition
from dingbell.notify.manner import Manner
from dingbell.notify.refusals import Findings
from dingbell.notify.rules.documents import GatherDocument, TimingDocument
from dingbell.storage.times import MINUTE, SECOND

DROP, HOLD = "drop", "hold"
OUTSIDE_SCHEDULE, DELAYED, GATHERING = "outside_schedule", "delayed", "gathering"
PUT_OFF = frozenset({OUTSIDE_SCHEDULE, DELAYED, GATHERING})  # why a pending message is not due yet
# What says that something is wrong. The end of it, and what people did, is told without delay.
ALERTS = frozenset({EventKind.RAISED, EventKind.CHANGED, EventKind.UNSHELVED})
_UNLESS = {"acked": Manner.UNLESS_ACKED, "cleared": Manner.UNLESS_CLEARED, "shelved": Manner.UNLESS_SHELVED}


def check(given: TimingDocument, place: str, findings: Findings) -> None:
    """Note what cannot be kept, each at its field below `place`."""
    numbers = (
        ("delay_s", given.delay_s, 86_400), ("repeat_minutes", given.repeat_minutes, 10_080),
        ("repeat_most", given.repeat_most, 100), ("gather.delay_s", given.gather.delay_s, 3_600),
        ("gather.every_s", given.gather.every_s, 86_400),
    )  # fmt: skip
    for field, number, most in numbers:
        if not 0 <= number <= most:
            findings.add(f"{place}.{field}", _("应在 0 和 %(most)d 之间") % {"most": most})
    for position, word in enumerate(given.quiet):
        if word not in _UNLESS:
            findings.add(f"{place}.quiet[{position}]", _unknown(word, [*_UNLESS]))
    if given.outside not in (DROP, HOLD):
        findings.add(f"{place}.outside", _unknown(given.outside, [DROP, HOLD]))


def _unknown(word: str, known: list[str]) -> str:
    return _("没有这个选项：%(word)s。可用：%(known)s") % {"word": word[:40], "known": ", ".join(known)}


@dataclass(frozen=True, slots=True)
class Owed:
    """When a message of the block goes, in what manner, and why not at once ("": nothing keeps it)."""

    due_us: int
    manner: int
    reason: str = ""


class Window:
    """Messages collected: from the first one on for `delay_us`, the ends at least `every_us` apart.

    It is remembered where it is used, not stored: a restart, or another node, opens a window of its own.
    """

    __slots__ = ("_delay_us", "_every_us", "_until_us")

    def __init__(self, delay_us: int, every_us: int) -> None:
        self._delay_us = delay_us
        self._every_us = every_us
        self._until_us: int | None = None

    def end(self, ready_us: int) -> int:
        """When the window ends into which a message falls that is ready at this moment."""
        until_us = self._until_us
        if until_us is None or ready_us > until_us:
            end_us = ready_us + self._delay_us
            self._until_us = until_us = end_us if until_us is None else max(end_us, until_us + self._every_us)
        # What goes without the block's delay need not wait for a window that opens after it.
        return min(until_us, ready_us + max(self._delay_us, self._every_us))


@dataclass(frozen=True, slots=True)
class Timing:
    """Of one block that asks for any. `quiet` is for what waits; `told_only`: recoveries go to who was told.

    `repeat_us` 0: it does not repeat itself; `repeat_most` 0: without end. `tells_active`: its rule does, so that a
    recovery can be one of what was told.
    """

    block_id: int
    delay_us: int
    repeat_us: int
    repeat_most: int
    quiet: Manner
    told_only: bool
    tells_active: bool
    window: Window | None

    def owed(self, kind: EventKind, manner: int, now_us: int, opens_us: int = 0, *, again: bool = False) -> Owed:
        """`manner` is asked for anyway. `opens_us` is when the schedule opens that keeps it; `again`: a repetition."""
        is_alert = kind in ALERTS
        delay_us = self.delay_us if is_alert and not again else 0
        due_us = max(now_us + delay_us, opens_us)
        reason = OUTSIDE_SCHEDULE if opens_us > now_us + delay_us else DELAYED if delay_us else ""
        if self.window is not None:
            due_us = self.window.end(due_us)
            manner |= Manner.GATHERED
            reason = reason or GATHERING
        waits = due_us > now_us
        if is_alert and (waits or again):
            manner |= self.quiet
        elif kind is EventKind.CLEARED and (self.told_only or (waits and self.tells_active and self.quiet)):
            manner |= Manner.IF_TOLD
        return Owed(due_us, int(manner), reason)

    def begins_to_repeat(self, happened: Transition) -> bool:
        """Whether the block tells of this event again and again."""
        alarm = happened.alarm
        return self.repeat_us > 0 and happened.kind in ALERTS and alarm.active and not self.is_silenced_by(alarm)

    def is_silenced_by(self, alarm: Alarm) -> bool:
        """Whether nothing is repeated of an alarm that stands like this; one that is all over is never repeated."""
        return (
            (not alarm.active and (alarm.acked or bool(self.quiet & Manner.UNLESS_CLEARED)))
            or (alarm.acked and bool(self.quiet & Manner.UNLESS_ACKED))
            or (alarm.shelved and bool(self.quiet & Manner.UNLESS_SHELVED))
        )

    def repeats_at(self, now_us: int, opens_us: int = 0) -> int:
        """When the first repetition is due of what is owed now."""
        return max(now_us + self.delay_us, opens_us) + self.repeat_us


def compiled(block_id: int, asked: TimingDocument, *, tells_active: bool) -> Timing | None:
    """None for a block that tells at once and once, as most do."""
    plain = TimingDocument(quiet=asked.quiet, recall_on_clear=asked.recall_on_clear, receipts=asked.receipts)
    if asked == plain:
        return None
    quiet = Manner(0)
    for word in asked.quiet:
        quiet |= _UNLESS[word]
    if asked.delay_s:  # an alarm that is over did not last
        quiet |= Manner.UNLESS_CLEARED
    gathers = asked.gather != GatherDocument()
    may_withhold = bool(quiet) and (asked.delay_s > 0 or gathers)
    return Timing(
        block_id=block_id,
        delay_us=asked.delay_s * SECOND,
        repeat_us=asked.repeat_minutes * MINUTE,
        repeat_most=asked.repeat_most,
        quiet=quiet,
        told_only=tells_active and (asked.recovery_to_told or may_withhold),
        tells_active=tells_active,
        window=Window(asked.gather.delay_s * SECOND, asked.gather.every_s * SECOND) if gathers else None,
    )


def manner_of_people(asked: TimingDocument) -> Manner:
    """What a block asks of its messages to people, whenever they go."""
    recall = Manner.RECALL if asked.recall_on_clear else Manner(0)
    return recall | (Manner.RECEIPTS if asked.receipts else Manner(0))
