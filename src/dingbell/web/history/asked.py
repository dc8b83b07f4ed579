"""What the address of 历史报警 asks for.

`?kind=raised&level=high&source=…&area=…&q=…&range=7d&before=5`, or instead of one of the ranges
`range=custom&since=2026-11-22T08:00&until=…`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest

from dingbell.alarms import listing
from dingbell.alarms.alarm import PRIORITY_BY_WORD, EventKind, Priority
from dingbell.alarms.journal import Wanted
from dingbell.web import narrowing, words

ROWS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """`since` and `until` are moments in the plant's zone, as the fields of the page write them."""

    kind: EventKind | None = None
    level: Priority | None = None
    source: str = ""
    area: str = ""
    text: str = ""
    range: str = ""
    since: str = ""
    until: str = ""
    before: int | None = None

    def wanted(self, now_us: int) -> Wanted:
        since_us, until_us = narrowing.bounds(self.range, self.since, self.until, now_us)
        alarms = listing.Wanted(
            priorities=(self.level,) if self.level else (),
            sources=(self.source,) if self.source else (),
            areas=(self.area,) if self.area else (),
            text=self.text,
        )
        return Wanted(
            alarms=alarms,
            kinds=(self.kind,) if self.kind else (),
            since_us=since_us,
            until_us=until_us,
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(replace(self, before=None).query())

    @property
    def first(self) -> str:
        """The address's `?…` for the newest of these."""
        return replace(self, before=None).query()

    def query(self, before: int | None = None) -> str:
        """The address's `?…` for this, or for the page below the event with this id."""
        given = (
            ("kind", self.kind.value if self.kind else ""),
            ("level", self.level.word if self.level else ""),
            ("source", self.source),
            ("area", self.area),
            ("q", self.text),
            ("range", self.range),
            ("since", self.since),
            ("until", self.until),
            ("before", str(before or self.before or "")),
        )
        parameters = [(name, value) for name, value in given if value]
        return f"?{urlencode(parameters)}" if parameters else ""


def asked(request: HttpRequest) -> Asked:
    kind = request.GET.get("kind", "")
    length, since, until = narrowing.stretch(request)
    return Asked(
        kind=EventKind(kind) if kind in {one.value for one in words.EVENTS} else None,
        level=PRIORITY_BY_WORD.get(request.GET.get("level", "")),
        source=narrowing.text(request, "source"),
        area=narrowing.text(request, "area"),
        text=narrowing.text(request, "q"),
        range=length,
        since=since,
        until=until,
        before=narrowing.number(request.GET.get("before", "")),
    )
