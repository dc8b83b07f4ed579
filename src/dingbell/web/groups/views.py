"""报警组: the list, the form, copying and deleting."""

from __future__ import annotations

from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.notify.groups import groups
from dingbell.notify.groups.documents import GroupAnswer, GroupInput
from dingbell.notify.models import AlarmGroup
from dingbell.notify.refusals import Missing
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import switches
from dingbell.web.document_forms import keep
from dingbell.web.listing import Column, Table, listing
from dingbell.web.switches import Ticked

_TABLE = Table(
    kind="group",
    title=_("报警组"),
    columns=(
        Column(_("名称"), "name"),
        Column(_("路径和键")),
        Column(_("报警")),
        Column(_("创建时间"), "created_at"),
    ),
    search_in=("name", "description"),
)
_NEW = GroupAnswer(id=0, name="", description="", paths=[], keys=[], created_at="")


@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    return render(request, "groups/list.html", {"listing": listing(request, _TABLE, groups.everything())})


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def new(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return keep(request, GroupInput, groups.create, reverse("groups"))
    return _form(request, _NEW)


@never_cache
@require_GET
@requires(Permission.VIEW)
def show(request: SignedInRequest, group_id: int) -> HttpResponse:
    try:
        return _form(request, groups.describe(group_id))
    except Missing:
        raise Http404 from None


@require_POST
@requires(Permission.CONFIGURE)
def change(request: SignedInRequest, group_id: int) -> HttpResponse:
    return keep(request, GroupInput, partial(groups.update, group_id), reverse("groups"), of=("group", group_id))


@require_POST
@requires(Permission.CONFIGURE)
def delete(request: SignedInRequest, group_id: int) -> HttpResponse:
    group = get_object_or_404(AlarmGroup, id=group_id)
    return switches.delete(request, group.name, partial(groups.delete, group_id), reverse("groups"))


@require_POST
@requires(Permission.CONFIGURE)
def ticked(request: SignedInRequest) -> HttpResponse:
    return switches.ticked(request, groups.everything(), Ticked(groups.delete), reverse("groups"))


def _form(request: HttpRequest, group: GroupAnswer) -> HttpResponse:
    used_by = groups.used_by(group.id) if group.id else []
    return render(request, "groups/form.html", {"group": group, "used_by": used_by})
