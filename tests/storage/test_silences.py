"""What silences and schedules withhold, and what becomes of it when a silence is over, on a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings

from dingbell.alarms.alarm import Alarm
from dingbell.alarms.models import Event
from dingbell.delivery import withheld
from dingbell.delivery.models import Delivery
from dingbell.notify.models import Block, Robot, Rule, Silence
from dingbell.notify.refusals import InUse
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.documents import PeriodDocument, ScheduleInput
from dingbell.notify.silences import silences
from dingbell.notify.silences.silences import SilenceInput
from dingbell.pipeline.releasing import GRACE_US, Releases
from dingbell.storage import versions
from dingbell.storage.times import DAY, HOUR, MINUTE, SECOND, from_us
from dingbell.storage.versions import Subject
from dingbell.storage.writer import Writer
from tests.storage.conftest import NOW, Node
from tests.storage.test_intake import report

UNTIL = NOW + HOUR
EVERYTHING = ("pending", "", None)


@pytest.fixture
def releases(node: Node) -> Releases:
    return _releases(node)


def _releases(node: Node) -> Releases:
    return Releases(node.outbox, node.intake.routes)


def silence(*, start_us: int = NOW, until_us: int = UNTIL, **scope: str) -> int:
    document = SilenceInput(
        reason="检修", start=from_us(start_us).isoformat(), until=from_us(until_us).isoformat(), **scope
    )
    return silences.create(document, "张师傅", NOW).id


def schedule(start: str, end: str) -> int:
    """In UTC; NOW is 2027-01-15 08:00."""
    period = PeriodDocument(weekdays=list(range(1, 8)), start=start, end=end)
    return schedules.create(ScheduleInput(name=f"{start}–{end}", kind="standard", time_zone="UTC", periods=[period])).id


def ask(schedule_id: int) -> None:
    Block.objects.update(schedule_id=schedule_id)
    versions.bump(Subject.CONFIGURATION)


def told() -> list[tuple[str, str, int | None]]:
    """State, reason and silence of every delivery."""
    return list(Delivery.objects.order_by("id").values_list("state", "reason", "silence_id"))


def again() -> list[tuple[str, str, int | None]]:
    """The same of those that repeat another."""
    return list(Delivery.objects.exclude(resend_of=None).order_by("id").values_list("state", "reason", "silence_id"))


def over(node: Node, releases: Releases, at_us: int = UNTIL) -> None:
    node.now_us = at_us + GRACE_US
    releases.release()


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ({}, {"a", "b", "c"}),
        ({"area": "一车间"}, {"a"}),
        ({"path": "厂/*/泵"}, {"a", "b"}),
        ({"path": "厂/二/**"}, {"b"}),
    ],
)
def test_a_silence_withholds_what_it_covers(node: Node, rule: Rule, scope: dict[str, str], covered: set[str]) -> None:
    made = silence(**scope)
    node.hear(report("a", area="一车间", path="厂/一/泵"), report("b", area="二车间", path="厂/二/泵"), report("c"))
    names = _alarms()
    found = {names[one.alarm_id]: (one.state, one.reason, one.silence_id) for one in Delivery.objects.all()}
    expected = ("suppressed", "silenced", made)
    assert found == {key: expected if key in covered else EVERYTHING for key in "abc"}
    assert withheld.counts([made]) == {made: len(covered)}


def test_it_begins_and_ends_by_the_clock(node: Node, rule: Rule) -> None:
    silence(start_us=NOW + HOUR, until_us=NOW + 2 * HOUR)
    for key, after_us in [("before", 0), ("in", HOUR), ("still", 2 * HOUR - 1), ("after", 2 * HOUR)]:
        node.now_us = NOW + after_us
        node.hear(report(key))
    assert [state for state, _, _ in told()] == ["pending", "suppressed", "suppressed", "pending"]


def test_outside_its_schedule_a_block_tells_nobody(node: Node, rule: Rule) -> None:
    made = schedule("09:00:00", "17:00:00")
    ask(made)
    node.hear(report("early"))
    node.now_us = NOW + HOUR
    node.hear(report("in time"))
    assert told() == [("suppressed", "outside_schedule", None), EVERYTHING]
    silence()
    node.now_us = NOW
    node.hear(report("both"))
    assert told()[2] == ("suppressed", "outside_schedule", None), "it would not have gone anyway"


def test_a_disabled_schedule_restricts_nothing_and_a_changed_one_counts_at_once(node: Node, rule: Rule) -> None:
    made = schedule("09:00:00", "17:00:00")
    ask(made)
    schedules.update(made, ScheduleInput(enabled=False))
    node.hear(report("a"))
    schedules.update(made, ScheduleInput(enabled=True, periods=[PeriodDocument(weekdays=[1], start="8:00", end="9:0")]))
    node.hear(report("b"))
    assert [state for state, _, _ in told()] == ["pending", "suppressed"]


def test_the_newest_of_what_still_holds_is_sent_once(node: Node, rule: Rule, releases: Releases) -> None:
    made = silence()
    node.hear(report("still"), report("gone"), report("flaps"))
    node.hear(report("gone", active=False, at_s=1), report("flaps", active=False, at_s=1))
    node.hear(report("flaps", at_s=2))
    node.woken.clear()
    over(node, releases, UNTIL - 1)
    assert again() == [], "not before it is over"
    over(node, releases)
    over(node, releases)
    sent = Delivery.objects.exclude(resend_of=None).order_by("id")
    assert [(_alarms()[one.alarm_id], one.state) for one in sent] == [("still", "pending"), ("flaps", "pending")]
    events = Event.objects.in_bulk()
    assert [events[one.event_id].time_us - NOW for one in sent] == [0, 2 * SECOND]
    originals = Delivery.objects.in_bulk([one.resend_of for one in sent])
    assert {(one.state, one.reason) for one in originals.values()} == {("suppressed", "silenced")}
    assert node.woken == [{"r:1"}]
    kept = Silence.objects.get(id=made)
    assert (kept.ended_us, kept.ended_by, kept.released_us) == (UNTIL, "", UNTIL + GRACE_US)
    assert kept.sent_again == 2


def test_the_recovery_of_what_was_announced_before_is_told(node: Node, rule: Rule, releases: Releases) -> None:
    node.hear(report("announced"), report("unheard", active=False))
    silence()
    node.hear(report("announced", active=False, at_s=1), report("unheard", at_s=1))
    node.hear(report("unheard", active=False, at_s=2))
    over(node, releases)
    [recovery] = Delivery.objects.exclude(resend_of=None)
    assert _alarms()[recovery.alarm_id] == "announced"
    assert Event.objects.get(id=recovery.event_id).kind == "cleared"


def test_what_was_told_after_the_silence_makes_older_news_void(node: Node, rule: Rule, releases: Releases) -> None:
    silence()
    node.hear(report("a"))
    node.now_us = UNTIL
    node.hear(report("a", active=False, at_s=1), report("a", at_s=2), receipt_us=UNTIL)
    over(node, releases)
    assert again() == []


def test_a_silence_that_is_ended_by_hand_is_released_at_once(node: Node, rule: Rule, releases: Releases) -> None:
    made = silence()
    node.hear(report("a"))
    node.now_us = NOW + MINUTE
    silences.end(made, "李工", node.now_us)
    with pytest.raises(InUse):
        silences.end(made, "王工", node.now_us)
    node.hear(report("b"))
    assert told()[-1] == EVERYTHING
    over(node, releases, NOW + MINUTE)
    assert again() == [EVERYTHING]
    kept = Silence.objects.get()
    assert (kept.ended_us, kept.ended_by) == (NOW + MINUTE, "李工")


def test_one_silence_hands_on_to_another_and_the_schedule_has_the_last_word(
    node: Node, rule: Rule, releases: Releases
) -> None:
    short = silence(area="一车间")
    node.hear(report("a", area="一车间"))
    long = silence(until_us=NOW + DAY)
    over(node, releases)
    assert again() == [("suppressed", "silenced", long)]
    ask(schedule("09:00:00", "17:00:00"))
    over(node, releases, NOW + DAY)
    assert told() == [
        ("suppressed", "silenced", short), ("suppressed", "silenced", long), ("suppressed", "outside_schedule", None),
    ]  # fmt: skip


def test_of_two_silences_the_longer_one_answers(node: Node, rule: Rule) -> None:
    silence()
    long = silence(until_us=NOW + DAY, path="**")
    silence(until_us=NOW + HOUR // 2)
    node.hear(report("a"))
    assert told() == [("suppressed", "silenced", long)]


def test_a_rule_or_a_receiver_that_is_gone_is_told_nothing(node: Node, rule: Rule, releases: Releases) -> None:
    silence()
    node.hear(report("a"))
    Robot.objects.all().delete()
    versions.bump(Subject.CONFIGURATION)
    over(node, releases)
    assert again() == []
    assert Silence.objects.get().released_us is not None


def test_many_are_released_in_steps_and_a_restart_goes_on(
    node: Node, writer: Writer, rule: Rule, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence()
    node.hear(*(report(f"a{number}") for number in range(450)))
    monkeypatch.setattr("dingbell.pipeline.releasing._STEPS_A_TURN", 1)
    over(node, releases)
    assert len(again()) == 200
    assert Silence.objects.get().released_us is None
    following = Node(writer)
    restarted = _releases(following)
    for _ in range(3):
        over(following, restarted)
    repeated = list(Delivery.objects.exclude(resend_of=None).values_list("resend_of", flat=True))
    assert len(repeated) == len(set(repeated)) == 450
    assert Silence.objects.get().released_us is not None


def test_a_shelved_alarm_waits_until_it_is_taken_back(
    node: Node, rule: Rule, releases: Releases, stored: Callable[[], dict[str, Alarm]]
) -> None:
    from dingbell.alarms import lifecycle
    from dingbell.pipeline.intake import Command

    silence()
    node.hear(report("a"))
    until_us = NOW + DAY
    node.intake.command(
        Command(
            stored()["a"].id, lambda alarm: lifecycle.shelve(alarm, actor="张", note="", at_us=NOW, until_us=until_us)
        )
    )
    over(node, releases)
    assert again() == []


@pytest.fixture
def other_writer(writer: Writer) -> Iterator[Writer]:
    other = Writer()
    other.start()
    yield other
    other.stop()


@pytest.mark.skipif("postgresql" not in settings.DATABASES["default"]["ENGINE"], reason="PostgreSQL only")
def test_two_nodes_release_everything_once(
    node: Node, other_writer: Writer, rule: Rule, releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dingbell.pipeline.releasing._STEP", 7)
    monkeypatch.setattr("dingbell.pipeline.releasing._STEPS_A_TURN", 100)
    silence()
    node.hear(*(report(f"a{number}") for number in range(150)))
    other = Node(other_writer)

    def see_to_it(mine: Node, own: Releases) -> None:
        from django.db import connection

        try:
            over(mine, own)
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        pairs = [(node, releases), (other, _releases(other))]
        list(threads.map(lambda pair: see_to_it(*pair), pairs))
    repeated = list(Delivery.objects.exclude(resend_of=None).values_list("resend_of", flat=True))
    assert len(repeated) == len(set(repeated)) == 150


def _alarms() -> dict[int, str]:
    from dingbell.alarms.models import AlarmRow

    rows: Any = AlarmRow.objects.values_list("id", "key")
    return dict(rows)
