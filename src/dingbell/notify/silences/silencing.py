"""Which alarms a silence covers (静默、检修). Compiled and pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from dingbell.alarms.alarm import Alarm
from dingbell.notify.rules.matching import PathTree

_PATHS_REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Scope:
    """What one silence covers from `start_us` until just before `until_us`.

    An area, else the paths that a pattern matches (grammar of the rules), else the whole plant.
    """

    id: int
    area: str
    path: str
    start_us: int
    until_us: int


class Silencing:
    """All silences of one version of the configuration. They begin and end by the clock, without another version."""

    def __init__(self, scopes: Iterable[Scope] = ()) -> None:
        # The one that lasts longest answers for what several cover: nothing is released only to be withheld again.
        self._scopes = sorted(scopes, key=lambda scope: scope.until_us, reverse=True)
        tree = PathTree()
        for place, scope in enumerate(self._scopes):
            if scope.path:
                tree.add(scope.path, 1 << place)
        self._on_path: Callable[[str], int] = lru_cache(_PATHS_REMEMBERED)(tree.matching)

    def covering(self, alarm: Alarm, us: int) -> int | None:
        """The silence that withholds what is told of this alarm at this moment."""
        if not self._scopes:
            return None
        on_path = self._on_path(alarm.path)
        for place, scope in enumerate(self._scopes):
            if scope.start_us <= us < scope.until_us:
                covers = scope.area == alarm.area if scope.area else not scope.path or on_path >> place & 1
                if covers:
                    return scope.id
        return None
