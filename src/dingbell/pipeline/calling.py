"""One call to a channel and what follows from its answer, to be written down by `delivery.claim`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import DatabaseError

from dingbell.channels.base import Result, Verdict
from dingbell.delivery import claim, queue, retry
from dingbell.delivery.models import DeliveryState, SendKind
from dingbell.delivery.plan import ISOLATED_AFTER, Frozen
from dingbell.delivery.retry import Again, Decision, Elsewhere, Failed
from dingbell.pipeline import measures, sending
from dingbell.pipeline.receivers import Moved, Receivers, Undeliverable
from dingbell.pipeline.sending import Outside
from dingbell.storage.times import SECOND, from_us

log = structlog.get_logger(__name__)
_CHANNELS = {"r": "robot", "a": "account", "x": "other"}
# A call that broke off here: nobody knows how far it came.
FAILED_INSIDE = Result(Verdict.UNKNOWN, "internal_error")


@dataclass(frozen=True, slots=True)
class Undertaking:
    """A send at its next try. `has_others`: another robot of the pool could take it. `was_troubled` and `receipts` as
    claim.Finish has them.
    """

    lane: str
    send: Frozen
    deliveries: tuple[int, ...]
    attempt_id: int
    has_others: bool = False
    was_troubled: bool = False
    receipts: bool = False

    @property
    def credential(self) -> str:
        return self.send.credential or self.lane


def call(
    under: Undertaking, receivers: Receivers, outside: Outside, clock: Callable[[], int]
) -> Coroutine[Any, Any, Result] | Result | claim.Settle | claim.Move:
    """The call, to be awaited where calls are made; its result, or what to do instead, where none is to be made."""
    send = under.send
    try:
        receiver = sending.receiver(send, under.lane, receivers)
    except Moved as moved:
        return claim.Move(under.deliveries, moved.lane, dissolve=send.id)
    except Undeliverable as no:
        return claim.Settle(under.deliveries, no.state, no.reason, send.id)
    except DatabaseError as error:  # the configuration could not be read: no call was made
        log.warning("configuration_unreadable", send=send.id, error=type(error).__name__)
        return Result(Verdict.RETRY, "internal_error")
    return sending.call(receiver, send.body.encode(), outside, from_us(clock()))


def finish(under: Undertaking, result: Result, lease: str, receivers: Receivers, at_us: int) -> claim.Finish:
    """What follows from a result, to be written down."""
    send = under.send
    _tell(under, result, at_us)
    decision = _decide(under, result, at_us)
    return claim.Finish(
        under.lane, lease, send.id, under.attempt_id, result, decision, under.deliveries, at_us,
        apart=_apart(under, result, receivers, at_us) if result.recipients else {},
        credential=under.credential, service_id=send.service_id,
        hold_until_us=_hold(under, result, decision, at_us), configuration=receivers.version,
        was_troubled=under.was_troubled, receipts=under.receipts, is_digest=send.kind == SendKind.DIGEST,
    )  # fmt: skip


def _decide(under: Undertaking, result: Result, now_us: int) -> Decision:
    send = under.send
    # What a robot may have taken stays there, where its msgUuid keeps people from reading it twice (design §7), unless
    # that robot will never say it.
    may_be_taken = send.unknowns > 0 and under.credential.startswith("r:")
    moves = result.verdict is Verdict.REFUSED_CONFIGURATION or (result.verdict is Verdict.HOLD and not may_be_taken)
    if under.has_others and moves:
        return Elsewhere(result.reason)
    if result.reason == "internal_error" and send.tries >= ISOLATED_AFTER:
        return Failed(result.reason)
    return retry.decide(
        result, idempotent=under.credential.startswith("r:"), tries=send.tries,
        unknowns=send.unknowns + (result.verdict is Verdict.UNKNOWN), created_us=send.created_us, now_us=now_us,
        mended=send.mended,
    )  # fmt: skip


def _hold(under: Undertaking, result: Result, decision: Decision, now_us: int) -> int:
    """Until when the credential takes nothing; 0 where only this message waits, or none does."""
    if result.verdict is Verdict.HOLD:
        wait_us = int(result.wait_s * SECOND)
        return max(now_us + wait_us, decision.due_us if isinstance(decision, Again) else 0)
    if not isinstance(decision, Again) or result.verdict is Verdict.QUOTA:
        return 0
    nobody_there = result.verdict is Verdict.RETRY and result.http_status is None
    return decision.due_us if nobody_there or under.send.tries < ISOLATED_AFTER else 0


def _apart(under: Undertaking, result: Result, receivers: Receivers, now_us: int) -> dict[int, tuple[Result, Decision]]:
    """The deliveries whose receiver fared differently from the call as a whole."""
    items = queue.items(under.send.id)
    names = receivers.user_ids({one.account_id for one in items if one.account_id})
    apart = {}
    for one in items:
        own = result.recipients.get(names.get(one.account_id, "")) if one.account_id else None
        if own is not None:
            apart[one.id] = own, retry.decide_apart(own, created_us=under.send.created_us, now_us=now_us)
    return apart


def _tell(under: Undertaking, result: Result, at_us: int) -> None:
    send, taken = under.send, result.verdict is Verdict.SENT
    measures.call_ended(_CHANNELS[under.credential[0]], result, (at_us - send.created_us) / SECOND, send.kind)
    tell = log.debug if taken else log.info
    tell(
        "sent" if taken else "not_sent",
        lane=under.lane[:10], send=send.id, kind=send.kind, deliveries=len(under.deliveries), tries=send.tries,
        verdict=result.verdict.value, reason=result.reason, http_status=result.http_status, code=result.code,
        request_id=result.request_id,
    )  # fmt: skip


def outcome_unknown(send: Frozen, lane: str) -> claim.Settle | None:
    """An account message that was interrupted as often as it may be repeated is given up before the call."""
    if (send.credential or lane).startswith("r:") or send.unknowns < retry.UNKNOWN_ALLOWED:
        return None
    ids = tuple(one.id for one in queue.items(send.id))
    return claim.Settle(ids, DeliveryState.FAILED, "outcome_unknown", send.id)
