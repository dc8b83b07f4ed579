"""Where alarms come from, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

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
    by_source = AlarmRow.objects.order_by().values_list("source")
    alarms = dict(by_source.annotate(Count("key")))
    standing = dict(by_source.filter(Q(active=True) | Q(acked=False)).annotate(Count("id")))
    last: dict[str, int] = {}
    for name, order_us in AlarmRow.objects.order_by("-order_us", "-id").values_list("source", "order_us")[:_LATELY]:
        last.setdefault(name, order_us)
    found = [Source(name, count, standing.get(name, 0), last.get(name)) for name, count in alarms.items()]
    return sorted(found, key=lambda one: (-(one.last_us or 0), one.name))
