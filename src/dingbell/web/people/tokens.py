"""令牌: what programs sign in with."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.users import tokens
from dingbell.users.models import ApiToken
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission, Scope
from dingbell.web.listing import Column, Filter, Table, Word, listing

SCOPES: dict[Scope, Word] = {
    Scope.EVENTS_WRITE: gettext_lazy("交来报警事件（SCADA、PLC、Prometheus 用）"),
    Scope.ALARMS_READ: gettext_lazy("读报警和它们的经过"),
    Scope.ALARMS_WRITE: gettext_lazy("确认、搁置和备注报警"),
    Scope.CONFIG_READ: gettext_lazy("读通知服务、内容、排程和规则"),
    Scope.CONFIG_WRITE: gettext_lazy("修改通知服务、内容、排程和规则"),
    Scope.DELIVERIES_READ: gettext_lazy("读发送记录和统计"),
    Scope.DELIVERIES_WRITE: gettext_lazy("重发和处理发送记录"),
    Scope.ADMIN: gettext_lazy("全部，包括用户、令牌、审计和设置"),
}
_TABLE = Table(
    kind="token",
    title=gettext_lazy("令牌"),
    columns=(
        Column(gettext_lazy("名称"), "name"),
        Column(gettext_lazy("权限范围")),
        Column(gettext_lazy("状态"), "revoked_at"),
        Column(gettext_lazy("最近使用"), "last_used_at"),
        Column(gettext_lazy("创建"), "created_at"),
    ),
    search_in=("name",),
    filters=(
        Filter(
            "state",
            gettext_lazy("状态"),
            {
                "valid": (gettext_lazy("有效"), Q(revoked_at=None)),
                "revoked": (gettext_lazy("已吊销"), Q(revoked_at__isnull=False)),
            },
        ),
    ),
)


class NewToken(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("名称"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("权限范围"), choices=[(scope.value, scope.value) for scope in Scope]
    )


@require_GET
@requires(Permission.ADMINISTER)
def index(request: SignedInRequest) -> HttpResponse:
    found = listing(request, _TABLE, ApiToken.objects.select_related("created_by"))
    return render(request, "people/tokens.html", {"listing": found})


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.ADMINISTER)
def new(request: SignedInRequest) -> HttpResponse:
    """The token is shown in the answer and never again."""
    form = NewToken(request.POST or None, initial={"scopes": request.GET.getlist("scope")})
    if form.is_valid():
        try:
            made, plain = tokens.create(form.cleaned_data["name"], form.cleaned_data["scopes"], request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _shown_once(request, made, plain)
    ticked = form["scopes"].value() or []
    scopes = [(scope.value, word, scope.value in ticked) for scope, word in SCOPES.items()]
    return render(request, "people/token_form.html", {"form": form, "scopes": scopes})


@require_POST
@requires(Permission.ADMINISTER)
def revoke(request: SignedInRequest, token_id: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, id=token_id)
    tokens.revoke(token_id)
    messages.success(request, _("已吊销：%(name)s") % {"name": token.name})
    return redirect("tokens")


def _shown_once(request: SignedInRequest, token: ApiToken, plain: str) -> HttpResponse:
    context = {
        "what": _("令牌 %(name)s") % {"name": token.name},
        "why": _("请复制到使用它的程序里。它只显示这一次；丢了就吊销，再建一个。"),
        "secret": plain,
        "back": reverse("tokens"),
    }
    return render(request, "people/shown_once.html", context)
