"""`/api/v1/audit`: who changed what of the configuration, and who signed in."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from dingbell.api.alarm_documents import local_iso
from dingbell.api.bodies import answer
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import clean, moment
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import not_found
from dingbell.storage.ids import LARGEST_ID
from dingbell.users import audit_log
from dingbell.users.audit_log import Wanted
from dingbell.users.models import AuditEntry
from dingbell.users.roles import Scope

router = Router(tags=["audit"])


class AuditAnswer(msgspec.Struct, kw_only=True):
    """`actor` is `user:NAME`, `token:NAME`, `command:NAME`, or "" for the product itself.

    `before` and `after` are the object as REST answers it; null before a creation and after a deletion. They hold no
    secret; `"secret_replaced": true` stands beside one that was replaced.
    """

    id: int
    at: str | None
    actor: str
    kind: str
    object_id: int
    name: str
    action: str
    before: Any
    after: Any


class AuditQuery(Schema):
    kind: str = Field(
        "", description="service, rule, message, schedule, group, silence, account, user, token, signin …"
    )
    object_id: int | None = Field(None, ge=0, le=LARGEST_ID)
    actor: str = Field("", description="user:NAME, token:NAME, command:NAME")
    q: str = Field("", description="Text in the name of the object.")
    since: str = ""
    until: str = ""

    def wanted(self) -> Wanted:
        """Raises Problem 422."""
        return Wanted(
            kind=clean("kind", self.kind),
            object_id=self.object_id,
            actor=clean("actor", self.actor),
            text=clean("q", self.q),
            since_us=moment("since", self.since),
            until_us=moment("until", self.until),
        )


@router.get("", **operation(Scope.ADMIN, "审计", pages=AuditAnswer))
def list_entries(
    request: ApiRequest, query: Query[AuditQuery], limit: Limit = USUAL_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Newest first. Nothing changes or removes an entry."""
    place = after(cursor)
    found = audit_log.page(query.wanted(), limit + 1, place[0] if place else None)
    return page(found, limit, lambda entry: [entry.id], _answer)


@router.get("/{int:entry_id}", **operation(Scope.ADMIN, "一条审计", answer=AuditAnswer))
def get_entry(request: ApiRequest, entry_id: int) -> HttpResponse:
    entry = AuditEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise not_found()
    return answer(_answer(entry))


def _answer(entry: AuditEntry) -> AuditAnswer:
    return AuditAnswer(
        id=entry.id,
        at=local_iso(entry.at_us),
        actor=entry.actor,
        kind=entry.kind,
        object_id=entry.object_id,
        name=entry.name,
        action=entry.action,
        before=entry.before,
        after=entry.after,
    )
