"""Counters for GET /_sim/stats."""

from __future__ import annotations

from collections import Counter, defaultdict


class Stats:
    """Counts calls to DingTalk paths only; the control API and the page are not traffic."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.refused: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.faulted: Counter[str] = Counter()
        self.delivered = 0
        """One for each recipient."""
        self.duplicates = 0

    def count_refusal(self, path: str, code: int | str | None, status: int) -> None:
        if code not in (None, 0):
            self.refused[path][str(code)] += 1
        elif status >= 400:
            self.refused[path][f"HTTP {status}"] += 1
