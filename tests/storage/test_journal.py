"""The journal of all alarms a page at a time: nothing skipped, nothing twice, and never a long look."""

from __future__ import annotations

import pytest

from dingbell.alarms import journal, listing
from dingbell.alarms.alarm import EventKind, Priority
from dingbell.alarms.journal import Wanted
from dingbell.alarms.models import AlarmRow, Event
from tests.storage.conftest import NOW, Node
from tests.storage.test_intake import report

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def events(node: Node) -> list[int]:
    """Ten alarms come and go at one a second; what the third does is acknowledged."""
    for number in range(10):
        node.hear(report(f"k{number}", priority=Priority(number % 4 + 1)), receipt_us=NOW + 2 * number)
        node.hear(report(f"k{number}", active=False, at_s=1), receipt_us=NOW + 2 * number + 1)
    third = AlarmRow.objects.get(key="k2").id
    newest = Event.objects.order_by("-id")[0].id
    Event.objects.create(
        id=newest + 1_000, alarm_id=third, kind="acked", time_us=NOW, received_us=NOW + 20, entered="",
        priority_rose=False, actor="a", note="", configuration=0,
        snapshot=Event.objects.filter(alarm_id=third)[0].snapshot,
    )  # fmt: skip
    return list(Event.objects.order_by("-id").values_list("id", flat=True))


def through(wanted: Wanted, limit: int = 4) -> list[int]:
    """The ids of all pages; each ends where the next begins."""
    found, before = [], None
    while True:
        page = journal.page(wanted, limit, before)
        found += [event.id for event in page.events]
        if page.beyond is None:
            return found
        assert before is None or page.beyond < before
        before = page.beyond


@pytest.mark.parametrize("looked_at", [1, 3, 50_000])
@pytest.mark.parametrize("few", [0, 200])
def test_every_page_follows_the_one_before(
    events: list[int], monkeypatch: pytest.MonkeyPatch, looked_at: int, few: int
) -> None:
    monkeypatch.setattr(journal, "LOOKED_AT", looked_at)
    monkeypatch.setattr(journal, "_FEW_ALARMS", few)
    critical = set(AlarmRow.objects.filter(priority=4).values_list("id", flat=True))
    of_critical = [id_ for id_ in events if Event.objects.get(id=id_).alarm_id in critical]
    assert through(Wanted()) == events
    assert through(Wanted(alarms=listing.Wanted(priorities=[Priority.CRITICAL]))) == of_critical
    assert through(Wanted(alarms=listing.Wanted(text="nobody"))) == []
    assert through(Wanted(kinds=[EventKind.ACKED])) == [events[0]]
    assert len(through(Wanted(kinds=[EventKind.RAISED, EventKind.ACKED]))) == 11


def test_a_long_look_says_where_it_ended(events: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LOOKED_AT", 3)
    page = journal.page(Wanted(kinds=[EventKind.SHELVED, EventKind.CHANGED]), 10)
    assert (page.events, page.beyond, page.cut_at_us) == ([], events[2], NOW + 18)


def test_from_and_until_are_times_of_receipt(events: list[int]) -> None:
    def received(since: int | None, until: int | None) -> list[int]:
        wanted = Wanted(
            since_us=None if since is None else NOW + since, until_us=None if until is None else NOW + until
        )
        return [event.received_us - NOW for event in journal.page(wanted, 100).events]

    assert received(18, None) == [20, 19, 18]
    assert received(None, 2) == [1, 0]
    assert received(5, 7) == [6, 5]
    assert received(100, None) == received(None, -5) == []
