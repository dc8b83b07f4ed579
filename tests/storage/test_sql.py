"""Statements straight to the driver: the same on both databases, with Django's exceptions."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError, transaction

from dingbell.storage import sql

pytestmark = pytest.mark.django_db
_INSERT = "INSERT INTO storage_counter (name, value) VALUES (%s, %s)"


def _stored() -> dict[str, int]:
    return dict(sql.rows("SELECT name, value FROM storage_counter WHERE name LIKE %s", ["n%"]))


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 498, 499, 500, 1_017])
def test_any_number_of_rows_is_inserted_once(count: int) -> None:
    with transaction.atomic():
        sql.insert_many(_INSERT, [(f"n{number}", number) for number in range(count)])
    assert _stored() == {f"n{number}": number for number in range(count)}


def test_what_the_statement_says_itself_stands_in_every_row() -> None:
    with transaction.atomic():
        sql.insert_many(_INSERT.replace("VALUES (%s, %s)", "VALUES (%s, 1)"), [(f"n{number}",) for number in range(99)])
    assert _stored() == {f"n{number}": 1 for number in range(99)}


def test_any_text_is_stored_as_it_is() -> None:
    texts = [f"n{number}\t\\N\n\\.泵" for number in range(99)]
    with transaction.atomic():
        sql.insert_many(_INSERT, [(text, 1) for text in texts])
    assert set(_stored()) == set(texts)


def test_an_error_is_djangos_and_what_came_before_it_is_rolled_back() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.insert_many(_INSERT, [("n1", 1), ("n2", 2), ("n1", 3)])
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.insert_many(_INSERT, [("n1", 1)] * 99)
    assert _stored() == {}
    with pytest.raises((OperationalError, ProgrammingError)), transaction.atomic():
        sql.execute("UPDATE there_is_no_such_table SET a = %s", [1])


def test_a_change_tells_how_many_rows_it_met() -> None:
    with transaction.atomic():
        sql.insert_many(_INSERT, [("n1", 1), ("n2", 2)])
        assert sql.execute("UPDATE storage_counter SET value = value + %s WHERE name LIKE 'n_'", [1]) == 2
    assert sql.row("SELECT value FROM storage_counter WHERE name = %s", ["n2"]) == (3,)
    assert sql.row("SELECT value FROM storage_counter WHERE name = %s", ["n3"]) is None
    assert sql.value("SELECT COUNT(*) FROM storage_counter WHERE name IN (" + sql.marks("ab") + ")", ["n1", "n2"]) == 2
