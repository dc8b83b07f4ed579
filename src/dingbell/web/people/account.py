"""我的账号: where one is signed in, and ending that elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dingbell.storage.times import from_us
from dingbell.users import sessions
from dingbell.users.changes import end_session, end_sessions
from dingbell.users.devices import device_name
from dingbell.users.models import User
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    address: str
    signed_in_at: datetime | None
    seen_at: datetime | None
    is_this: bool
    id: str


def devices(user: User, key: str | None) -> list[Device]:
    """Where the person is signed in; `key` is the session of the one who looks."""
    return [
        Device(
            name=device_name(one.device) or _("未知设备"),
            address=one.address,
            signed_in_at=from_us(one.signed_in_us) if one.signed_in_us else None,
            seen_at=from_us(one.seen_us) if one.seen_us else None,
            is_this=one.session_key == key,
            id=sessions.public_id(one.session_key),
        )
        for one in sessions.of(user)[:200]
    ]


@never_cache
@require_GET
@requires(Permission.VIEW)
def account(request: SignedInRequest) -> HttpResponse:
    return render(request, "people/account.html", {"devices": devices(request.user, request.session.session_key)})


@require_POST
@requires(Permission.VIEW)
def end(request: SignedInRequest) -> HttpResponse:
    """Sign out one device, or all the others."""
    own = request.session.session_key
    if public_id := request.POST.get("device"):
        ended = end_session(request.user.id, public_id, but=own)
    else:
        ended = end_sessions(request.user.id, but=own)
    text = ngettext("已退出 %(count)d 台设备。", "已退出 %(count)d 台设备。", ended)
    messages.success(request, text % {"count": ended})
    return redirect("account")
