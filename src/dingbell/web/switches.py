"""What is done to the rows of a list: switched, copied, deleted, and the same to all that are ticked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from dingbell.notify.refusals import Invalid, Missing
from dingbell.web.document_forms import Named

_REASONS_SHOWN = 5


class Kept(Named, Protocol):
    """What making something answers: a document with a name and an id."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Ticked:
    """What can be done to ticked rows, each by its id; None: not here."""

    delete: Callable[[int], object] | None = None
    turn: Callable[[int, bool], object] | None = None

    def action(self, name: str) -> Callable[[int], object]:
        """Raises BadRequest for what the page offers no button for."""
        if name == "delete" and self.delete is not None:
            return self.delete
        if name in {"enable", "disable"} and self.turn is not None:
            turn = self.turn
            return lambda row_id: turn(row_id, name == "enable")
        raise BadRequest


_DONE: dict[str, Any] = {
    "enable": ngettext_lazy("已启用 %(count)d 项", "已启用 %(count)d 项", "count"),
    "disable": ngettext_lazy("已停用 %(count)d 项", "已停用 %(count)d 项", "count"),
    "delete": ngettext_lazy("已删除 %(count)d 项", "已删除 %(count)d 项", "count"),
}
_REFUSED: dict[str, str | Promise] = {
    "enable": gettext_lazy("没有启用“%(name)s”。%(reason)s"),
    "disable": gettext_lazy("没有停用“%(name)s”。%(reason)s"),
    "delete": gettext_lazy("没有删除“%(name)s”。%(reason)s"),
}


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
        messages.error(request, _REFUSED["delete"] % {"name": name, "reason": _reasons(error)})
        return _lead(request, back)
    messages.success(request, _("已删除：%(name)s") % {"name": name})
    return _lead(request, back)


def copy(request: HttpRequest, make: Callable[[], Kept], form: str) -> HttpResponse:
    """Make the copy and open its `form` (the name of the address), where it gets its own name. Raises Http404."""
    try:
        made = make()
    except Missing:
        raise Http404 from None
    messages.success(request, _("已复制为：%(name)s") % {"name": made.name})
    return redirect(form, made.id)


def ticked(request: HttpRequest, rows: QuerySet[Any], can: Ticked, back: str) -> HttpResponse:
    """Do what the pressed button says to each ticked row, one by one; tell those that refused, by name and reason."""
    wanted = request.POST.get("do", "")
    act = can.action(wanted)
    done, refused = 0, []
    for row in _asked(request, rows):
        try:
            act(row.pk)
        except Missing:
            continue
        except Invalid as error:
            refused.append(_REFUSED[wanted] % {"name": getattr(row, "name", row), "reason": _reasons(error)})
        else:
            done += 1
    if done:
        messages.success(request, _DONE[wanted] % {"count": done})
    if refused:
        messages.error(request, _list(refused))
    return _lead(request, back)


def _asked(request: HttpRequest, rows: QuerySet[Any]) -> Sequence[Model]:
    ids = [int(one) for one in request.POST.getlist("id") if one.isascii() and one.isdecimal() and len(one) < 19]
    return list(rows.filter(pk__in=ids))


def _list(refused: Sequence[str]) -> str:
    shown = "\n".join(refused[:_REASONS_SHOWN])
    left = len(refused) - _REASONS_SHOWN
    return f"{shown}\n" + _("还有 %(count)d 项") % {"count": left} if left > 0 else shown


def _lead(request: HttpRequest, back: str) -> HttpResponse:
    """To the list, searched and sorted as the person left it: the address of the action carries that along."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{back}?{query}" if query else back)


def _reasons(error: Invalid) -> str:
    return " ".join(one.message for one in error.errors)
