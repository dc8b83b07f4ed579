"""When a message of a block is due and what is asked before it goes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.alarms.alarm import EventKind
from dingbell.notify.manner import Manner
from dingbell.notify.refusals import Findings
from dingbell.notify.rules import timing
from dingbell.notify.rules.documents import GatherDocument, TimingDocument
from dingbell.notify.rules.timing import ALERTS, Owed, Window
from dingbell.storage.times import HOUR, MINUTE, SECOND

NOW = 1_800_000_000 * SECOND
QUIET = Manner.UNLESS_CLEARED | Manner.UNLESS_ACKED | Manner.UNLESS_SHELVED
OTHERS = sorted(frozenset(EventKind) - ALERTS)


def owed(asked: TimingDocument, kind: EventKind = EventKind.RAISED, *, opens_us: int = 0, again: bool = False) -> Owed:
    made = timing.compiled(1, asked, tells_active=True)
    assert made is not None
    return made.owed(kind, 0, NOW, opens_us, again=again)


@pytest.mark.parametrize(
    "asked",
    [TimingDocument(), TimingDocument(quiet=[]), TimingDocument(recall_on_clear=True, receipts=True, quiet=["acked"])],
)
def test_what_tells_at_once_has_no_timing(asked: TimingDocument) -> None:
    assert timing.compiled(1, asked, tells_active=True) is None


def test_alerts_wait_and_ask_first_while_the_rest_goes_at_once() -> None:
    asked = TimingDocument(delay_s=30)
    for kind in ALERTS:
        assert owed(asked, kind) == Owed(NOW + 30 * SECOND, QUIET, "delayed")
    for kind in OTHERS:
        manner = Manner.IF_TOLD if kind is EventKind.CLEARED else 0
        assert owed(asked, kind) == Owed(NOW, manner)


def test_the_first_message_of_a_block_that_repeats_costs_no_question() -> None:
    asked = TimingDocument(repeat_minutes=10)
    assert owed(asked) == Owed(NOW, 0)
    assert owed(asked, EventKind.CLEARED) == Owed(NOW, 0)
    assert owed(asked, again=True) == Owed(NOW, QUIET)


def test_a_repetition_is_not_delayed_again() -> None:
    assert owed(TimingDocument(delay_s=30, repeat_minutes=10), again=True) == Owed(NOW, QUIET)


def test_boxes_that_are_not_ticked_are_not_asked_but_a_delay_wants_the_alarm_to_last() -> None:
    asked = TimingDocument(delay_s=30, quiet=["shelved"])
    assert owed(asked).manner == Manner.UNLESS_SHELVED | Manner.UNLESS_CLEARED
    assert owed(TimingDocument(repeat_minutes=1, quiet=["acked"]), again=True).manner == Manner.UNLESS_ACKED


def test_what_a_schedule_keeps_goes_when_it_opens() -> None:
    asked, opens_us = TimingDocument(outside="hold"), NOW + HOUR
    assert owed(asked, opens_us=opens_us) == Owed(opens_us, QUIET, "outside_schedule")
    assert owed(asked, EventKind.CLEARED, opens_us=opens_us) == Owed(opens_us, Manner.IF_TOLD, "outside_schedule")
    assert owed(asked, EventKind.ACKED, opens_us=opens_us) == Owed(opens_us, 0, "outside_schedule")
    assert owed(asked) == Owed(NOW, 0)
    delayed = TimingDocument(outside="hold", delay_s=7200)
    assert owed(delayed, opens_us=opens_us) == Owed(NOW + 2 * HOUR, QUIET, "delayed")


def test_recoveries_go_to_who_was_told_only_where_the_rule_tells_of_alarms() -> None:
    asked = TimingDocument(recovery_to_told=True)
    assert owed(asked, EventKind.CLEARED) == Owed(NOW, Manner.IF_TOLD)
    assert owed(asked) == Owed(NOW, 0)
    only_recoveries = timing.compiled(1, asked, tells_active=False)
    assert only_recoveries is not None
    assert only_recoveries.owed(EventKind.CLEARED, 0, NOW) == Owed(NOW, 0)


def test_what_is_collected_goes_at_the_end_of_the_window() -> None:
    asked = TimingDocument(gather=GatherDocument(delay_s=20))
    assert owed(asked) == Owed(NOW + 20 * SECOND, QUIET | Manner.GATHERED, "gathering")
    assert owed(asked, EventKind.CLEARED).manner == Manner.GATHERED | Manner.IF_TOLD
    assert owed(asked, EventKind.ACKED).manner == Manner.GATHERED


def test_what_is_asked_anyway_stays() -> None:
    made = timing.compiled(1, TimingDocument(delay_s=1), tells_active=True)
    assert made is not None
    assert made.owed(EventKind.RAISED, Manner.RECEIPTS, NOW).manner == QUIET | Manner.RECEIPTS


def test_people_are_asked_for_receipts_and_recalls() -> None:
    assert timing.manner_of_people(TimingDocument()) == 0
    assert timing.manner_of_people(TimingDocument(receipts=True)) == Manner.RECEIPTS
    assert timing.manner_of_people(TimingDocument(recall_on_clear=True)) == Manner.RECALL


@given(
    delay_s=st.integers(0, 3600), every_s=st.integers(0, 7200),
    pauses_s=st.lists(st.integers(0, 5000), min_size=1, max_size=40),
)  # fmt: skip
def test_windows_last_from_their_first_message_and_end_apart(delay_s: int, every_s: int, pauses_s: list[int]) -> None:
    window = Window(delay_s * SECOND, every_s * SECOND)
    ready_us = NOW
    ends: list[int] = []
    for pause_s in pauses_s:
        ready_us += pause_s * SECOND
        ends.append(window.end(ready_us))
        assert ready_us <= ends[-1] <= ready_us + max(delay_s, every_s) * SECOND
    assert ends[0] == NOW + pauses_s[0] * SECOND + delay_s * SECOND
    for one, following in pairwise(sorted(set(ends))):
        assert following - one >= every_s * SECOND
        assert following > one


def test_what_goes_earlier_does_not_wait_for_a_window_that_opens_later() -> None:
    window = Window(10 * SECOND, 0)
    assert window.end(NOW + HOUR) == NOW + HOUR + 10 * SECOND
    assert window.end(NOW) == NOW + 10 * SECOND


@given(
    delay_s=st.integers(0, 86_400), gather_s=st.integers(0, 3600), every_s=st.integers(0, 86_400),
    opens_s=st.integers(-100, 100_000), kind=st.sampled_from(sorted(EventKind)), again=st.booleans(),
)  # fmt: skip
def test_nothing_is_due_before_it_may_go(
    delay_s: int, gather_s: int, every_s: int, opens_s: int, kind: EventKind, again: bool
) -> None:
    asked = TimingDocument(
        delay_s=delay_s, gather=GatherDocument(delay_s=gather_s, every_s=every_s), outside="hold", repeat_minutes=1
    )
    opens_us = NOW + opens_s * SECOND
    found = owed(asked, kind, opens_us=opens_us, again=again)
    assert found.due_us >= max(NOW, opens_us)
    assert found.due_us <= max(NOW, opens_us) + (delay_s + gather_s) * SECOND
    assert (found.reason == "") == (found.due_us == NOW and not found.manner & Manner.GATHERED)
    assert not found.manner & QUIET or kind in ALERTS


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (TimingDocument(delay_s=-1), "delay_s"),
        (TimingDocument(delay_s=86_401), "delay_s"),
        (TimingDocument(repeat_minutes=10_081), "repeat_minutes"),
        (TimingDocument(repeat_most=101), "repeat_most"),
        (TimingDocument(gather=GatherDocument(delay_s=3_601)), "gather.delay_s"),
        (TimingDocument(gather=GatherDocument(every_s=-5)), "gather.every_s"),
        (TimingDocument(quiet=["acked", "holiday"]), "quiet[1]"),
        (TimingDocument(outside="wait"), "outside"),
    ],
)
def test_what_cannot_be_kept_is_named_at_its_field(given: TimingDocument, field: str) -> None:
    findings = Findings()
    timing.check(given, "notifications[0].timing", findings)
    assert [one.field for one in findings.errors] == [f"notifications[0].timing.{field}"]


def test_the_widest_is_kept() -> None:
    findings = Findings()
    widest = TimingDocument(
        delay_s=86_400, repeat_minutes=7 * 24 * 60, repeat_most=100, quiet=[], outside="hold",
        gather=GatherDocument(delay_s=3_600, every_s=86_400),
    )  # fmt: skip
    timing.check(widest, "timing", findings)
    assert not findings.errors
    assert owed(widest).due_us == NOW + 86_400 * SECOND + 60 * MINUTE
