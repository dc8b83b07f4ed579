"""Asking DingTalk's directory from the page of a service: adding by mobile number, and checking everybody."""

from __future__ import annotations

import json

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.notify.models import Service
from dingbell.notify.refusals import Invalid, Missing
from dingbell.notify.services.directory import MOST_MOBILES
from dingbell.pipeline import directory
from dingbell.pipeline.directory import Busy, DirectoryCheckAnswer
from dingbell.pipeline.engine import NotRunning, running
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.services.people import changed


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def mobiles(request: SignedInRequest, service_id: int) -> HttpResponse:
    """The numbers, then whom DingTalk knows by them, then `?add`: those are accounts."""
    service = get_object_or_404(Service, id=service_id)
    written = request.POST.get("mobiles", "")
    context: dict[str, object] = {"service": service, "mobiles": written, "most": MOST_MOBILES}
    if request.method == "GET":
        return render(request, "services/mobiles.html", context)
    wanted = written.replace(",", " ").replace("，", " ").replace("、", " ").split()
    adds = "add" in request.GET
    try:
        answer = directory.by_mobile(running().directory, service_id, wanted, dry_run=not adds)
    except Missing:
        raise Http404 from None
    except NotRunning:
        context["problem"] = _("正在启动，请稍后再试。")
    except Invalid as refusal:
        context["problem"] = refusal.errors[0].message
    else:
        if adds:
            return changed(_("已添加 %(count)d 人。") % {"count": len(answer.added)})
        fresh = sum(not one.known for one in answer.found)
        return render(request, "services/mobiles.html", context | {"answer": answer, "fresh": fresh})
    return render(request, "services/mobiles.html", context, status=422)


@never_cache
@require_GET
@requires(Permission.CONFIGURE)
def check(request: SignedInRequest, service_id: int) -> HttpResponse:
    """How the check fares; the part asks again by itself while it runs."""
    service = get_object_or_404(Service, id=service_id)
    try:
        answer = running().directory.state(service_id)
    except NotRunning:
        return HttpResponse(status=204)
    is_part = request.headers.get("HX-Target") == "directory-check"
    response = _shown(request, service, answer, "services/check_part.html" if is_part else "services/check.html")
    if is_part and answer.state != "running":
        response["HX-Trigger"] = json.dumps({"accounts-changed": {}})
    return response


@require_POST
@requires(Permission.CONFIGURE)
def begin_check(request: SignedInRequest, service_id: int) -> HttpResponse:
    service = get_object_or_404(Service, id=service_id)
    try:
        return _shown(request, service, running().directory.begin(service_id), "services/check_part.html")
    except Busy:
        problem = _("正在核对另一个通知服务的账号，请稍后再试。")
    except NotRunning:
        problem = _("正在启动，请稍后再试。")
    except Invalid as refusal:
        problem = refusal.errors[0].message
    return render(request, "services/check_part.html", {"service": service, "problem": problem}, status=422)


def _shown(request: SignedInRequest, service: Service, answer: DirectoryCheckAnswer, template: str) -> HttpResponse:
    return render(request, template, {"service": service, "check": answer})
