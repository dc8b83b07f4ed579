"""What the address of the alarm page asks for: `?show=all&level=high&state=…&source=…&area=…&q=…&after=…`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import HttpRequest

from dingbell.alarms.alarm import PRIORITY_BY_WORD, Alarm, Priority, State
from dingbell.alarms.listing import Place, Wanted
from dingbell.notify.groups import groups
from dingbell.notify.groups.documents import GroupAnswer
from dingbell.notify.refusals import Missing
from dingbell.web import narrowing

ROWS = 100

_STANDING = frozenset(State) - {State.CLEARED_ACKED}
_AFTER = re.compile(r"(-?\d{1,18})\.(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Asked:
    """`everything` includes what is over; without it only what is active or waits for somebody is listed.

    `shelved` includes what is shelved.
    """

    everything: bool = False
    levels: tuple[Priority, ...] = ()
    state: State | None = None
    source: str = ""
    area: str = ""
    text: str = ""
    shelved: bool = False
    group: GroupAnswer | None = None
    after: Place | None = None

    @property
    def wanted(self) -> Wanted:
        states = frozenset({self.state}) if self.state else frozenset() if self.everything else _STANDING
        return Wanted(
            states=states,
            priorities=self.levels,
            sources=(self.source,) if self.source else (),
            areas=(self.area,) if self.area else (),
            text=self.text,
            shelved=None if self.shelved else False,
            grouped=None if self.group is None else (self.group.paths, self.group.keys),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.levels or self.state or self.source or self.area or self.text or self.group)

    @property
    def first(self) -> str:
        """The address's `?…` for the newest of these."""
        return replace(self, after=None).query()

    def query(self, after: Alarm | None = None) -> str:
        """The address's `?…` for this, or for the page that follows the alarm."""
        parameters: list[tuple[str, str]] = [("show", "all")] if self.everything else []
        parameters += [("level", level.word) for level in self.levels]
        parameters += [("state", self.state.value)] if self.state else []
        given = (("source", self.source), ("area", self.area), ("q", self.text))
        parameters += [(name, value) for name, value in given if value]
        parameters += [("shelved", "yes")] if self.shelved else []
        parameters += [("group", str(self.group.id))] if self.group else []
        if after is not None:
            parameters.append(("after", f"{after.order_us}.{after.id}"))
        elif self.after is not None:
            parameters.append(("after", f"{self.after.order_us}.{self.after.id}"))
        return f"?{urlencode(parameters)}" if parameters else ""


def asked(request: HttpRequest) -> Asked:
    given = request.GET
    levels = {PRIORITY_BY_WORD[word] for word in given.getlist("level") if word in PRIORITY_BY_WORD}
    state = given.get("state", "")
    place = _AFTER.fullmatch(given.get("after", ""))
    return Asked(
        everything=given.get("show") == "all",
        levels=tuple(sorted(levels, reverse=True)),
        state=State(state) if state in set(State) else None,
        source=narrowing.text(request, "source"),
        area=narrowing.text(request, "area"),
        text=narrowing.text(request, "q"),
        shelved=given.get("shelved") == "yes",
        group=_group(given.get("group", "")),
        after=Place(int(place[1]), int(place[2])) if place else None,
    )


def _group(given: str) -> GroupAnswer | None:
    group_id = narrowing.number(given)
    try:
        return None if group_id is None else groups.describe(group_id)
    except Missing:
        return None
