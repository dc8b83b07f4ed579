"""Lists that are searched, filtered, sorted and paged through their address: `?q=…&enabled=yes&sort=-name&page=2`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ROWS = 50

M = TypeVar("M", bound=Model)
Word = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """One heading; without a `field` it cannot be sorted by. `direction` is for aria-sort, `next_sort` for its link."""

    title: Word
    field: str = ""
    direction: str = ""
    next_sort: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Chips of which one can be chosen, by `?name=value`: each value with its word and what it leaves in the list."""

    name: str
    title: Word
    choices: Mapping[str, tuple[Word, Q]]


ENABLED = Filter("enabled", _("状态"), {"yes": (_("启用"), Q(enabled=True)), "no": (_("停用"), Q(enabled=False))})


@dataclass(frozen=True, slots=True)
class Table:
    """A list as it is written down once for its page (templates/listed.html).

    `kind` begins the names of its addresses: `rule` is a row, `rule_new` … `rule_ticked` what can be done, as far as
    they exist. `loss` warns before a row is deleted; `usual` is the order until a heading is pressed.
    """

    kind: str
    title: Word
    columns: Sequence[Column]
    search_in: Sequence[str]
    filters: Sequence[Filter] = ()
    loss: Word = ""
    usual: Sequence[str] = ("-id",)


@dataclass(frozen=True, slots=True)
class Chip:
    """`value` None takes the choice back."""

    word: Word
    value: str | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chips:
    name: str
    title: Word
    chips: Sequence[Chip]


@dataclass(frozen=True, slots=True)
class Listing(Generic[M]):
    """What a list page shows. `rows` are those of the page, drawn; `narrowed`: more may be there than `count`."""

    table: Table
    columns: Sequence[Column]
    filters: Sequence[Chips]
    page: Page[M]
    rows: Sequence[Any]
    count: int
    search: str
    narrowed: bool


def listing(
    request: HttpRequest,
    table: Table,
    found: QuerySet[M],
    draw: Callable[[Sequence[M]], Sequence[Any]] = list,
) -> Listing[M]:
    """The page that the address asks for; what it asks for that is not there is passed over.

    `draw` makes what the template shows of the rows of one page; each needs an `id` and a `name`.
    """
    search = request.GET.get("q", "").strip().replace("\x00", "")
    if search:
        found = found.filter(reduce(or_, (Q(**{f"{name}__icontains": search}) for name in table.search_in)))
    filters = [_chips(one, request.GET.get(one.name, "")) for one in table.filters]
    for one in table.filters:
        if chosen := one.choices.get(request.GET.get(one.name, "")):
            found = found.filter(chosen[1])
    wanted = request.GET.get("sort", "")
    if wanted.removeprefix("-") not in {column.field for column in table.columns} - {""}:
        wanted = ""
    pages = Paginator(found.order_by(*((wanted, "-id") if wanted else table.usual)), ROWS)
    page = pages.get_page(request.GET.get("page"))
    return Listing(
        table=table,
        columns=[_heading(one, wanted or table.usual[0]) for one in table.columns],
        filters=filters,
        page=page,
        rows=draw(list(page.object_list)),
        count=pages.count,
        search=search,
        narrowed=bool(search) or any(not one.chips[0].chosen for one in filters),
    )


def _chips(one: Filter, value: str) -> Chips:
    known = value in one.choices
    chips = [Chip(_("全部"), None, not known)]
    chips += [Chip(word, key, key == value) for key, (word, _kept) in one.choices.items()]
    return Chips(one.name, one.title, chips)


def _heading(column: Column, sorted_by: str) -> Column:
    if not column.field:
        return column
    if sorted_by == column.field:
        return replace(column, direction="ascending", next_sort=f"-{column.field}")
    return replace(
        column, direction="descending" if sorted_by == f"-{column.field}" else "none", next_sort=column.field
    )
