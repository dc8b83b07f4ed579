"""From the rows of all sheets to people: pure, one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dingbell.notify.services.contacts import cells, headings
from dingbell.notify.services.contacts.cells import Bad, NoPerson
from dingbell.notify.services.contacts.found import (
    Contents,
    Merged,
    Person,
    Refused,
    Sheet,
    Skipped,
    Unusable,
)
from dingbell.notify.services.contacts.headings import Columns

MOST_ROWS = 100_000
Row = Sequence[object]


def people(sheets: Iterable[tuple[str, Iterable[Row]]]) -> Contents:
    """Everybody in the sheets that have a heading with a userId.

    Raises Unusable: job_number, no_user_id, no_rows, too_many_rows.
    """
    contents = Contents([], [], [], [], [])
    known: dict[str, Person] = {}
    job_number = False
    for name, rows in sheets:
        numbered = enumerate(rows, start=1)
        columns = None
        for number, row in numbered:
            columns = headings.columns(row)
            job_number = job_number or headings.names_job_number(row)
            if columns is not None or number == headings.LOOKED_AT:
                break
        if columns is not None:
            contents.sheets.append(Sheet(name, number))
            _read(name, columns, numbered, contents, known)
    if not contents.sheets:
        raise Unusable("job_number" if job_number else "no_user_id")
    if not contents.people and not contents.refused:
        raise Unusable("no_rows")
    return contents


def _read(
    sheet: str, columns: Columns, rows: Iterator[tuple[int, Row]], contents: Contents, known: dict[str, Person]
) -> None:
    for number, row in rows:
        try:
            person = _person(sheet, number, row, columns)
        except NoPerson as instead:
            if words := next((str(one).strip() for one in row if str(one).strip()), ""):
                mobile = _mobile(row, columns) if str(instead) == "empty" else ""
                contents.skipped.append(Skipped(sheet, number, words[:100], str(instead), mobile))
            continue
        except Bad as bad:
            shown = cells.as_shown(_cell(row, columns.user_id))
            contents.refused.append(Refused(sheet, number, shown, str(bad), _mobile(row, columns)))
            continue
        first = known.setdefault(person.user_id, person)
        if first is person:
            contents.people.append(person)
        else:
            names = person.name or "", first.name or ""
            contents.merged.append(Merged(sheet, number, person.user_id, names[0], first.sheet, first.row, names[1]))
            _merge(first, person)
        if len(contents.people) > MOST_ROWS:
            raise Unusable("too_many_rows")


def _cell(row: Row, place: int | None) -> object:
    return "" if place is None or place >= len(row) else row[place]


def _mobile(row: Row, columns: Columns) -> str:
    """Of a row that cannot be taken: "" where it is no number either."""
    try:
        return cells.mobile(_cell(row, columns.mobile))
    except Bad:
        return ""


def _person(sheet: str, number: int, row: Row, columns: Columns) -> Person:
    if headings.is_heading_word(_cell(row, columns.user_id)):
        raise NoPerson("heading")
    user_id, from_number = cells.user_id(_cell(row, columns.user_id))
    departments = columns.levels if columns.department is None else (columns.department,)
    return Person(
        sheet=sheet,
        row=number,
        user_id=user_id,
        name=None if columns.name is None else cells.name(_cell(row, columns.name)),
        mobile=cells.mobile(_cell(row, columns.mobile)),
        department=cells.department([_cell(row, place) for place in departments]),
        number=from_number,
    )


def _merge(first: Person, again: Person) -> None:
    """Somebody in two departments stands in two rows: the first row counts, the rest is added."""
    first.name = first.name or again.name
    first.mobile = first.mobile or again.mobile
    first.number = first.number and again.number
    if again.department and again.department not in first.department.split("、"):
        both = f"{first.department}、{again.department}" if first.department else again.department
        first.department = both if len(both) <= cells.MOST_DEPARTMENT else first.department
