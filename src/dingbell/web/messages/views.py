"""通知内容: the list, the form with its live preview, copying and deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.alarms import listing as alarm_listing
from dingbell.notify.messages import messages, previews, subjects
from dingbell.notify.messages.documents import ContentDocument, Kind, MessageAnswer, MessageInput, Use, usual
from dingbell.notify.messages.template_values import MORE, OF_DIGESTS, OF_ESCALATIONS, PARAMETERS
from dingbell.notify.models import Message, ServiceType
from dingbell.notify.refusals import Invalid, Missing
from dingbell.storage.times import now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import switches
from dingbell.web.document_forms import keep
from dingbell.web.listing import Column, Table, listing
from dingbell.web.messages.asked import asked
from dingbell.web.messages.drawing import drawn
from dingbell.web.messages.words import FILTERS, FORMS, KINDS, USES
from dingbell.web.switches import Ticked

_TABLE = Table(
    kind="message",
    title=_("通知内容"),
    columns=(
        Column(_("名称"), "name"),
        Column(_("类型"), "type"),
        Column(_("自己的内容")),
        Column(_("使用它的规则"), "used"),
        Column(_("创建时间"), "created_at"),
    ),
    search_in=("name", "description"),
    loss=_("正在等待发送的通知会改用内置内容。"),
)
_RECENT = 12
_ITS_OWN = (Kind.RAISED, Kind.DIGEST)  # kinds that cannot be the same as a raised alarm


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list; `own` are the kinds of events it words itself."""

    id: int
    name: str
    description: str
    own: list[str | Promise]
    used: int
    created_at: datetime


@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    found = messages.everything().annotate(used=Count("blocks__rule", distinct=True))
    return render(request, "messages/list.html", {"listing": listing(request, _TABLE, found, _lines)})


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def new(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return keep(request, MessageInput, messages.create, reverse("messages"))
    nothing = MessageAnswer(
        id=0, name="", description="", type=ServiceType.DINGTALK.value, contents=usual(), created_at=""
    )
    return _form(request, nothing)


@never_cache
@require_GET
@requires(Permission.VIEW)
def show(request: SignedInRequest, message_id: int) -> HttpResponse:
    try:
        return _form(request, messages.describe(message_id))
    except Missing:
        raise Http404 from None


@require_POST
@requires(Permission.CONFIGURE)
def change(request: SignedInRequest, message_id: int) -> HttpResponse:
    return keep(
        request, MessageInput, partial(messages.update, message_id), reverse("messages"), of=("message", message_id)
    )


@require_POST
@requires(Permission.CONFIGURE)
def copy(request: SignedInRequest, message_id: int) -> HttpResponse:
    return switches.copy(request, partial(messages.copy, message_id), "message")


@require_POST
@requires(Permission.CONFIGURE)
def ticked(request: SignedInRequest) -> HttpResponse:
    return switches.ticked(request, Message.objects.all(), Ticked(messages.delete), reverse("messages"))


@require_POST
@requires(Permission.CONFIGURE)
def delete(request: SignedInRequest, message_id: int) -> HttpResponse:
    message = get_object_or_404(Message, id=message_id)
    return switches.delete(request, message.name, partial(messages.delete, message_id), reverse("messages"))


@require_POST
@requires(Permission.VIEW)
def preview(request: SignedInRequest) -> HttpResponse:
    """The message being written, as a phone would draw it."""
    wanted = asked(request)
    try:
        messages.check_shape(wanted.contents)
        situation = subjects.subject(wanted.kind, wanted.alarm, now_us())
    except Invalid as error:
        return render(request, "messages/preview.html", {"problem": error.errors[0].message})
    shown = previews.preview(wanted.contents, wanted.kind, situation, subjects.zone())
    context = {
        "shown": shown,
        "drawn": drawn(shown.text),
        "kind": KINDS[wanted.kind][0],
        "sizes": (
            (_("群机器人"), shown.bytes, shown.limit),
            (_("钉钉账号"), shown.account_bytes, shown.account_limit),
        ),
    }
    return render(request, "messages/preview.html", context)


def _form(request: HttpRequest, message: MessageAnswer) -> HttpResponse:
    contents = {kind: _shown_content(message.contents.get(kind.value), kind) for kind in Kind}
    context = {
        "message": message,
        "kinds": [
            {
                "kind": kind.value, "word": KINDS[kind][0], "when": KINDS[kind][1], "content": content,
                "uses": [(use.value, word) for use, word in USES.items() if use != Use.RAISED or kind not in _ITS_OWN],
                "parameters": _parameters(kind),
            }
            for kind, content in contents.items()
        ],
        "forms": [(form.value, *words) for form, words in FORMS.items()],
        "filters": FILTERS,
        "recent": alarm_listing.page(alarm_listing.Wanted(), _RECENT),
    }  # fmt: skip
    return render(request, "messages/form.html", context)


def _shown_content(content: ContentDocument | None, kind: Kind) -> ContentDocument:
    if content is None or (kind is Kind.DIGEST and content.use == Use.RAISED):  # where that is the built-in one
        return ContentDocument(use=Use.BUILTIN)
    return content


def _parameters(kind: Kind) -> list[tuple[str, str | Promise]]:
    """(text to insert, what it stands for), the twelve first."""
    more = {**MORE}
    if kind is Kind.ESCALATED:
        more |= OF_ESCALATIONS
    if kind is Kind.DIGEST:
        more |= OF_DIGESTS
    braces = [(f"{{{name}}}", word) for name, word in PARAMETERS.items()]
    return braces + [(f"{{{{ {name} }}}}", word) for name, word in more.items()]


def _lines(found: Sequence[Message]) -> list[Line]:
    return [
        Line(
            id=one.id,
            name=one.name,
            description=one.description,
            own=[KINDS[kind][0] for kind in Kind if _is_own(one, kind)],
            used=getattr(one, "used", 0),
            created_at=one.created_at,
        )
        for one in found
    ]


def _is_own(message: Message, kind: Kind) -> bool:
    return bool(message.contents.get(kind.value, {}).get("use") == Use.OWN)
