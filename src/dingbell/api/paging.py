"""Lists a page at a time: `?limit=&cursor=` in, `{"items": […], "next": …}` out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query

from dingbell.api.bodies import answer
from dingbell.api.problems import Problem
from dingbell.notify.refusals import FieldError
from dingbell.storage.ids import LARGEST_ID

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=1000, description="How many items at most.")]
Cursor = Annotated[str, Query(description="`next` of the page before; nothing for the first page.")]
USUAL_LIMIT = 50


def after(cursor: str, keys: int = 1) -> tuple[int, ...] | None:
    """The keys a cursor stands for, None for the first page. Raises Problem 422."""
    if not cursor:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
    except (ValueError, RecursionError):
        found = None
    if (
        not isinstance(found, list)
        or len(found) != keys
        or not all(isinstance(key, int) and abs(key) <= LARGEST_ID for key in found)
    ):
        raise Problem(422, _("cursor 无效，请从第一页重新开始。"), [FieldError("cursor", _("无效"))])
    return tuple(found)


def page(found: Sequence[T], limit: int, key: Callable[[T], Sequence[int]], item: Callable[[T], Any]) -> HttpResponse:
    """`found` has one more than `limit` when there is a next page; `key` is what the query compares."""
    shown = found[:limit]
    following = _cursor(key(shown[-1])) if len(found) > limit else None
    return answer({"items": [item(one) for one in shown], "next": following})


def part(items: Sequence[Any], beyond: int | None) -> HttpResponse:
    """A page that was cut elsewhere: what may follow stands beyond this key, None after the last."""
    return answer({"items": items, "next": None if beyond is None else _cursor([beyond])})


def _cursor(keys: Sequence[int]) -> str:
    text = json.dumps(list(keys), separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
