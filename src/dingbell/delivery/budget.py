"""How much DingTalk still takes of one receiver's messages, from the calls already made. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dingbell.delivery.models import SendKind
from dingbell.storage.times import MINUTE, SECOND

# Within any minute a digest goes at most three times: at once, after 10 and after 20 more seconds (digest.py).
MOST_DIGESTS = 3


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `calls` calls in any `window_us`; 0 calls is no limit."""

    calls: int
    window_us: int

    def times(self, receivers: int) -> Limit:
        """What several of the kind take together."""
        return Limit(self.calls * receivers, self.window_us)


# DingTalk blocks a robot for 10 minutes after more than 20 a minute (dingtalk-api §1.9). Two calls and one second
# of margin: calls are counted when they start here, DingTalk counts when they arrive there.
ROBOT = Limit(calls=18, window_us=MINUTE + SECOND)
# 20 calls a second for one app and API on the free edition (dingtalk-api §2.9).
APP = Limit(calls=18, window_us=SECOND)
# DingTalk throttles people, too, and does not say from when on (dingtalk-api §0.2).
PERSON = Limit(calls=10, window_us=MINUTE + SECOND)


@dataclass(frozen=True, slots=True)
class Limits:
    """What this installation keeps to. Of each receiver's share `reserved_percent` is for critical alarms and the
    recoveries of announced ones.
    """

    robot: Limit = ROBOT
    app: Limit = APP
    person: Limit = PERSON
    reserved_percent: int = 30


@dataclass(frozen=True, slots=True)
class Call:
    """A call that counts. `accounts` are the people it went to, none for a group."""

    at_us: int
    kind: str = SendKind.SINGLE.value
    accounts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Slots:
    """Free slots of the window: of any message, of one that goes alone, of one that is neither critical nor a
    recovery. Digests have slots of their own, so that a storm always finds one.
    """

    any: int
    alone: int
    ordinary: int


def slots(calls: Sequence[Call], limit: Limit, reserved_percent: int, now_us: int) -> Slots:
    """`limit` must be one: `calls` above 0."""
    recent = [call for call in calls if call.at_us > now_us - limit.window_us]
    digests = sum(call.kind == SendKind.DIGEST for call in recent)
    for_digests = min(MOST_DIGESTS, limit.calls // 4)
    reserved = max(for_digests, round(limit.calls * reserved_percent / 100))
    free = limit.calls - len(recent)
    return Slots(
        any=free,
        alone=free - max(0, for_digests - digests),
        ordinary=min(limit.calls - reserved - (len(recent) - digests), free),
    )


def free_at(calls_us: Sequence[int], limit: Limit, now_us: int) -> int:
    """The moment from which one more call fits, `now_us` when it fits now. `calls_us` ascends."""
    if not limit.calls:
        return now_us
    recent = [call for call in calls_us if call > now_us - limit.window_us]
    if len(recent) < limit.calls:
        return now_us
    return recent[-limit.calls] + limit.window_us
