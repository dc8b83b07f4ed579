"""Reading deliveries and what DingTalk said of them (发送记录), for REST and the pages. No writes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet

from dingbell.alarms.models import Event
from dingbell.delivery.indexes import ENDED
from dingbell.delivery.models import Attempt, Delivery, DeliveryState, Lane, Recall, Send, SendItem
from dingbell.notify.rules.timing import PUT_OFF
from dingbell.storage.times import HOUR

# Each end for itself: SQLite reads the whole table for both in one SELECT.
_ENDS = "SELECT (SELECT MIN(id) FROM delivery_delivery), (SELECT MAX(id) FROM delivery_delivery)"
_AT = "SELECT id, created_us FROM delivery_delivery WHERE id >= %s ORDER BY id LIMIT 1"
# What was sent is most of the table: it is not counted, it is what is left. One statement: all of one moment.
_COUNTS = (
    "SELECT state, COUNT(*) FROM delivery_delivery"
    " WHERE state IN ('pending', 'sending', 'failed', 'suppressed', 'expired')"
    " GROUP BY state UNION ALL SELECT '', COUNT(*) FROM delivery_delivery"
)
_NEAR_ENOUGH = 500
LOOKED_AT = 50_000  # what one look costs stays within some 40 ms, however little it finds
_OPEN = Q(state__in=["pending", "sending"])  # as the index `delivery_open` has it


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries to list: AND between fields, empty or None is everything; `since_us` ≤ created < `until_us`.

    `alarm_ids` is None for all alarms, while an empty one lists nothing. `receiver_name` is a part of the name.
    `hidden_too` lists also what a person took off the lists.
    """

    states: Sequence[str] = ()
    reason: str = ""
    handled: bool | None = None
    service_id: int | None = None
    rule_id: int | None = None
    alarm_id: int | None = None
    alarm_ids: Sequence[int] | None = None
    event_id: int | None = None
    robot_id: int | None = None
    account_id: int | None = None
    silence_id: int | None = None
    digest: str = ""
    receiver_name: str = ""
    since_us: int | None = None
    until_us: int | None = None
    hidden_too: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """A delivery with its attempts in order. `reason` is why it is not (yet) sent, "" when nothing is wrong.

    `fault` is what was wrong with its message, where the remark says that something was (models.Send). `recall` is
    how its being taken back fares, once somebody or a rule asked for that.
    """

    delivery: Delivery
    reason: str
    attempts: list[Attempt] = field(default_factory=list)
    fault: str = ""
    recall: Recall | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Up to as many as asked for, newest first. `beyond`: older ones may stand below this id; None: these were all.

    `cut`: so many were looked at that the search was ended before it had found enough.
    """

    records: list[Record]
    beyond: int | None
    cut: bool = False


def page(wanted: Wanted, limit: int, now_us: int, before: int | None = None) -> Found:
    """Deliveries with an id below `before`. Of those that the best indexes of the question give, a bounded number
    is looked at: no question takes long, however little it finds in however much.
    """
    deliveries: list[Delivery] = []
    lowest = 0
    for looked in _in_order_of_indexes(wanted, before):
        last = list(looked.values_list("id", flat=True)[LOOKED_AT - 1 : LOOKED_AT])
        lowest = max(lowest, *last, 0)
        chosen = _narrowed(wanted).filter(id__in=looked.values("id")[:LOOKED_AT]).order_by("-id")
        deliveries += chosen[: limit + 1]
    # Below the last that one index was followed to, what another one gives is not all there is.
    deliveries = sorted((one for one in deliveries if one.id >= lowest), key=attrgetter("id"), reverse=True)
    records = _with_attempts(deliveries[:limit], now_us)
    if len(deliveries) > limit:
        return Found(records, deliveries[limit - 1].id)
    return Found(records, lowest or None, cut=bool(lowest))


def _in_order_of_indexes(wanted: Wanted, before: int | None) -> list[QuerySet[Delivery]]:
    """What the most telling field of the question has an index for, newest first; all of it together."""
    found = Delivery.objects.order_by("-id")
    if before is not None:
        found = found.filter(id__lt=before)
    if wanted.since_us is not None:
        found = found.filter(id__gte=_first_since(wanted.since_us))
    if wanted.until_us is not None:
        found = found.filter(id__lte=_last_before(wanted.until_us))
    if wanted.digest:
        return [found.filter(digest=wanted.digest).exclude(digest="")]
    if wanted.event_id is not None:
        return [found.filter(event_id=wanted.event_id)]
    alarm_ids = [wanted.alarm_id] if wanted.alarm_id is not None else wanted.alarm_ids
    if alarm_ids is not None:
        return [found.filter(event_id__in=Event.objects.filter(alarm_id__in=alarm_ids).values("id"))]
    one_state = wanted.states[0] if len(wanted.states) == 1 and wanted.states[0] != DeliveryState.SENT else None
    for name, value in (
        ("account_id", wanted.account_id),
        ("silence_id", wanted.silence_id),
        ("state", one_state),
        ("robot_id", wanted.robot_id),
        ("rule_id", wanted.rule_id),
        ("service_id", wanted.service_id),
    ):
        if value is not None:
            chosen = found.filter(**{name: value})
            return [chosen] if name in {"silence_id", "state"} else [_ended(chosen), *_open(found)]
    return [found]


def _ended(found: QuerySet[Delivery]) -> QuerySet[Delivery]:
    return found.extra(where=[ENDED])  # noqa: S610 -- a constant


def _open(found: QuerySet[Delivery]) -> list[QuerySet[Delivery]]:
    """What is not settled has an index of its state only: one state at a time is in order."""
    return [found.filter(state=state) for state in (DeliveryState.PENDING, DeliveryState.SENDING)]


def _narrowed(wanted: Wanted) -> QuerySet[Delivery]:
    given = {
        "state__in": wanted.states or None,
        "reason": wanted.reason or None,
        "handled": wanted.handled,
        "hidden": None if wanted.hidden_too else False,
        "service_id": wanted.service_id,
        "rule_id": wanted.rule_id,
        "alarm_id": wanted.alarm_id,
        "alarm_id__in": wanted.alarm_ids,
        "event_id": wanted.event_id,
        "robot_id": wanted.robot_id,
        "account_id": wanted.account_id,
        "silence_id": wanted.silence_id,
        "digest": wanted.digest or None,
        "receiver_name__icontains": wanted.receiver_name or None,
        "created_us__gte": wanted.since_us,
        "created_us__lt": wanted.until_us,
    }
    return Delivery.objects.filter(**{name: value for name, value in given.items() if value is not None})


def find(delivery_id: int, now_us: int) -> Record | None:
    records = _with_attempts(list(Delivery.objects.filter(id=delivery_id)), now_us)
    return records[0] if records else None


def reasons(of_each: int = 500) -> list[str]:
    """Why the newest that failed, were withheld or expired did not go, the most frequent first."""
    found: Counter[str] = Counter()
    for state in (DeliveryState.FAILED, DeliveryState.SUPPRESSED, DeliveryState.EXPIRED):
        newest = Delivery.objects.filter(state=state).order_by("-id").values_list("reason", flat=True)
        found.update(newest[:of_each])
    return [reason for reason, _count in found.most_common() if reason]


def message(delivery: Delivery) -> str:
    """The body of the call that it went out with, or that told of it, as it was sent; "" when there was none."""
    last = (
        delivery.digest
        or delivery.send_id
        or SendItem.objects.filter(delivery_id=delivery.id).order_by("-id").values_list("send_id", flat=True).first()
    )
    bodies = Send.objects.filter(id=last).values_list("body", flat=True) if last else ()
    return next(iter(bodies), "")


def count_of_digest(digest: str) -> int:
    """How many deliveries one digest stands for; 0 for ""."""
    return Delivery.objects.filter(digest=digest).exclude(digest="").count() if digest else 0


def counts() -> dict[str, int]:
    """How many deliveries are in each state."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        found = dict(cursor.fetchall())
    found[DeliveryState.SENT] = found.pop("") - sum(found.values())
    return {state: found.get(state, 0) for state in DeliveryState.values}


