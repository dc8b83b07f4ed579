"""Reading the journal of all alarms (历史报警), newest first: in the order in which things became known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from dingbell.alarms import listing
from dingbell.alarms.alarm import EventKind
from dingbell.alarms.models import BY_PEOPLE, Event
from dingbell.storage.times import HOUR

LOOKED_AT = 50_000  # what one look costs stays bounded, however little it finds
_FEW_ALARMS = 200
_BY_PEOPLE = f"kind IN ({', '.join(repr(kind.value) for kind in sorted(BY_PEOPLE))})"
# Each end for itself: SQLite reads the whole table for both in one SELECT.
_ENDS = "SELECT (SELECT MIN(id) FROM alarms_event), (SELECT MAX(id) FROM alarms_event)"
_AT = "SELECT id, received_us FROM alarms_event WHERE id >= %s ORDER BY id LIMIT 1"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: AND between fields, empty or None is everything; `since_us` ≤ received < `until_us`.

    `alarms` chooses by the alarm as it stands now, not as it was then.
    """

    alarms: listing.Wanted = field(default_factory=listing.Wanted)
    kinds: Sequence[EventKind] = ()
    since_us: int | None = None
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Up to as many as asked for. `beyond`: older ones may stand below this id; None: these were all.

    `cut_at_us`: so many were looked at that the search was ended there, before it had found enough.
    """

    events: list[Event]
    beyond: int | None
    cut_at_us: int | None = None


def page(wanted: Wanted, limit: int, before: int | None = None) -> Found:
    """Events with an id below `before`. Of few alarms all their events are looked at, else a bounded number."""
    looked, chosen = _between(wanted, before), Event.objects.all()
    if wanted.kinds:
        chosen = chosen.filter(kind__in=wanted.kinds)
        if set(wanted.kinds) <= BY_PEOPLE:
            # SQLite uses a partial index only for its own words, and takes no parameter for one of them.
            looked = looked.extra(where=[_BY_PEOPLE])  # noqa: S610 -- a constant
    if not wanted.alarms.is_everything:
        alarms = listing.selected(wanted.alarms)
        few = list(alarms.values_list("id", flat=True)[: _FEW_ALARMS + 1])
        if len(few) <= _FEW_ALARMS:
            looked = looked.filter(alarm_id__in=few)
        else:
            chosen = chosen.filter(Exists(alarms.filter(id=OuterRef("alarm_id"))))
    events = list(chosen.filter(id__in=looked.values("id")[:LOOKED_AT]).order_by("-id")[: limit + 1])
    if len(events) > limit:
        return Found(events[:limit], events[limit - 1].id)
    last = list(looked.values_list("id", flat=True)[LOOKED_AT - 1 : LOOKED_AT])
    return Found(events, last[0], Event.objects.get(id=last[0]).received_us) if last else Found(events, None)


def _between(wanted: Wanted, before: int | None) -> QuerySet[Event]:
    found = Event.objects.order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    if wanted.since_us is not None:
        found = found.filter(id__gte=_first_since(wanted.since_us - HOUR), received_us__gte=wanted.since_us)
    if wanted.until_us is not None:
        found = found.filter(id__lt=_first_since(wanted.until_us + HOUR), received_us__lt=wanted.until_us)
    return found


def _first_since(us: int) -> int:
    """The id from which on events were received at or after this moment: ids rise with time, so no index is needed.

    Two nodes may number a little out of turn; whoever asks leaves an hour for that.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENDS)
        low, last = (end or 0 for end in cursor.fetchone())
        high = last + 1
        while low < high:
            middle = (low + high) // 2
            cursor.execute(_AT, [middle])
            found, received_us = cursor.fetchone()
            if received_us >= us:
                high = middle
            else:
                low = found + 1
    return low
