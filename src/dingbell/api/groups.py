"""`/api/v1/groups`: alarm groups."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from dingbell.api import examples
from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.notify.groups import groups
from dingbell.notify.groups.documents import GroupAnswer, GroupInput
from dingbell.users.roles import Scope

router = Router(tags=["groups"])
_READ, _WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE


@router.get("", **operation(_READ, "报警组列表", pages=GroupAnswer))
def list_groups(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """In the order they were made."""
    found = groups.everything()
    if place := after(cursor):
        found = found.filter(id__gt=place[0])
    return page(groups.answers(found[: limit + 1]), limit, lambda one: [one.id], lambda one: one)


@router.post(
    "", **operation(_WRITE, "新建报警组", body=GroupInput, example=examples.GROUP, answer=GroupAnswer, status=201)
)
def create_group(request: ApiRequest) -> HttpResponse:
    """Required: `name`, and at least one pattern in `paths` or `keys`.

    An alarm is in the group when one of the patterns matches its path or its key: a segment `*` is one segment,
    `**` any number. A rule asks for groups by `match.groups`.
    """
    return answer(groups.create(read(request, GroupInput)), 201)


@router.get("/{int:group_id}", **operation(_READ, "一个报警组", answer=GroupAnswer))
def get_group(request: ApiRequest, group_id: int) -> HttpResponse:
    return answer(groups.describe(group_id))


@router.patch("/{int:group_id}", **operation(_WRITE, "修改报警组", body=GroupInput, answer=GroupAnswer))
def change_group(request: ApiRequest, group_id: int) -> HttpResponse:
    """What is left out stays; `paths` and `keys` are replaced as a whole."""
    return answer(groups.update(group_id, read(request, GroupInput)))


@router.delete("/{int:group_id}", **operation(_WRITE, "删除报警组", status=204))
def delete_group(request: ApiRequest, group_id: int) -> HttpResponse:
    """409 while a rule asks for it."""
    groups.delete(group_id)
    return nothing()
