"""重发, 标为已处理, 删除: of the ticked rows, or of one delivery on its own page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dingbell.pipeline import engine
from dingbell.pipeline.afterwards import Outcome, refusal
from dingbell.pipeline.engine import NotRunning
from dingbell.storage.writer import StorageUnavailable
from dingbell.users import acting
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission


@require_POST
@requires(Permission.CONFIGURE)
def ticked(request: SignedInRequest) -> HttpResponse:
    """Then the list again, narrowed as it was: its rows carry that along."""
    given = request.POST.getlist("id")
    _do(request, [int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 19], sent_too=False)
    query = request.POST.get("query", "")
    return redirect(reverse("deliveries") + (query if query.startswith("?") else ""))


@require_POST
@requires(Permission.CONFIGURE)
def one(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    """What did arrive is sent again, too: its page asks first."""
    outcome = _do(request, [delivery_id], sent_too=True)
    again = outcome.done.get(delivery_id) if outcome else None
    if request.POST.get("do") == "delete" and outcome and outcome.done:
        return redirect("deliveries")
    return redirect("delivery", again or delivery_id)


def _do(request: HttpRequest, ids: Sequence[int], *, sent_too: bool) -> Outcome | None:
    """What became of it, as messages for the next page, too."""
    wanted, actor = request.POST.get("do", ""), acting.current()
    try:
        afterwards = engine.running().afterwards
        match wanted:
            case "resend":
                outcome = afterwards.resend(ids, actor, sent_too=sent_too)
            case "handle":
                outcome = afterwards.handle(ids, actor)
            case "delete":
                outcome = afterwards.hide(ids, actor)
            case _:
                raise BadRequest
    except (StorageUnavailable, NotRunning):
        messages.error(request, _("数据暂时写不进去，请稍后再试。"))
        return None
    if count := len(outcome.done):
        messages.success(request, _done(wanted, count) % {"count": count})
    for reason, refused in Counter(outcome.refused.values()).most_common():
        text = ngettext("%(count)d 条没有处理：%(reason)s", "%(count)d 条没有处理：%(reason)s", refused)
        messages.warning(request, text % {"count": refused, "reason": refusal(reason, get_language() or "zh-hans")})
    return outcome


def _done(wanted: str, count: int) -> str:
    if wanted == "resend":
        return ngettext("已重发 %(count)d 条", "已重发 %(count)d 条", count)
    if wanted == "handle":
        return ngettext("已把 %(count)d 条标为已处理", "已把 %(count)d 条标为已处理", count)
    return ngettext("已删除 %(count)d 条", "已删除 %(count)d 条", count)
