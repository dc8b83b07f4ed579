"""The list of alarms a page at a time, whichever way the database goes through them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from msgspec.structs import replace

from dingbell.alarms import listing
from dingbell.alarms.listing import Place, Wanted
from dingbell.alarms.models import AlarmRow
from dingbell.storage.times import SECOND
from tests.storage.conftest import NOW, Node
from tests.storage.test_intake import report

pytestmark = pytest.mark.django_db(transaction=True)

_ALL = "plc-1", "plc-2", "plc-3"


@pytest.fixture
def alarms(node: Node) -> None:
    """Thirty of three sources in turn, one a second; every tenth is shelved."""
    for number in range(30):
        one = replace(report(f"k{number}", area=f"区{number % 2}", at_s=number), source=_ALL[number % 3])
        node.hear(one, receipt_us=NOW + number * SECOND)
    shelved = AlarmRow.objects.filter(key__in=("k0", "k10", "k20"))
    shelved.update(shelved_until_us=NOW + 3600 * SECOND)


def through(wanted: Wanted, limit: int = 4) -> list[str]:
    """The keys of all pages; each begins where the one before ended."""
    found: list[str] = []
    after = None
    while page := listing.page(wanted, limit, after):
        found += [alarm.key for alarm in page]
        after = Place(page[-1].order_us, page[-1].id)
    return found


@pytest.mark.parametrize("few", [0, 200])
def test_every_page_follows_the_one_before(alarms: None, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(listing, "_FEW", few)
    newest_first = range(29, -1, -1)
    assert through(Wanted()) == [f"k{number}" for number in newest_first]
    assert through(Wanted(sources=["plc-2"])) == [f"k{number}" for number in newest_first if number % 3 == 1]
    assert through(Wanted(sources=["plc-2", "plc-3"])) == [f"k{number}" for number in newest_first if number % 3]
    assert through(Wanted(sources=["plc-2"], areas=["区0"])) == [f"k{n}" for n in newest_first if n % 6 == 4]
    assert through(Wanted(sources=["plc-2"], shelved=False)) == [f"k{n}" for n in (28, 25, 22, 19, 16, 13, 7, 4, 1)]
    assert through(Wanted(sources=["plc-2"], shelved=True)) == ["k10"]
    assert through(Wanted(sources=["plc-2"], text="k2")) == ["k28", "k25", "k22"]
    assert through(Wanted(sources=["plc-9"])) == []


def test_alarms_of_one_moment_stand_in_the_order_they_were_handed_in(node: Node) -> None:
    keys = [f"k{number * 7 % 10}" for number in range(10)]
    node.hear(*[report(key) for key in keys])
    assert through(Wanted()) == keys[::-1]  # the last one is the newest


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL plans by its statistics")
def test_the_newest_of_a_busy_source_are_found_without_sorting_all_of_it(
    alarms: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_FEW", 5)
    with CaptureQueriesContext(connection) as asked:
        listing.page(Wanted(sources=["plc-2"], shelved=False), 3)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.captured_queries[-1]['sql']}")
        plan = " / ".join(row[3] for row in cursor.fetchall())
    assert "alarms_newest" in plan
    assert "TEMP B-TREE" not in plan
