"""When a receiver for whom too much waits gets its next digest (合并消息). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from dingbell.storage.times import SECOND

# The first digest goes at once, the next ones after these pauses; the last pause stays.
_PAUSES_US = (10 * SECOND, 20 * SECOND, 40 * SECOND, 60 * SECOND)
# A pause longer than this ended the storm: the next one begins anew.
STORM_OVER_US = 120 * SECOND


def next_at(digests_us: Sequence[int], now_us: int) -> int:
    """The moment of the next digest after those at `digests_us` (ascending)."""
    made = 0
    following = now_us
    for at_us in reversed(digests_us):
        if following - at_us > STORM_OVER_US:
            break
        made, following = made + 1, at_us
    if not made:
        return now_us
    return max(now_us, digests_us[-1] + _PAUSES_US[min(made, len(_PAUSES_US)) - 1])
