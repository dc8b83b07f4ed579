"""`/api/v1/services/{id}/accounts`: the people of a service, found and changed one by one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router

from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.notify.services import account_changes, accounts
from dingbell.notify.services.documents import AccountAnswer, AccountInput
from dingbell.users.roles import Scope

router = Router(tags=["accounts"])
_READ, _WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE
_EXAMPLE = {"user_id": "manager4220", "name": "张三", "mobile": "13900000001", "department": "一车间/维修班"}

Search = Annotated[str, Query(max_length=100, description="Words in userId, name, mobile number or department.")]


class Seen(StrEnum):
    """What the directory said: `unknown` was not asked for yet."""

    UNKNOWN = "unknown"
    FOUND = "found"
    GONE = "gone"


@router.get("/{int:service_id}/accounts", **operation(_READ, "账号列表", pages=AccountAnswer))
def list_accounts(
    request: ApiRequest,
    service_id: int,
    q: Search = "",
    presence: Seen | None = None,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = "",
) -> HttpResponse:
    """In the order they were made."""
    found = account_changes.found(service_id, q, "" if presence is Seen.UNKNOWN else presence and presence.value)
    if place := after(cursor):
        found = found.filter(id__gt=place[0])
    return page(list(found[: limit + 1]), limit, lambda one: [one.id], accounts.answer)


@router.post(
    "/{int:service_id}/accounts",
    **operation(_WRITE, "添加账号", body=AccountInput, example=_EXAMPLE, answer=AccountAnswer, status=201),
)
def add_account(request: ApiRequest, service_id: int) -> HttpResponse:
    """Required: `user_id` and `name`."""
    return answer(account_changes.add(service_id, read(request, AccountInput)), 201)


@router.get("/{int:service_id}/accounts/{int:account_id}", **operation(_READ, "一个账号", answer=AccountAnswer))
def get_account(request: ApiRequest, service_id: int, account_id: int) -> HttpResponse:
    return answer(account_changes.describe(service_id, account_id))


@router.patch(
    "/{int:service_id}/accounts/{int:account_id}",
    **operation(_WRITE, "修改账号", body=AccountInput, answer=AccountAnswer),
)
def change_account(request: ApiRequest, service_id: int, account_id: int) -> HttpResponse:
    """What is left out stays."""
    return answer(account_changes.change(service_id, account_id, read(request, AccountInput)))


@router.delete("/{int:service_id}/accounts/{int:account_id}", **operation(_WRITE, "删除账号", status=204))
def remove_account(request: ApiRequest, service_id: int, account_id: int) -> HttpResponse:
    """409 with the names of the rules that name it."""
    account_changes.remove(service_id, account_id)
    return nothing()
