"""The accounts on the page of a service: a page of them, and one at a time in a dialog. Changes count at once."""

from __future__ import annotations

import json
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.notify.models import Account, Presence, Service
from dingbell.notify.refusals import FieldError, Invalid, Missing
from dingbell.notify.services import account_changes, accounts
from dingbell.notify.services.contacts import cells
from dingbell.notify.services.documents import AccountAnswer, AccountInput
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission

_ROWS = 20
_NAMED = 5


def shown(request: HttpRequest, service_id: int) -> dict[str, Any]:
    """What account_list.html shows: `?q=`, `?presence=` and `?page=` of the address."""
    search = request.GET.get("q", "")[:100].strip()
    only = request.GET.get("presence", "")
    only = only if only in (Presence.FOUND, Presence.GONE) else ""
    found = account_changes.found(service_id, search, only or None)
    page: Page[Account] = Paginator(found, _ROWS).get_page(request.GET.get("page"))
    gone = Account.objects.filter(service=service_id, presence=Presence.GONE).count()
    rows = [accounts.answer(one) for one in page.object_list]
    return {"people": page, "rows": rows, "search": search, "only": only, "gone": gone}


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest, service_id: int) -> HttpResponse:
    service = get_object_or_404(Service, id=service_id)
    return render(request, "services/account_list.html", {"service": service, **shown(request, service_id)})


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def new(request: SignedInRequest, service_id: int) -> HttpResponse:
    get_object_or_404(Service, id=service_id)
    if request.method == "GET":
        return _dialog(request, reverse("account_new", args=[service_id]), AccountInput())
    document = _typed(request)
    try:
        account_changes.add(service_id, document)
    except Invalid as refusal:
        return _dialog(request, reverse("account_new", args=[service_id]), document, refusal.errors)
    return changed()


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def change(request: SignedInRequest, service_id: int, account_id: int) -> HttpResponse:
    address = reverse("account", args=[service_id, account_id])
    try:
        if request.method == "GET":
            return _dialog(request, address, account_changes.describe(service_id, account_id))
        document = _typed(request)
        account_changes.change(service_id, account_id, document)
    except Missing:
        raise Http404 from None
    except Invalid as refusal:
        return _dialog(request, address, document, refusal.errors, account_id)
    return changed()


@require_POST
@requires(Permission.CONFIGURE)
def remove(request: SignedInRequest, service_id: int, account_id: int) -> HttpResponse:
    try:
        account_changes.remove(service_id, account_id)
    except Missing:
        return changed(_("这个账号已经不在了。"), "info")
    except Invalid as refusal:
        return changed(refusal.errors[0].message, "danger")
    return changed()


@require_POST
@requires(Permission.CONFIGURE)
def remove_gone(request: SignedInRequest, service_id: int) -> HttpResponse:
    """Everybody whom the list shows as having left; `q` as it searches."""
    try:
        count, kept = account_changes.remove_gone(service_id, request.POST.get("q", "")[:100].strip())
    except Missing:
        raise Http404 from None
    except Invalid as refusal:
        return changed(refusal.errors[0].message, "danger")
    text = _("移除了 %(removed)d 个账号。") % {"removed": count}
    if not kept:
        return changed(text)
    names = "、".join(f"“{name}”" for name in kept[:_NAMED]) + ("…" if len(kept) > _NAMED else "")
    return changed(text + _("通知规则中用到的保留：%(names)s。") % {"names": names}, "warning")


def changed(text: str = "", level: str = "success") -> HttpResponse:
    """Close the dialog and have the list drawn anew; it shows what was done, `text` what it cannot show."""
    triggers: dict[str, dict[str, str]] = {"dialog-done": {}, "accounts-changed": {}}
    if text:
        triggers["toast"] = {"text": text, "level": level}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(triggers)})


def _typed(request: HttpRequest) -> AccountInput:
    typed = request.POST
    return AccountInput(
        user_id=typed.get("user_id", ""), name=typed.get("name", ""), mobile=typed.get("mobile", ""),
        department=typed.get("department", ""),
    )  # fmt: skip


def _dialog(
    request: HttpRequest, address: str, account: AccountInput | AccountAnswer, errors: list[FieldError] | None = None,
    account_id: int = 0,
) -> HttpResponse:  # fmt: skip
    problems = {error.field: error.message for error in errors or []}
    labels = {
        "user_id": (_("唯一ID"), cells.MOST_USER_ID),
        "name": (_("姓名"), cells.MOST_NAME),
        "mobile": (_("手机号"), cells.MOST_MOBILE),
        "department": (_("部门"), cells.MOST_DEPARTMENT),
    }
    fields = []
    for name, (label, most) in labels.items():
        value = getattr(account, name)
        text = value if isinstance(value, str) else ""
        fields.append((name, label, text, most, name in ("user_id", "name"), problems.get(name, "")))
    number = account.id if isinstance(account, AccountAnswer) else account_id
    context = {"address": address, "account": {"id": number}, "fields": fields, "problem": problems.get("", "")}
    return render(request, "services/account.html", context, status=422 if problems else 200)
