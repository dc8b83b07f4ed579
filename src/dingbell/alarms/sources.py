"""Where alarms come from, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, Value
from django.db.models.functions import Concat

from dingbell.alarms.models import AlarmRow

_LATELY = 10_000


@dataclass(frozen=True, slots=True)
class Source:
    """`standing` are active or wait for somebody; `last_us` is None where nothing changed among the newest alarms."""

    name: str
    alarms: int
    standing: int
    last_us: int | None


def seen() -> list[Source]:
    """Every source with an alarm, the one that reported last first. Reads two indexes and the newest alarms."""
    alarms = dict(AlarmRow.objects.order_by().values_list("source").annotate(Count("key")))
    # Not the column itself: SQLite without statistics would then go through all alarms in its order.
    named = AlarmRow.objects.filter(Q(active=True) | Q(acked=False)).order_by().values_list(Concat("source", Value("")))
    standing = dict(named.annotate(Count("id")))
    last: dict[str, int] = {}
    for name, order_us in AlarmRow.objects.order_by("-order_us", "-id").values_list("source", "order_us")[:_LATELY]:
        last.setdefault(name, order_us)
    found = [Source(name, count, standing.get(name, 0), last.get(name)) for name, count in alarms.items()]
    return sorted(found, key=lambda one: (-(one.last_us or 0), one.name))
