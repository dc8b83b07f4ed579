"""通知服务: the list, the form, switching and deleting."""

from __future__ import annotations

from functools import partial

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.channels import apprise
from dingbell.notify.models import Service, ServiceType
from dingbell.notify.refusals import Missing
from dingbell.notify.services import naming, services
from dingbell.notify.services.directory import MOST_MOBILES
from dingbell.notify.services.documents import AppAnswer, ServiceAnswer, ServiceInput
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import switches
from dingbell.web.document_forms import keep
from dingbell.web.listing import ENABLED, Column, Table, listing
from dingbell.web.services import people
from dingbell.web.services.showing import health_of, rows
from dingbell.web.services.types import offered
from dingbell.web.switches import Ticked

_RULES = 20  # named on the form
_TABLE = Table(
    kind="service",
    title=_("通知服务"),
    columns=(
        Column(_("名称"), "name"),
        Column(_("类型"), "type"),
        Column(_("状态"), "enabled"),
        Column(_("健康")),
        Column(_("描述"), "description"),
        Column(_("创建时间"), "created_at"),
    ),
    search_in=("name", "description"),
    filters=(ENABLED,),
    loss=_("机器人、账号和密钥会一起删除，不能恢复。"),
)
_NEW = ServiceAnswer(
    id=0,
    name="",
    description="",
    type=ServiceType.DINGTALK.value,
    enabled=True,
    send_to=["robot"],
    robots=[],
    app=AppAnswer(client_id="", robot_code="", has_client_secret=False, needs_secret=False),
    accounts=[],
    needs_secret=False,
    created_at="",
)


@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    everything = Service.objects.prefetch_related("robots")
    found = listing(request, _TABLE, everything, partial(rows, now_us=now_us()))
    return render(request, "services/list.html", {"listing": found, "types": offered()})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def new(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return keep(request, ServiceInput, services.create, reverse("services"))
    kind = request.GET.get("type", ServiceType.DINGTALK.value)
    if kind not in ServiceType.values:
        raise Http404
    return _form(request, msgspec.structs.replace(_NEW, type=kind))


@never_cache
@sensitive_post_parameters()
@require_GET
@requires(Permission.VIEW)
def show(request: SignedInRequest, service_id: int) -> HttpResponse:
    try:
        service = services.describe_form(service_id)
    except Missing:
        raise Http404 from None
    return _form(request, service)


@sensitive_post_parameters()
@require_POST
@requires(Permission.CONFIGURE)
def change(request: SignedInRequest, service_id: int) -> HttpResponse:
    return keep(
        request, ServiceInput, partial(services.update, service_id), reverse("services"), of=("service", service_id)
    )


@require_POST
@requires(Permission.CONFIGURE)
def enable(request: SignedInRequest, service_id: int) -> HttpResponse:
    return switches.switch(
        request,
        lambda on: services.update(service_id, ServiceInput(enabled=on)),
        partial(services.describe_form, service_id),
    )


@require_POST
@requires(Permission.CONFIGURE)
def delete(request: SignedInRequest, service_id: int) -> HttpResponse:
    service = get_object_or_404(Service, id=service_id)
    return switches.delete(request, service.name, partial(services.delete, service_id), reverse("services"))


@require_POST
@requires(Permission.CONFIGURE)
def copy(request: SignedInRequest, service_id: int) -> HttpResponse:
    return switches.copy(request, partial(services.copy, service_id), "service")


@require_POST
@requires(Permission.CONFIGURE)
def ticked(request: SignedInRequest) -> HttpResponse:
    can = Ticked(services.delete, lambda service_id, on: services.update(service_id, ServiceInput(enabled=on)))
    return switches.ticked(request, Service.objects.all(), can, reverse("services"))


def _form(request: HttpRequest, service: ServiceAnswer) -> HttpResponse:
    health = health_of(service.id, now_us())
    context = {
        "service": service,
        "accounts": msgspec.to_builtins(service.accounts),
        "robots": [(robot, health.robots.get(robot.id)) for robot in service.robots],
        "addresses": [(address, health.robots.get(address.id)) for address in service.addresses],
        "apprise": apprise.available(),
        "app_health": health.app,
        "rules": naming.rules_using(service.id)[:_RULES],
    }
    if service.type == ServiceType.APPRISE:
        return render(request, "services/address_form.html", context)
    if service.id:
        context |= people.shown(request, service.id) | {"most_mobiles": MOST_MOBILES}
    return render(request, "services/form.html", context)