def counts_since(us: int) -> dict[str, int]:
    """How many of the deliveries owed since this moment are in each state."""
    owed = Delivery.objects.filter(id__gte=_first_since(us), created_us__gte=us).order_by()
    found = dict(owed.values_list("state").annotate(Count("id")))
    return {state: found.get(state, 0) for state in DeliveryState.values}


def oldest_open_us() -> int | None:
    """When the oldest delivery that is not settled was created."""
    oldest: int | None = Delivery.objects.filter(_OPEN).aggregate(oldest=Min("created_us"))["oldest"]
    return oldest


def told(call: Iterable[Attempt]) -> list[Attempt]:
    """The attempts of one send as one receiver lived them: its own result takes the place of the call's."""
    lived: list[Attempt] = []
    for attempt in call:
        if attempt.delivery_id is not None and lived and lived[-1].delivery_id is None:
            lived.pop()
        lived.append(attempt)
    return lived


def _first_since(us: int) -> int:
    """An id below which nothing was created at or after this moment: ids rise with time, so no index is needed.

    Two nodes may number a little out of turn; an hour is left for that.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENDS)
        low, high = (end or 0 for end in cursor.fetchone())
        while high - low > _NEAR_ENOUGH:
            middle = (low + high) // 2
            cursor.execute(_AT, [middle])
            found, created_us = cursor.fetchone()
            if created_us >= us - HOUR:
                high = middle
            else:
                low = found + 1
    return low


def _last_before(us: int) -> int:
    """An id above which nothing was created before this moment."""
    return _first_since(us + 2 * HOUR) + _NEAR_ENOUGH


def _with_attempts(deliveries: list[Delivery], now_us: int) -> list[Record]:
    if not deliveries:
        return []
    sends: dict[int, list[str]] = defaultdict(list)
    ids = [delivery.id for delivery in deliveries]
    for delivery_id, send_id in (
        SendItem.objects.filter(delivery_id__in=ids).order_by("id").values_list("delivery_id", "send_id")
    ):
        sends[delivery_id].append(send_id)
    for delivery in deliveries:  # its last send, which it names itself
        if delivery.send_id and delivery.send_id not in sends[delivery.id]:
            sends[delivery.id].append(delivery.send_id)
    calls: dict[str, list[Attempt]] = defaultdict(list)
    all_sends = {send_id for one in sends.values() for send_id in one}
    for attempt in Attempt.objects.filter(send_id__in=all_sends).order_by("id"):
        calls[attempt.send_id].append(attempt)
    remarked = {sends[delivery.id][-1] for delivery in deliveries if delivery.remark and sends[delivery.id]}
    faults = dict(Send.objects.filter(id__in=remarked).values_list("id", "fault")) if remarked else {}
    recalls = Recall.objects.in_bulk({delivery.send_id for delivery in deliveries if delivery.account_id})
    holds = _holds({delivery.lane for delivery in deliveries if _waits(delivery)}, now_us)
    return [
        Record(
            delivery,
            delivery.reason or (holds.get(delivery.lane, "") if _waits(delivery) else ""),
            [attempt for send in sends[delivery.id] for attempt in told(_of(delivery.id, calls[send]))],
            faults.get(sends[delivery.id][-1], "") if delivery.remark and sends[delivery.id] else "",
            recalls.get(delivery.send_id),
        )
        for delivery in deliveries
    ]


def _of(delivery_id: int, call: list[Attempt]) -> list[Attempt]:
    return [attempt for attempt in call if attempt.delivery_id in (None, delivery_id)]


def _waits(delivery: Delivery) -> bool:
    return delivery.state == DeliveryState.PENDING


def _holds(lanes: set[str], now_us: int) -> dict[str, str]:
    """Why a lane waits at this moment: its other deliveries wait for the same reason."""
    if not lanes:
        return {}
    waiting = Lane.objects.filter(key__in=lanes)
    reasons = dict(waiting.filter(rest_until_us__gt=now_us).values_list("key", "rest_reason"))
    reasons |= dict(waiting.filter(trial_us__gt=now_us).exclude(trouble="").values_list("key", "trouble"))
    return reasons | dict(waiting.filter(hold_until_us__gt=now_us).values_list("key", "hold_reason"))


def put_off_until(delivery: Delivery) -> int | None:
    """When a message goes that its block's timing put off; None for any other."""
    is_put_off = delivery.state == DeliveryState.PENDING and delivery.reason in PUT_OFF
    return delivery.due_us if is_put_off else None
