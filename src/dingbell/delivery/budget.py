"""How much DingTalk still takes, from the calls already made. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dingbell.storage.times import MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` calls in any `window_us`; 0 calls is no limit."""

    calls: int
    window_us: int


# DingTalk blocks a robot for 10 minutes after more than 20 a minute (dingtalk-api §1.9). Two calls and one second
# of margin: calls are counted when they start here, DingTalk counts when they arrive there.
ROBOT = Limit(calls=18, window_us=MINUTE + SECOND)
# 20 calls a second for one app and API on the free edition (dingtalk-api §2.9).
APP = Limit(calls=18, window_us=SECOND)


def free_at(calls_us: Sequence[int], limit: Limit, now_us: int) -> int:
    """The moment from which one more call fits, `now_us` when it fits now. `calls_us` ascends."""
    if not limit.calls:
        return now_us
    recent = [call for call in calls_us if call > now_us - limit.window_us]
    if len(recent) < limit.calls:
        return now_us
    return recent[-limit.calls] + limit.window_us
