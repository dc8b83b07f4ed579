"""Lists that are searched, sorted and paged through their address: `?q=…&sort=-name&page=2`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise

ROWS = 50

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Column:
    """One heading; without a `field` it cannot be sorted by. `direction` is for aria-sort, `next_sort` for its link."""

    title: str | Promise
    field: str = ""
    direction: str = ""
    next_sort: str = ""


@dataclass(frozen=True, slots=True)
class Listing(Generic[M]):
    """What a list page shows: its headings, the asked page of rows, how many there are and what was searched for."""

    columns: Sequence[Column]
    page: Page[M]
    count: int
    search: str


def listing(request: HttpRequest, rows: QuerySet[M], columns: Sequence[Column], search_in: Sequence[str]) -> Listing[M]:
    """Rows whose `search_in` fields hold the text of `?q=`; the newest first where no known order is asked for."""
    search = request.GET.get("q", "").strip().replace("\x00", "")
    if search:
        rows = rows.filter(reduce(or_, (Q(**{f"{name}__icontains": search}) for name in search_in)))
    wanted = request.GET.get("sort", "")
    sortable = {column.field for column in columns} - {""}
    if wanted.removeprefix("-") not in sortable:
        wanted = "-id"
    order = (wanted,) if wanted == "-id" else (wanted, "-id")
    pages = Paginator(rows.order_by(*order), ROWS)
    return Listing(
        [_heading(one, wanted) for one in columns], pages.get_page(request.GET.get("page")), pages.count, search
    )


def _heading(column: Column, sorted_by: str) -> Column:
    if not column.field:
        return column
    if sorted_by == column.field:
        return replace(column, direction="ascending", next_sort=f"-{column.field}")
    return replace(
        column, direction="descending" if sorted_by == f"-{column.field}" else "none", next_sort=column.field
    )
