"""Reads a workbook in a process of its own: file on stdin, Contents or a reason as JSON on stdout.

The parser is native code that trusts sizes in the file: there a broken or hostile one may panic, run out of memory
or never end, and only this process ends with it.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import suppress

import msgspec
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from dingbell.notify.services.contacts.found import Contents, Outcome, Unusable
from dingbell.notify.services.contacts.rows import Row, people

_MOST_MEMORY = 1024 * 1024 * 1024  # of addresses; what is used of them is far less
_MOST_CPU_S = 60
_MOST_SHEETS = 200


def read(data: bytes) -> Contents:
    """Raises Unusable."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            return people(_sheets(workbook))
    except PasswordError:
        raise Unusable("password") from None
    except CalamineError:
        raise Unusable("damaged") from None


def _sheets(workbook: CalamineWorkbook) -> Iterator[tuple[str, Iterator[Row]]]:
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if len(sheets) > _MOST_SHEETS:
        raise Unusable("too_many_sheets")
    for sheet in sheets:
        yield sheet.name, workbook.get_sheet_by_name(sheet.name).iter_rows()


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limits; there time alone ends it
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_S, _MOST_CPU_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    _limit()
    try:
        outcome = Outcome(contents=read(sys.stdin.buffer.read()))
    except Unusable as refusal:
        outcome = Outcome(unusable=refusal.reason)
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main()
