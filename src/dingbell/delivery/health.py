"""How receivers have fared lately: the last success and the last error, from what was attempted. No writes.

A robot's and an app's health is that of its lane, so that it is the same wherever the credential is used. Only the
newest attempts of a lane are looked at, through its index: a million older ones cost nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.db import connection

from dingbell.channels.base import Verdict
from dingbell.delivery.indexes import ENDED
from dingbell.delivery.models import Attempt, Delivery, DeliveryState, Lane
from dingbell.delivery.records import told

LOOKED_AT = 500  # attempts of a lane, deliveries of an account

# Of the newest attempts of each lane the last that DingTalk took, and the last call that it did not.
_NEWEST = "SELECT id, verdict, delivery_id FROM delivery_attempt WHERE lane = l.key ORDER BY at_us DESC LIMIT %s"
_LAST = (
    f"SELECT l.key, (SELECT MAX(id) FROM ({_NEWEST}) AS w WHERE w.verdict = 'sent'),"
    f" (SELECT MAX(id) FROM ({_NEWEST}) AS w WHERE w.verdict NOT IN ('', 'sent') AND w.delivery_id IS NULL)"
    " FROM delivery_lane l WHERE l.key IN ({marks})"
)
_WAITS_FOR = (Verdict.HOLD, Verdict.RETRY, Verdict.UNKNOWN)


class Condition(StrEnum):
    """UNUSED: nothing was sent yet. HELD: DingTalk does not listen for a while, messages wait.

    REFUSED: its configuration is; after a while the next message is tried alone (trouble.py).
    """

    UNUSED = "unused"
    OK = "ok"
    HELD = "held"
    FAILING = "failing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Error:
    """`code` and `text` are DingTalk's own, "" where it said nothing; `reason` has a text in dingtalk.errors."""

    at_us: int
    reason: str
    code: str
    text: str
    http_status: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Since when DingTalk has refused the receiver, why, and when it is tried again."""

    reason: str
    since_us: int
    trial_us: int


@dataclass(frozen=True, slots=True)
class Health:
    """`error` is the last one, also when something was sent after it."""

    condition: Condition
    success_us: int | None = None
    error: Error | None = None
    held_until_us: int | None = None
    refusal: Refusal | None = None


UNUSED = Health(Condition.UNUSED)


def of_lanes(keys: Collection[str], now_us: int) -> dict[str, Health]:
    """The health of each lane; those that never sent are UNUSED."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(wanted))
        cursor.execute(_LAST.format(marks=marks), [LOOKED_AT, LOOKED_AT, *wanted])
        last: dict[str, tuple[int | None, int | None]] = {key: (sent, failed) for key, sent, failed in cursor}
    ids = {attempt for pair in last.values() for attempt in pair if attempt is not None}
    attempts = Attempt.objects.in_bulk(ids)
    lanes = Lane.objects.in_bulk(wanted)
    health = {}
    for key in wanted:
        sent, failed = last.get(key, (None, None))
        health[key] = _health(attempts.get(sent or 0), attempts.get(failed or 0), lanes.get(key), now_us)
    return health


def of_account(account_id: int) -> Health:
    """From the account's own newest deliveries that are settled."""
    ended = Delivery.objects.extra(where=[ENDED])  # noqa: S610 -- a constant
    newest = ended.filter(account_id=account_id).order_by("-id")[:LOOKED_AT]
    settled = [one for one in newest if one.state in (DeliveryState.SENT, DeliveryState.FAILED)]
    sent = next((one for one in settled if one.state == DeliveryState.SENT), None)
    failed = next((one for one in settled if one.state == DeliveryState.FAILED), None)
    success_us = sent.sent_us if sent else None
    error = _error_of(failed) if failed else None
    if not settled:
        return UNUSED
    return Health(Condition.OK if settled[0] is sent else Condition.FAILING, success_us, error)


def _health(sent: Attempt | None, failed: Attempt | None, lane: Lane | None, now_us: int) -> Health:
    """Pure."""
    success_us = sent.at_us if sent else None
    if lane is not None and lane.trouble:
        refusal = Refusal(lane.trouble, lane.trouble_us or now_us, lane.trial_us)
        return Health(Condition.REFUSED, success_us, _error(failed) if failed else None, refusal=refusal)
    if failed is None:
        return UNUSED if success_us is None else Health(Condition.OK, success_us)
    error = _error(failed)
    if success_us is not None and success_us >= error.at_us:
        return Health(Condition.OK, success_us, error)
    # A lane also rests between two messages, to keep within the budget: then nothing is wrong.
    if lane is not None and lane.hold_until_us > now_us and failed.verdict in _WAITS_FOR:
        return Health(Condition.HELD, success_us, error, lane.hold_until_us)
    return Health(Condition.FAILING, success_us, error)


def _error_of(failed: Delivery) -> Error:
    attempts = told(Attempt.objects.filter(send_id=failed.send_id).order_by("id")) if failed.send_id else []
    mine = [one for one in attempts if one.delivery_id in (None, failed.id)]
    if mine and mine[-1].reason == failed.reason:
        return _error(mine[-1])
    return Error(mine[-1].at_us if mine else failed.created_us, failed.reason, "", "", None)


def _error(attempt: Attempt) -> Error:
    return Error(attempt.at_us, attempt.reason, attempt.code, attempt.text, attempt.http_status)
