"""Forms that the page sends as one JSON document, and what it is answered (frontend/src/documents.js).

What was typed stays in the page: an answer holds only where to go next, or the problems by field. Both are 200,
because a browser reports every other status as an error of the page. A form says which change of its object it shows;
where somebody made another since, the answer asks first, and nothing is stored until the form is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from dingbell.notify.refusals import Invalid, Missing
from dingbell.users import audit_log
from dingbell.web.audit.actors import actor_name, names_of

D = TypeVar("D", bound=msgspec.Struct)


class Named(Protocol):
    """What a change answers: a document with a name."""

    @property
    def name(self) -> str: ...


def received(body: bytes | str, kind: type[D]) -> D:
    """Raises BadRequest for what the page's own script would never send."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadRequest from None


def keep(
    request: HttpRequest, kind: type[D], change: Callable[[D], Named], back: str, *, of: tuple[str, int] | None = None
) -> JsonResponse:
    """Make the change that the page asks for, then lead it `back`. Raises Http404 for what is gone.

    `of` names what is changed as the audit does: kind and id.
    """
    if of and (overtaken := _overtaken(request.headers.get("X-Shown-Change", ""), *of)):
        return JsonResponse({"overtaken": overtaken})
    try:
        kept = change(received(request.body, kind))
    except Invalid as error:
        return JsonResponse({"errors": msgspec.to_builtins(error.errors)})
    except Missing:
        raise Http404 from None
    messages.success(request, _("已保存：%(name)s") % {"name": kept.name})
    for warning in getattr(kept, "warnings", None) or ():
        messages.warning(request, warning.message)
    return JsonResponse({"location": back})


def _overtaken(shown: str, kind: str, object_id: int) -> dict[str, str] | None:
    """What to ask where the page shows an older state than the stored one."""
    last = audit_log.last_change(kind, object_id)
    if not shown or last is None or shown == str(last.id):
        return None
    who = actor_name(last.actor, names_of([last.actor]))
    return {
        "shown": str(last.id),
        "question": _("打开这一页之后，%(who)s 已经修改了“%(name)s”") % {"who": who, "name": last.name},
        "detail": _("继续保存会用您的内容覆盖这次修改。要先看看，请取消，在新窗口打开这一页。"),
        "yes": _("覆盖并保存"),
    }
