"""What was found in a file of contacts, or why it cannot be used."""

from __future__ import annotations

from msgspec import Struct


class Unusable(Exception):
    """The file as a whole cannot be used. `reason` has its words in words.py."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Person(Struct):
    """One userId. `name` None: the file has no such column; "" anywhere: nothing stands in the cell.

    `number`: the userId was a number cell, in which Excel may have lost leading zeros.
    """

    sheet: str
    row: int
    user_id: str
    name: str | None
    mobile: str
    department: str
    number: bool = False


class Refused(Struct):
    """A row that names somebody but cannot be taken. `mobile`: by it the person may be found, "" where none stands."""

    sheet: str
    row: int
    user_id: str
    reason: str
    mobile: str = ""


class Skipped(Struct):
    """A row below the heading without a userId: a hint, a second heading, a remark, or a person whose cell is empty."""

    sheet: str
    row: int
    text: str
    reason: str
    mobile: str = ""


class Merged(Struct):
    """A row that names somebody who had stood further up already: there as `first_name`."""

    sheet: str
    row: int
    user_id: str
    name: str
    first_sheet: str
    first_row: int
    first_name: str


class Sheet(Struct):
    """A sheet with a heading. Rows count from 1, as spreadsheet programs show them."""

    name: str
    heading: int


class Contents(Struct):
    """What stands in the sheets that have a heading; every row that is not empty is in one of the lists."""

    sheets: list[Sheet]
    people: list[Person]
    refused: list[Refused]
    skipped: list[Skipped]
    merged: list[Merged]


class Outcome(Struct, omit_defaults=True):
    """What the process that reads a workbook hands back: either of the two."""

    contents: Contents | None = None
    unusable: str = ""
