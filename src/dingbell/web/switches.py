"""The switch in a row of a list, and deleting a row."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from dingbell.notify.refusals import Invalid, Missing
from dingbell.web.document_forms import Named


def switch(
    request: HttpRequest,
    turn: Callable[[bool], Named],
    describe: Callable[[], Named],
) -> HttpResponse:
    """Switch on or off as the box in the request says; answers the switch as it then stands, with a toast."""
    on = "enabled" in request.POST
    try:
        row = turn(on)
    except Missing:
        raise Http404 from None
    except Invalid as error:
        row = describe()
        toast = {"text": _reasons(error), "level": "danger"}
    else:
        text = _("已启用：%(name)s") if on else _("已停用：%(name)s")
        toast = {"text": text % {"name": row.name}, "level": "success"}
    answer = render(request, "parts/switch.html", {"row": row, "url": request.path})
    answer["HX-Trigger"] = json.dumps({"toast": toast})
    return answer


def delete(request: HttpRequest, name: str, remove: Callable[[], None], back: str) -> HttpResponse:
    """Remove it, or say why not; then show the list again. What is gone already is no mistake."""
    try:
        remove()
    except Missing:
        pass
    except Invalid as error:
        messages.error(request, _("没有删除“%(name)s”。%(reason)s") % {"name": name, "reason": _reasons(error)})
        return redirect(back)
    messages.success(request, _("已删除：%(name)s") % {"name": name})
    return redirect(back)


def _reasons(error: Invalid) -> str:
    return " ".join(one.message for one in error.errors)
