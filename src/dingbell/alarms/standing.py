"""The alarms that are active or wait for somebody, in numbers; and whether anything happened since a page was drawn."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Q

from dingbell.alarms.alarm import Priority
from dingbell.alarms.models import AlarmRow, Event

_LATELY = 1_000
_RECENT_ALARMS = 2_000

# Word for word the condition of the index `alarms_standing`.
_STANDING = Q(active=True) | Q(acked=False)


@dataclass(frozen=True, slots=True)
class Standing:
    total: int = 0
    unacked: int = 0


def counts() -> dict[Priority, Standing]:
    """Of every priority, the most urgent first; what is shelved counts nowhere here."""
    found = {
        Priority(priority): Standing(total, unacked)
        for priority, total, unacked in AlarmRow.objects.filter(_STANDING, shelved_until_us__isnull=True)
        .values_list("priority")
        .annotate(total=Count("id"), unacked=Count("id", filter=Q(acked=False)))
        .order_by()
    }
    return {priority: found.get(priority, Standing()) for priority in sorted(Priority, reverse=True)}


def shelved() -> int:
    """How many alarms are shelved."""
    return AlarmRow.objects.filter(shelved_until_us__isnull=False).count()


def pulse() -> str:
    """A text that is another one after every event. Costs two looks at the end of the journal.

    On PostgreSQL a lower number may be committed after a higher one, hence the count.
    """
    newest: int = Event.objects.aggregate(newest=Max("id"))["newest"] or 0
    return f"{newest}.{Event.objects.filter(id__gt=newest - _LATELY).count()}"


@dataclass(frozen=True, slots=True)
class Named:
    """In the order of the alphabet, without the empty one."""

    sources: list[str]
    areas: list[str]


def lately() -> Named:
    """What the alarms that changed lately name, for filters to offer."""
    newest = AlarmRow.objects.order_by("-order_us", "-id").values_list("source", "area")[:_RECENT_ALARMS]
    named = set(newest)
    return Named(
        sources=sorted({source for source, _ in named} - {""}),
        areas=sorted({area for _, area in named} - {""}),
    )
