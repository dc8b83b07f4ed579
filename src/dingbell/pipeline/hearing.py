"""Which sources were heard, by whom and when: kept in memory on the way of an event, written down once a minute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dingbell.alarms.alarm import Report

_MOST = 10_000  # names of one minute; a sender that makes up more is not remembered by each


@dataclass(frozen=True, slots=True)
class Heard:
    """`sources`: name → (moment, digest of the token or None); `tokens`: digest → moment of a sign of life, which
    counts for every source that was last heard with this token.
    """

    sources: dict[str, tuple[int, str | None]]
    tokens: dict[str, int]


class Hearing:
    """Used by the writer's thread only."""

    def __init__(self) -> None:
        self._sources: dict[str, tuple[int, str | None]] = {}
        self._tokens: dict[str, int] = {}

    def note(self, reports: Iterable[Report], receipt_us: int, token: str | None) -> None:
        """What one request brought; without reports it is a sign of life."""
        sources = self._sources
        names = {report.source for report in reports}
        for name in names:
            if name in sources or len(sources) < _MOST:
                sources[name] = receipt_us, token
        if not names and token is not None:
            self._tokens[token] = receipt_us

    def heard(self) -> Heard:
        """Since the last `forget`."""
        return Heard(dict(self._sources), dict(self._tokens))

    def forget(self, written: Heard) -> None:
        """What is on disk now; what was heard again since stays."""
        self._sources = {name: one for name, one in self._sources.items() if written.sources.get(name) != one}
        self._tokens = {token: us for token, us in self._tokens.items() if written.tokens.get(token) != us}
