"""额度: how the month stands, where it went, and how sparingly is sent."""

from __future__ import annotations

import re

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dingbell.delivery import months, quota, quota_choices
from dingbell.delivery.quota_words import MODES
from dingbell.notify.refusals import InUse, Invalid, Missing
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.quota.showing import month_name, spent, standing

_MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])")


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    now = now_us()
    today = months.day_of(now, quota.zone())
    this_month = today // 100
    asked = _MONTH.fullmatch(request.GET.get("month", ""))
    month = min(int(asked[1] + asked[2]), this_month) if asked else this_month
    everyone = request.GET.get("everyone") == "1"
    context = {
        "pools": [
            (standing(account), spent(account, month, today, everyone=everyone)) for account in quota.accounts(now)
        ],
        "modes": MODES.items(),
        "month": month_name(month),
        "earlier": month_name(months.earlier_month(month, 1)),
        "later": month_name(months.earlier_month(month, -1)) if month < this_month else "",
        "is_now": month == this_month,
    }
    return render(request, "quota/page.html", context)


@require_POST
@requires(Permission.CONFIGURE)
def choose(request: SignedInRequest, pool: str) -> HttpResponse:
    organisation, mode = request.POST.get("organisation", ""), request.POST.get("mode", "")
    try:
        account = quota_choices.choose(organisation, pool, mode, str(request.user), now_us())
    except Missing:
        raise Http404 from None
    except Invalid as error:
        messages.error(request, error.errors[0].message)
        return redirect("quota")
    messages.success(request, _("现在：%(mode)s。") % {"mode": MODES[account.standing.mode]})
    return redirect("quota")


@require_POST
@requires(Permission.CONFIGURE)
def reset(request: SignedInRequest, pool: str) -> HttpResponse:
    try:
        quota_choices.reset(request.POST.get("organisation", ""), pool, now_us())
    except Missing:
        raise Http404 from None
    except InUse as error:
        messages.info(request, error.errors[0].message)
        return redirect("quota")
    messages.success(request, _("恢复发送，等候的消息一分钟内开始发出。"))
    return redirect("quota")
