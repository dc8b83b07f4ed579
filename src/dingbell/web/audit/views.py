"""审计: who changed what, newest first; an entry opens to what was different before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET

from dingbell.storage.times import from_us
from dingbell.users import audit_log
from dingbell.users.audit import SIGN_IN, Action
from dingbell.users.audit_log import Wanted
from dingbell.users.models import AuditEntry, User
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import moments, narrowing
from dingbell.web.audit.actors import actor_name, names_of
from dingbell.web.audit.differences import differences
from dingbell.web.audit.names import Names
from dingbell.web.audit.wording import ACTIONS, KINDS, place, value
from dingbell.web.words import Word

_ROWS = 50
_MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the list."""

    id: int
    at: datetime
    actor: str
    kind: Word
    action: str
    action_word: Word
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Told:
    """One field that differs."""

    place: str
    was: str
    now: str


@require_GET
@requires(Permission.ADMINISTER)
def index(request: SignedInRequest) -> HttpResponse:
    given = {name: str(text).replace("\x00", "") for name, text in request.GET.items()}
    before = narrowing.number(given.get("before", ""))
    found = audit_log.page(_wanted(given), _ROWS + 1, before, documents=False)
    narrowed = {name: given[name] for name in ("kind", "object", "actor", "q", "since", "until") if given.get(name)}
    following = f"?{urlencode(narrowed | {'before': found[_ROWS - 1].id})}" if len(found) > _ROWS else ""
    people = [(f"user:{user.username}", str(user)) for user in User.objects.order_by("username")[:500]]
    context = {
        "lines": _lines(found[:_ROWS]),
        "given": given,
        "narrowed": narrowed,
        "newest": f"?{urlencode(narrowed)}" if before is not None else "",
        "following": following,
        "kinds": KINDS.items(),
        "people": people,
        "is_known": given.get("actor", "") in dict(people),
        "actor_name": actor_name(given.get("actor", ""), {}),
    }
    return render(request, "audit/list.html", context)


@require_GET
@requires(Permission.ADMINISTER)
def entry(request: SignedInRequest, entry_id: int) -> HttpResponse:
    found = get_object_or_404(AuditEntry, id=entry_id)
    names = Names(found.before, found.after)
    changes = differences(found.before, found.after)
    told = [
        Told(
            place(one.where),
            value(str(one.where[-1]), one.was, names),
            value(str(one.where[-1]), one.now, names),
        )
        for one in changes[:_MOST_CHANGES]
    ]
    context = {"told": told, "both": found.action == Action.CHANGED, "more": max(0, len(changes) - _MOST_CHANGES)}
    return render(request, "audit/entry.html", context)


def _wanted(given: dict[str, str]) -> Wanted:
    """What cannot be understood does not narrow."""
    return Wanted(
        kind=given.get("kind", ""),
        object_id=narrowing.number(given.get("object", "")),
        actor=given.get("actor", ""),
        text=given.get("q", "").strip(),
        since_us=moments.read(given.get("since", "")),
        until_us=moments.read(given.get("until", "")),
    )


def _lines(found: Sequence[AuditEntry]) -> list[Line]:
    people = names_of(one.actor for one in found)
    return [
        Line(
            id=one.id,
            at=from_us(one.at_us),
            actor=actor_name(one.actor, people),
            kind="" if one.kind == SIGN_IN else KINDS.get(one.kind, one.kind),
            action=one.action,
            action_word=ACTIONS.get(one.action, one.action),
            name=one.name,
            href=_address(one),
        )
        for one in found
    ]


def _address(one: AuditEntry) -> str:
    """Where the object can be seen, as long as it is there."""
    if one.action == Action.DELETED:
        return ""
    try:
        return reverse({"signin": "user"}.get(one.kind, one.kind), args=[one.object_id]) if one.object_id else ""
    except NoReverseMatch:
        return ""
