"""The file of contacts that the import dialog sends: tried and stored as over REST, and answered as JSON.

Both answers are 200, because a browser reports every other status as an error of the page.
"""

from __future__ import annotations

import msgspec
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dingbell.notify.refusals import Missing
from dingbell.notify.services import importing
from dingbell.notify.services.contacts import files, words
from dingbell.notify.services.contacts.found import Contents, Unusable
from dingbell.notify.services.contacts.reading import read
from dingbell.notify.services.import_documents import ImportAnswer, ImportCounts
from dingbell.notify.services.importing import Wishes
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission

_MOST_LISTED = 100_000


@require_POST
@requires(Permission.CONFIGURE)
def change(request: SignedInRequest, service_id: int) -> JsonResponse:
    """`?dry_run=true` only tells what it would change."""
    try:
        contents = _contents(request)
        if request.GET.get("dry_run") == "true":
            return _told(importing.preview(service_id, contents, _wishes(request)))
        made = importing.make(service_id, contents, _wishes(request))
    except Unusable as refusal:
        return JsonResponse({"problem": words.unusable(refusal.reason)})
    except Missing:
        raise Http404 from None
    return JsonResponse({"said": _sentence(made.counts)})


@require_POST
@requires(Permission.CONFIGURE)
def new(request: SignedInRequest) -> JsonResponse:
    """For a service that is not stored yet: the form takes the people."""
    try:
        return _told(importing.preview(None, _contents(request), _wishes(request)))
    except Unusable as refusal:
        return JsonResponse({"problem": words.unusable(refusal.reason)})


def _contents(request: HttpRequest) -> Contents:
    """Raises Unusable."""
    file = request.FILES.get("file")
    if file is None:
        raise Unusable("empty")
    if file.size is not None and file.size > files.MOST_BYTES:
        raise Unusable("too_large")
    return read(file.read())


def _wishes(request: HttpRequest) -> Wishes:
    return Wishes(
        numbers=request.GET.get("numbers") == "true",
        remove_missing=request.GET.get("remove_missing") == "true",
        listed=_MOST_LISTED,
    )


def _told(answer: ImportAnswer) -> JsonResponse:
    return JsonResponse({"answer": msgspec.to_builtins(answer)})


def _sentence(counts: ImportCounts) -> str:
    text = _("已导入 %(stored)d 人。") % {"stored": counts.stored}
    if counts.removed:
        text += _("移除了 %(removed)d 个账号。") % {"removed": counts.removed}
    if counts.rejected:
        text += _("%(rejected)d 行不能导入。") % {"rejected": counts.rejected}
    return text
