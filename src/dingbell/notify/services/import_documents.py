"""The answer of an import, the same whether it was only tried or made."""

from __future__ import annotations

from msgspec import Struct


class ReadSheet(Struct, kw_only=True):
    """`heading`: the row that names the columns; rows count from 1."""

    name: str
    heading: int


class FoundPerson(Struct, kw_only=True):
    sheet: str
    row: int
    user_id: str
    name: str
    mobile: str
    department: str


class DoubtfulPerson(FoundPerson, kw_only=True):
    """`similar`: an account with the same userId but for leading zeros, or ""."""

    similar: str


class ChangedField(Struct, kw_only=True):
    before: str
    after: str


class ChangedAccount(Struct, kw_only=True):
    id: int
    user_id: str
    name: str
    changes: dict[str, ChangedField]


class KnownAccount(Struct, kw_only=True):
    """`rules`: the names of the rules that name this account; it is not removed while there are any."""

    id: int
    user_id: str
    name: str
    mobile: str
    department: str
    rules: str = ""


class RejectedRow(Struct, kw_only=True):
    """`mobile`: by it the person may be found instead, "" where none can be read."""

    sheet: str
    row: int
    user_id: str
    reason: str
    mobile: str = ""


class SkippedRow(Struct, kw_only=True):
    """A row without a userId: a hint, a second heading, or a person who may be found by `mobile`."""

    sheet: str
    row: int
    text: str
    reason: str
    mobile: str = ""


class MergedRow(Struct, kw_only=True):
    """A row with the userId of an earlier one. `names_differ`: it may be another person, whose userId is wrong."""

    sheet: str
    row: int
    user_id: str
    name: str
    first_sheet: str
    first_row: int
    first_name: str
    names_differ: bool


class ImportCounts(Struct, kw_only=True):
    """`stored` were added or changed, `removed` removed: 0 in a dry run. `merged` rows named somebody again."""

    new: int
    changed: int
    unchanged: int
    missing: int
    to_confirm: int
    rejected: int
    skipped: int
    merged: int
    stored: int = 0
    removed: int = 0


class ImportAnswer(Struct, kw_only=True):
    """What a file brings: `counts` are complete, each list holds at most as many as were asked for, `rejected` all.

    `to_confirm`: new userIds from number cells, in which Excel may have lost leading zeros. `missing`: accounts that
    are no longer in the file.
    """

    dry_run: bool
    sheets: list[ReadSheet]
    counts: ImportCounts
    new: list[FoundPerson]
    changed: list[ChangedAccount]
    unchanged: list[KnownAccount]
    missing: list[KnownAccount]
    to_confirm: list[DoubtfulPerson]
    rejected: list[RejectedRow]
    skipped: list[SkippedRow]
    merged: list[MergedRow]
