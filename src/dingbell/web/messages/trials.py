"""发送测试: the message being written, to one receiver, and how it fares (as web/services/trials.py)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dingbell.notify.models import Service
from dingbell.notify.refusals import Invalid
from dingbell.pipeline import message_trial
from dingbell.pipeline.engine import NotRunning
from dingbell.storage.writer import StorageUnavailable
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import narrowing
from dingbell.web.messages.asked import asked
from dingbell.web.messages.words import KINDS
from dingbell.web.services import trials


@never_cache
@require_GET
@requires(Permission.CONFIGURE)
def ask(request: SignedInRequest) -> HttpResponse:
    """Through which service and to whom; `?service=` is chosen already."""
    return render(request, "messages/test.html", _choice(request.GET.get("service", "")))


@require_POST
@requires(Permission.CONFIGURE)
def begin(request: SignedInRequest) -> HttpResponse:
    """Send it, and show how it fares."""
    wanted = asked(request)
    service, chosen = request.POST.get("service", ""), request.POST.get("receiver", "")
    kind, _colon, number = chosen.partition(":")
    try:
        delivery_id = message_trial.begin(
            wanted.contents, wanted.kind, wanted.alarm, _number(service), {kind: _number(number)}, str(request.user)
        )
    except Invalid as error:
        problem = error.errors[0].message
        if error.errors[0].field.startswith("contents."):
            problem = _("“%(kind)s”的内容有错：%(problem)s") % {"kind": KINDS[wanted.kind][0], "problem": problem}
    except (StorageUnavailable, NotRunning):
        problem = _("没有发出：数据暂时写不进去，请稍后再试。")
    else:
        return render(request, "messages/trial.html", trials.shown(_number(service), chosen, delivery_id))
    return render(request, "messages/test.html", _choice(service) | {"problem": problem, "chosen": chosen}, status=422)


def _choice(service: str) -> dict[str, Any]:
    services = Service.objects.filter(enabled=True).order_by("name")
    found = services.filter(id=_number(service)).first() or services.first()
    receivers = trials.asked(found.id, "") if found else {}
    return {"services": services, **receivers}


def _number(text: str) -> int:
    return narrowing.number(text) or 0
