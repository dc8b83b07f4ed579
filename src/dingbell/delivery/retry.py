"""What becomes of a send after an answer. Pure; what an answer means stands in channels.dingtalk.errors."""

from __future__ import annotations

from dataclasses import dataclass

from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk import mending
from dingbell.storage.times import DAY, MINUTE, SECOND

GIVE_UP_AFTER_US = DAY
_LONGEST_WAIT_US = MINUTE
# What DingTalk answers in trouble of its own, and to a body that it does not like. "Busy" or a plain 503 says nothing
# of the message: that is waited out.
_MAY_BE_THE_MESSAGE = frozenset({"robot_system_error", "system_error", "unknown_code"})
_TRIES_OF_A_REFUSAL = 10  # about six minutes
_TRIES_OF_AN_ADDRESS = 4  # Apprise only says that it failed: after about a minute another way is the better one
_QUOTA_WAIT_US = 10 * MINUTE  # somebody may have bought more
UNKNOWN_ALLOWED = 2  # an account message whose fate is unknown is repeated once (design §7)


@dataclass(frozen=True, slots=True)
class Sent:
    pass


@dataclass(frozen=True, slots=True)
class Again:
    """The same body goes again at `due_us`, and nothing else of its lane before."""

    due_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    reason: str


@dataclass(frozen=True, slots=True)
class Mend:
    """Not as it stands: the same news goes once more in a send of its own, worded as `how` says (mending.how)."""

    how: str
    reason: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Not taken, and not by this credential for now: the news waits for another one of the pool, or for its quota."""

    reason: str


Decision = Sent | Again | Failed | Mend | Elsewhere


def decide(
    result: Result,
    *,
    idempotent: bool,
    tries: int,
    unknowns: int,
    created_us: int,
    now_us: int,
    mended: str,
) -> Decision:
    """`idempotent`: a repeat cannot show twice (robot, by msgUuid). `tries` and `unknowns` count this one too.

    `mended` is what was done to the words already, "" nothing yet.
    """
    match result.verdict:
        case Verdict.SENT:
            return Sent()
        case Verdict.RETRY | Verdict.HOLD:
            pass
        case Verdict.QUOTA if idempotent and unknowns:
            pass  # it may have been taken: only with its msgUuid it is not read twice (design §7)
        case Verdict.QUOTA:
            return Elsewhere(result.reason)
        case Verdict.UNKNOWN:
            if not idempotent and unknowns >= UNKNOWN_ALLOWED:
                return Failed("outcome_unknown")
        case Verdict.REFUSED_CONTENT if not mended and (how := mending.how(result.reason)):
            return Mend(how, result.reason)
        case _:
            return Failed(result.reason)
    if result.reason in _MAY_BE_THE_MESSAGE and tries >= _TRIES_OF_A_REFUSAL:
        return Failed(result.reason)
    if result.reason == "apprise_failed" and tries >= _TRIES_OF_AN_ADDRESS:
        return Failed(result.reason)
    wait_us = max(int(result.wait_s * SECOND), backoff_us(tries))
    if result.verdict is Verdict.QUOTA:
        wait_us = _QUOTA_WAIT_US
    if now_us + wait_us - created_us > GIVE_UP_AFTER_US:
        return Failed(result.reason)
    return Again(due_us=now_us + wait_us, reason=result.reason)


def decide_apart(result: Result, *, created_us: int, now_us: int) -> Decision:
    """For one of the people of a call that was taken, whom DingTalk left out.

    Every try is a call of the month's quota: the waits grow with the age of the message, about 20 tries in a day.
    """
    if result.verdict is not Verdict.RETRY:
        return Failed(result.reason)
    wait_us = max(int(result.wait_s * SECOND), (now_us - created_us) // 2)
    if now_us + wait_us - created_us > GIVE_UP_AFTER_US:
        return Failed(result.reason)
    return Again(due_us=now_us + wait_us, reason=result.reason)


def backoff_us(tries: int) -> int:
    """1, 2, 4 … 60 seconds after the first, second, third … try."""
    return min(SECOND << min(max(tries - 1, 0), 10), _LONGEST_WAIT_US)
