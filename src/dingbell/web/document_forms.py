"""Forms that the page sends as one JSON document, and what it is answered (frontend/src/documents.js).

What was typed stays in the page: an answer holds only where to go next, or the problems by field. Both are 200,
because a browser reports every other status as an error of the page.
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


def keep(request: HttpRequest, kind: type[D], change: Callable[[D], Named], back: str) -> JsonResponse:
    """Make the change that the page asks for, then lead it `back`. Raises Http404 for what is gone."""
    try:
        kept = change(received(request.body, kind))
    except Invalid as error:
        return JsonResponse({"errors": msgspec.to_builtins(error.errors)})
    except Missing:
        raise Http404 from None
    messages.success(request, _("已保存：%(name)s") % {"name": kept.name})
    return JsonResponse({"location": back})
