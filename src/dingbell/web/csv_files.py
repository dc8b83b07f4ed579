"""A CSV file of any length: UTF-8 with the mark that Excel needs to see it, sent while it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils.timezone import localtime

from dingbell.storage.times import from_us

_ACTS_IN_A_SPREADSHEET = ("=", "+", "-", "@", "\t", "\r")
Rows = Sequence[Sequence[Any]]


def download(name: str, now_us: int, headings: Sequence[str], pages: Iterator[Rows]) -> StreamingHttpResponse:
    """`name-20261122-0800.csv`; numbers stay numbers, texts do nothing in a spreadsheet."""
    answer = StreamingHttpResponse(_chunks(headings, pages), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{localtime(from_us(now_us)):%Y%m%d-%H%M}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def moment(us: int) -> str:
    return f"{localtime(from_us(us)):%Y-%m-%d %H:%M:%S}"


async def _chunks(headings: Sequence[str], pages: Iterator[Rows]) -> AsyncIterator[bytes]:
    """Asynchronous, or Django gathers all of it before the first byte goes."""
    yield "\ufeff".encode() + _lines([headings])
    following = sync_to_async(lambda: next(pages, None))
    while (page := await following()) is not None:
        yield _lines(page)


def _lines(rows: Rows) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([[_harmless(cell) for cell in row] for row in rows])
    return written.getvalue().encode()


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(cell, (int, float)):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(_ACTS_IN_A_SPREADSHEET) else text
