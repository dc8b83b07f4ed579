"""How many alarms are in each alarm group: one walk over all alarms, whatever the number of groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dingbell.alarms.models import AlarmRow
from dingbell.notify.rules.matching import Group, PathTree

_ROWS = 10_000  # held at once


def count(groups: Sequence[Group]) -> dict[int, int]:
    """By the group's id."""
    paths, keys = PathTree(), PathTree()
    for place, group in enumerate(groups):
        for pattern in group.paths:
            paths.add(pattern, 1 << place)
        for pattern in group.keys:
            keys.add(pattern, 1 << place)
    any_keys = any(group.keys for group in groups)
    of_path: dict[str, int] = {}
    found: Counter[int] = Counter()
    for path, key in AlarmRow.objects.values_list("path", "key").iterator(_ROWS):
        bits = of_path.get(path)
        if bits is None:
            bits = of_path[path] = paths.matching(path)
        found[bits | keys.matching(key) if any_keys else bits] += 1
    return {
        group.id: sum(number for bits, number in found.items() if bits >> place & 1)
        for place, group in enumerate(groups)
    }
