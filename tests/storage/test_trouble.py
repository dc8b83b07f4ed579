"""A full disk and a locked database: refused clearly, nothing half written, all well afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.conf import settings
from django.db import connection

from dingbell.alarms.alarm import Alarm
from dingbell.alarms.models import Event
from dingbell.storage.writer import StorageUnavailable, Task, Writer
from tests.storage.conftest import Node
from tests.storage.test_intake import report

pytestmark = pytest.mark.skipif("sqlite3" not in settings.DATABASES["default"]["ENGINE"], reason="SQLite only")
UNLIMITED = 1_073_741_823


def _limit(pages: Sequence[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        [count] = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages[0] or count}")
    return list(pages)


def _impatient(inputs: Sequence[None]) -> list[None]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    return list(inputs)


LIMIT = Task("limit", _limit)


@pytest.fixture
def full_disk(writer: Writer) -> Iterator[Callable[[], None]]:
    """The file may not grow by one page; calling it gives the space back."""

    def free() -> None:
        writer.submit(LIMIT, UNLIMITED).result(10)

    writer.submit(LIMIT, 0).result(10)
    yield free
    free()


def test_on_a_full_disk_only_what_was_accepted_is_there(
    node: Node, full_disk: Callable[[], None], stored: Callable[[], dict[str, Alarm]]
) -> None:
    accepted: list[str] = []

    def fill() -> None:  # the file may have free pages inside
        for number in range(1_000):
            node.hear(report(f"k{number}", description="x" * 60_000))
            accepted.append(f"k{number}")

    with pytest.raises(StorageUnavailable):
        fill()
    assert set(stored()) == set(accepted)
    refused = f"k{len(accepted)}"
    full_disk()
    node.hear(report(refused, description="x" * 60_000))
    assert stored()[refused].occurrences == 1
    assert Event.objects.count() == len(accepted) + 1


def test_a_locked_database_refuses_what_came_and_takes_it_later(
    node: Node, writer: Writer, stored: Callable[[], dict[str, Alarm]]
) -> None:
    writer.submit(Task("impatient", _impatient), None).result(10)
    node.hear(report("a"))
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StorageUnavailable):
            node.hear(report("a", active=False, at_s=1))
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert stored()["a"].active
    node.hear(report("a", active=False, at_s=1))
    assert not stored()["a"].active
    assert Event.objects.count() == 2
