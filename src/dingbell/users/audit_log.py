"""The audit read: newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dingbell.users.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is not given does not narrow. `text` is a part of the object's name; the times are microseconds."""

    kind: str = ""
    object_id: int | None = None
    actor: str = ""
    text: str = ""
    since_us: int | None = None
    until_us: int | None = None


def page(wanted: Wanted, limit: int, before: int | None, *, documents: bool = True) -> list[AuditEntry]:
    """The newest `limit` entries with an id under `before`; without their documents where only a list is drawn."""
    found = AuditEntry.objects.order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.object_id is not None:
        found = found.filter(object_id=wanted.object_id)
    if wanted.actor:
        found = found.filter(actor=wanted.actor)
    if wanted.text:
        found = found.filter(name__icontains=wanted.text)
    if wanted.since_us is not None:
        found = found.filter(at_us__gte=wanted.since_us)
    if wanted.until_us is not None:
        found = found.filter(at_us__lt=wanted.until_us)
    return list((found if documents else found.defer("before", "after"))[:limit])


def last_names(kind: str, ids: Iterable[int]) -> dict[int, str]:
    """What objects were called last, also those that are gone."""
    entries = AuditEntry.objects.filter(kind=kind, object_id__in=list(ids)).order_by("id")
    return dict(entries.values_list("object_id", "name"))


def last_change(kind: str, object_id: int) -> AuditEntry | None:
    """The newest change of its document; not what was done beside it: an order moved, accounts imported."""
    found = AuditEntry.objects.filter(kind=kind, object_id=object_id, after__has_key="name").defer("before", "after")
    return found.order_by("-id").first()
