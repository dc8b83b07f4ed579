"""What the address of 历史报警 asks for.

`?kind=raised&level=high&source=…&area=…&q=…&range=7d&before=5`, or instead of one of the ranges
`range=custom&since=2026-11-22T08:00&until=…`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dingbell.alarms import listing
from dingbell.alarms.alarm import PRIORITY_BY_WORD, EventKind, Priority
from dingbell.alarms.journal import Wanted
from dingbell.storage.times import DAY, HOUR
from dingbell.web import moments, words
from dingbell.web.words import Word

ROWS = 100
CUSTOM = "custom"
RANGES: dict[str, Word] = {
    "1h": _("最近 1 小时"),
    "24h": _("最近 24 小时"),
    "7d": _("最近 7 天"),
    "30d": _("最近 30 天"),
    CUSTOM: _("自选时间…"),
}
_LENGTHS_US = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}


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
        length_us = _LENGTHS_US.get(self.range)
        alarms = listing.Wanted(
            priorities=(self.level,) if self.level else (),
            sources=(self.source,) if self.source else (),
            areas=(self.area,) if self.area else (),
            text=self.text,
        )
        return Wanted(
            alarms=alarms,
            kinds=(self.kind,) if self.kind else (),
            since_us=now_us - length_us if length_us else moments.read(self.since),
            until_us=moments.read(self.until),
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
    """What cannot be understood is left out: an address is typed, kept and cut by people."""
    kind, length = request.GET.get("kind", ""), request.GET.get("range", "")
    since, until = (request.GET.get(name, "") if length == CUSTOM else "" for name in ("since", "until"))
    before = request.GET.get("before", "")
    return Asked(
        kind=EventKind(kind) if kind in {one.value for one in words.EVENTS} else None,
        level=PRIORITY_BY_WORD.get(request.GET.get("level", "")),
        source=_text(request, "source"),
        area=_text(request, "area"),
        text=_text(request, "q"),
        range=length if length in RANGES else "",
        since=since if moments.read(since) is not None else "",
        until=until if moments.read(until) is not None else "",
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None,
    )


def _text(request: HttpRequest, name: str) -> str:
    given = request.GET.get(name, "").strip()[:200].replace("\x00", "")
    return given.encode("utf-8", "ignore").decode()  # half a surrogate pair is no text
