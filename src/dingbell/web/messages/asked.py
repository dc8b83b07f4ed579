"""What the page asks to look at or to try: the form as it stands, one kind of event, an alarm or the sample."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from msgspec import UnsetType

from dingbell.notify.messages.documents import ContentDocument, Kind, MessageInput
from dingbell.web import narrowing
from dingbell.web.document_forms import received


@dataclass(frozen=True, slots=True)
class Asked:
    contents: dict[str, ContentDocument]
    kind: Kind
    alarm: int | None


def asked(request: HttpRequest) -> Asked:
    """Raises BadRequest for what the page's own script would never send."""
    document = received(request.POST.get("document", ""), MessageInput)
    kind, alarm = request.POST.get("kind", ""), request.POST.get("alarm", "")
    return Asked(
        contents={} if isinstance(document.contents, UnsetType) else document.contents,
        kind=Kind(kind) if kind in list(Kind) else Kind.RAISED,
        alarm=narrowing.number(alarm),
    )
