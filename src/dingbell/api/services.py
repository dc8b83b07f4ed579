"""`/api/v1/services`: notification services."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from dingbell.api import examples
from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.notify.services import services
from dingbell.notify.services.documents import ServiceAnswer, ServiceInput
from dingbell.users.roles import Scope

router = Router(tags=["services"])
_READ, _WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE


@router.get("", **operation(_READ, "通知服务列表", pages=ServiceAnswer))
def list_services(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """In the order they were made. Webhooks are masked, other secrets only said to be there."""
    found = services.everything()
    if place := after(cursor):
        found = found.filter(id__gt=place[0])
    return page(services.answers(found[: limit + 1]), limit, lambda one: [one.id], lambda one: one)


@router.post(
    "",
    **operation(_WRITE, "新建通知服务", body=ServiceInput, example=examples.SERVICE, answer=ServiceAnswer, status=201),
)
def create_service(request: ApiRequest) -> HttpResponse:
    """Required: `name`, `type` and the fields of what `send_to` ticks.

    A webhook may be pasted with an old timestamp and sign in it, or as a bare token.
    """
    return answer(services.create(read(request, ServiceInput)), 201)


@router.get("/{int:service_id}", **operation(_READ, "一个通知服务", answer=ServiceAnswer))
def get_service(request: ApiRequest, service_id: int) -> HttpResponse:
    return answer(services.describe(service_id))


@router.patch("/{int:service_id}", **operation(_WRITE, "修改通知服务", body=ServiceInput, answer=ServiceAnswer))
def change_service(request: ApiRequest, service_id: int) -> HttpResponse:
    """What is left out stays. A masked webhook means unchanged, `""` removes a secret.

    A robot is told by its `id`, else by its webhook; an account by its `id`, else by its `user_id`. Those that a
    given list leaves out are removed; 409 when a rule names one of them.
    """
    changed = services.update(service_id, read(request, ServiceInput))
    told = services.describe(service_id)
    told.warnings = changed.warnings
    return answer(told)


@router.post("/{int:service_id}/copy", **operation(_WRITE, "复制通知服务", answer=ServiceAnswer, status=201))
def copy_service(request: ApiRequest, service_id: int) -> HttpResponse:
    """With the same robots, accounts and secrets under a new name, switched off."""
    return answer(services.copy(service_id), 201)


@router.delete("/{int:service_id}", **operation(_WRITE, "删除通知服务", status=204))
def delete_service(request: ApiRequest, service_id: int) -> HttpResponse:
    """409 with the names of the rules while any sends through it."""
    services.delete(service_id)
    return nothing()
