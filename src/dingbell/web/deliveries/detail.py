"""One delivery: to whom, why, every try, and the message as it was sent."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.channels.base import Message
from dingbell.channels.dingtalk import reading
from dingbell.channels.redaction import mask_links
from dingbell.delivery import records
from dingbell.delivery.models import Notice
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.deliveries.showing import shown
from dingbell.web.messages.drawing import drawn


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    now = now_us()
    record = records.find(delivery_id, now)
    if record is None:
        raise Http404
    message = _message(records.message(record.delivery))
    context = {
        "one": shown([record], now)[0],
        "notice": Notice.objects.filter(id=record.delivery.notice_id or 0).first(),
        "message": message,
        "drawn": drawn(message.text) if message else "",
        "together": records.count_of_digest(record.delivery.digest),
    }
    return render(request, "deliveries/detail.html", context)


def _message(body: str) -> Message | None:
    """As it was sent, without what would let a reader act as somebody else."""
    try:
        return reading.sent(mask_links(body)) if body else None
    except ValueError:
        return None
