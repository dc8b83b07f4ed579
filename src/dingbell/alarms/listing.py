"""Reading alarms and their journal a page at a time, for REST and the pages. Newest first, by keyset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from django.db import connection
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.db.models.lookups import In

from dingbell.alarms import patterns, store
from dingbell.alarms.alarm import Alarm, Priority, State
from dingbell.alarms.models import AlarmRow, Event

_FLAGS = {
    State.ACTIVE_UNACKED: (True, False),
    State.ACTIVE_ACKED: (True, True),
    State.CLEARED_UNACKED: (False, False),
    State.CLEARED_ACKED: (False, True),
}
_FEW = 200
# Word for word the condition of the index `alarms_standing`: SQLite uses a partial index for nothing less.
_STANDING = Q(active=True) | Q(acked=False)
# What is over is most of the table: it is not counted, it is what is left. One statement: all of one moment.
_COUNTS = (
    "SELECT active, acked, COUNT(*) FROM alarms_alarm WHERE active OR NOT acked GROUP BY active, acked"
    " UNION ALL SELECT NULL, NULL, COUNT(*) FROM alarms_alarm"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alarms to list: AND between fields, OR within one; empty is everything.

    `path` is the beginning of a path, or with `*` (one segment) and `**` (any number) a pattern of all of it.
    `text` stands somewhere in name, key, path or description. `grouped` are the path and the key patterns of an
    alarm group: one of them matches. `shelved` None is both.
    """

    states: frozenset[State] = frozenset()
    active: bool | None = None
    acked: bool | None = None
    priorities: Sequence[Priority] = ()
    sources: Sequence[str] = ()
    areas: Sequence[str] = ()
    path: str = ""
    text: str = ""
    grouped: tuple[Sequence[str], Sequence[str]] | None = None
    shelved: bool | None = None

    @property
    def is_everything(self) -> bool:
        return not any(value or value is False for value in (getattr(self, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    order_us: int
    id: int


def page(wanted: Wanted, limit: int, after: Place | None = None) -> list[Alarm]:
    """Up to `limit` alarms beyond `after`, the one that changed last first."""
    rows = selected(wanted)
    if wanted.text or wanted.path or wanted.grouped or wanted.areas or wanted.sources:
        # Few are found sooner in the order of the table, however many there are to look through.
        few = list(rows.values_list("id", flat=True)[: _FEW + 1])
        if len(few) <= _FEW:
            rows = AlarmRow.objects.filter(id__in=few)
        elif wanted.sources:
            # Of many the newest come first in the order of time. By its index SQLite would read and sort them all.
            rows = selected(replace(wanted, sources=())).filter(_of_sources(wanted.sources))
    if after is not None:
        beyond = Q(order_us__lt=after.order_us) | Q(order_us=after.order_us, id__lt=after.id)
        rows = rows.filter(beyond, order_us__lte=after.order_us)
    columns = rows.order_by("-order_us", "-id").values_list(*Alarm.__struct_fields__)[:limit]
    return [store.from_row(row) for row in columns]


def find(alarm_id: int) -> Alarm | None:
    row = AlarmRow.objects.filter(id=alarm_id).values_list(*Alarm.__struct_fields__).first()
    return None if row is None else store.from_row(row)


def journal(alarm_id: int, limit: int, before: int | None = None) -> list[Event]:
    """Up to `limit` events of an alarm with an id below `before`, newest first."""
    events = Event.objects.filter(alarm_id=alarm_id)
    if before is not None:
        events = events.filter(id__lt=before)
    return list(events.order_by("-id")[:limit])


def counts() -> dict[State, int]:
    """How many alarms are in each state."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        found = {(active, acked): count for active, acked, count in cursor.fetchall()}
    found[_FLAGS[State.CLEARED_ACKED]] = found.pop((None, None)) - sum(found.values())
    return {state: found.get(flags, 0) for state, flags in _FLAGS.items()}


def shelved(limit: int, after: Place | None = None) -> list[Alarm]:
    """Up to `limit` shelved alarms, the one whose time is over next first; `after` holds that time."""
    rows = AlarmRow.objects.filter(shelved_until_us__isnull=False)
    if after is not None:
        beyond = Q(shelved_until_us__gt=after.order_us) | Q(shelved_until_us=after.order_us, id__gt=after.id)
        rows = rows.filter(beyond, shelved_until_us__gte=after.order_us)
    columns = rows.order_by("shelved_until_us", "id").values_list(*Alarm.__struct_fields__)[:limit]
    return [store.from_row(row) for row in columns]


def selected(wanted: Wanted) -> QuerySet[AlarmRow]:
    """Their rows, in no order."""
    rows = AlarmRow.objects.all()
    if wanted.states:
        rows = rows.filter(_in_states(wanted.states))
    if wanted.active is not None:
        rows = rows.filter(active=wanted.active)
    if wanted.acked is not None:
        rows = rows.filter(acked=wanted.acked)
    if wanted.active or wanted.acked is False or (wanted.states and State.CLEARED_ACKED not in wanted.states):
        rows = rows.filter(_STANDING)
    if wanted.priorities:
        rows = rows.filter(priority__in=[int(priority) for priority in wanted.priorities])
    if wanted.sources:
        rows = rows.filter(source__in=wanted.sources)
    if wanted.areas:
        rows = rows.filter(area__in=wanted.areas)
    if wanted.grouped is not None:
        rows = rows.filter(patterns.grouped(*wanted.grouped))
    if wanted.path:
        rows = rows.filter(_on_path(wanted.path))
    if wanted.text:
        text = wanted.text
        rows = rows.filter(
            Q(name__icontains=text) | Q(key__icontains=text) | Q(path__icontains=text) | Q(description__icontains=text)
        )
    if wanted.shelved is not None:
        # The last question: SQLite asks in this order, the column stands far back in the row, nearly all say no.
        rows = rows.filter(shelved_until_us__isnull=not wanted.shelved)
    return rows


def _in_states(states: frozenset[State]) -> Q:
    each = (Q(active=active, acked=acked) for active, acked in (_FLAGS[state] for state in states))
    return reduce(or_, each)


def _of_sources(names: Sequence[str]) -> Q:
    return Q(In(Concat("source", Value("")), names))


def _on_path(path: str) -> Q:
    return patterns.matching("path", path) if "*" in path else Q(path__startswith=path)
