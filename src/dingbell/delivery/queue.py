"""Reading a lane: what waits, what was begun, what was called. No writes.

A lane of which little waits is read whole in one statement. Of one with a large backlog only as much is read as a
window of its budget could take, and what decides about a digest is counted.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from dingbell.delivery import digest
from dingbell.delivery.budget import Call, Limits
from dingbell.delivery.indexes import OF_SEND
from dingbell.delivery.models import Manner
from dingbell.delivery.plan import Frozen, LaneView, Member
from dingbell.delivery.turn import Queue
from dingbell.delivery.waiting import ANY, Turn, Waiting
from dingbell.notify.rules.timing import PUT_OFF
from dingbell.storage import sql
from dingbell.storage.times import HOUR, MINUTE

MOST_IN_A_DIGEST = 20_000  # deliveries of one receiver; what is beyond goes into the next one
_WHOLE = 400  # deliveries of a lane that is read whole
_HEAD = 80  # the oldest of a receiver with more than that: more than a window takes
_CRITICAL = 20
_PEOPLE = 60
# Word for word the condition of the index `delivery_open`: SQLite uses a partial index for nothing less.
# Beside it `state` stands in an expression where it is compared again, or the planner takes the index of the state
# and reads everything that waits anywhere.
_OPEN = "state IN ('pending', 'sending')"
_FREE = "state || '' = 'pending' AND send_id = ''"
# No hold and no repeat is put further ahead, and no trial: what lies there is another clock's, and counts no more.
_LONGEST_HOLD_US, _LONGEST_TRIAL_US = 11 * MINUTE, 61 * MINUTE
_COLUMNS = (
    "id, event_id, service_id, robot_id, account_id, due_us, created_us, message_id, personal, notice_id,"
    " alarm_id, kind, priority, manner, remark, reason, repetition, send_id, rule_id, block"
)
_IN_ORDER = "ORDER BY account_id, id"  # as the index has it
# Reasons that lie with the delivery, not with its receiver: it holds up nothing but its own alarm.
_CHOSEN = PUT_OFF | {"", "rendering_failed"}
# What a block's timing put off is no part of what waits before its time: a weekend's worth of it would hide the rest.
_PUT_OFF = ", ".join(f"'{reason}'" for reason in sorted(PUT_OFF))
_TAKEN_UP = f"(due_us <= %s OR reason NOT IN ({_PUT_OFF}))"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long news stays news: after that it is told in one line of the next digest."""

    low_us: int = HOUR
    others_us: int = 24 * HOUR

    def is_over(self, one: Waiting, now_us: int) -> bool:
        patience_us = self.low_us if one.priority <= 1 else self.others_us
        return patience_us > 0 and max(one.due_us, one.created_us) < now_us - patience_us


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who may serve a lane: for a pool its robots with their keys, else the lane itself."""

    robots: Sequence[tuple[int, str]] = field(default_factory=tuple)


def view(
    lane: str, credentials: Credentials, limits: Limits, patience: Patience, configuration: int, now_us: int
) -> LaneView:
    """The lane at this moment. `configuration` is the current version: a change of it ends waiting for a trial."""
    members, lease, lease_until_us = _members(lane, credentials, limits, configuration, now_us)
    found = sql.rows(
        f"SELECT {_COLUMNS} FROM delivery_delivery WHERE lane = %s AND {_OPEN} {_IN_ORDER} LIMIT %s",
        [lane, _WHOLE + 1],
    )
    rows = [Waiting(*row) for row in found]
    whole = len(rows) <= _WHOLE
    begun = not whole or any(one.send_id for one in rows)
    frozen = _frozen(lane, now_us) if begun else []
    sorting = _Sorting(now_us, patience)
    calls = [call for member in members for call in member.calls]
    queues = sorting.queues(rows) if whole else sorting.of_many(lane, _sated(calls, limits, now_us))
    queues = [Queue(q.account_id, q.ready, q.count, _calls_to(q.account_id, calls), q.critical) for q in queues]
    queues.sort(key=lambda queue: queue.known[0].id)
    orphans = begun and _orphans(lane)
    return LaneView(
        lane,
        lease,
        lease_until_us,
        members,
        queues,
        frozen,
        sorting.later_us,
        tuple(sorting.stale),
        orphans,
        large=not whole,
    )


class _Sorting:
    """What may go now of what waits, receiver by receiver."""

    def __init__(self, now_us: int, patience: Patience) -> None:
        self._now_us = now_us
        self._patience = patience
        self.later_us: int | None = None
        self.stale: list[int] = []

    def queues(self, rows: Sequence[Waiting], blocked: Collection[Turn] = ()) -> list[Queue]:
        """`rows` are all of their receivers, or their oldest; `blocked` are the turns of what was begun or waits."""
        ready: dict[int | None, list[Waiting]] = defaultdict(list)
        turns = set(blocked) | {one.turn for one in rows if one.send_id}
        shut: set[int | None] = set()
        for one in sorted(rows, key=lambda one: one.id):
            if one.send_id:
                continue
            if self._patience.is_over(one, self._now_us):
                self.stale.append(one.id)
            elif one.due_us > self._now_us:
                self._note(one)
                turns.add(one.turn)
                if one.reason not in _CHOSEN:  # this person was throttled: all of theirs waits
                    shut.add(one.account_id)
            elif one.account_id not in shut and not one.waits_for(turns):
                ready[one.account_id].append(one)
            elif one.alarm_id and one.own_turn not in turns:
                turns.add(one.turn)
        return [Queue(account, mine, len(mine), ()) for account, mine in ready.items()]

    def of_many(self, lane: str, sated: Collection[int]) -> list[Queue]:
        """A large backlog: of each receiver the oldest, the oldest critical ones, and how many there are.

        `sated` are the people who get nothing more for now, so that they hide nobody.
        """
        blocking = _blocking(lane, self._now_us)
        blocked = {turn for turn, _ in blocking}
        self.later_us = min((due_us for _, due_us in blocking if due_us > self._now_us), default=None)
        queues: list[Queue] = []
        for account, count in self._receivers(lane, sated):
            head = [Waiting(*row) for row in _of_receiver(lane, account, f"AND {_TAKEN_UP}", (self._now_us,), _HEAD)]
            found = self.queues(head, blocked)
            if not found:
                continue
            last = head[-1].id
            urgent = "AND priority >= 4 AND id > %s AND due_us <= %s"
            more = _of_receiver(lane, account, urgent, (last, self._now_us), _CRITICAL) if count > len(head) else []
            critical = [Waiting(*row) for row in more]
            passed = _passed_by(lane, account, last, critical[-1].id) if critical else set()
            beyond = self.queues(critical, blocked | {(alarm, account, ANY) for alarm in passed})
            queues.append(
                Queue(account, found[0].ready, max(count, len(found[0].ready)), (), beyond[0].ready if beyond else ())
            )
        return queues

    def _receivers(self, lane: str, sated: Collection[int]) -> list[tuple[int | None, int]]:
        """(account, how much waits), who has waited the longest first."""
        found = sql.rows(
            f"SELECT account_id, COUNT(*), MIN(id) FROM delivery_delivery WHERE lane = %s AND {_OPEN} AND {_TAKEN_UP}"
            " GROUP BY account_id ORDER BY 3 LIMIT %s",
            [lane, self._now_us, _PEOPLE + len(sated)],
        )
        return [(account, int(count)) for account, count, _ in found if account not in sated][:_PEOPLE]

    def _note(self, one: Waiting) -> None:
        self.later_us = one.due_us if self.later_us is None else min(self.later_us, one.due_us)


def _passed_by(lane: str, account: int | None, after: int, before: int) -> set[int]:
    """Alarms of which something that is not critical waits between these: nothing of theirs goes before it."""
    between = "AND priority < 4 AND id > %s AND id < %s"
    rows = _of_receiver(lane, account, between, (after, before), MOST_IN_A_DIGEST, columns="alarm_id")
    return {alarm for (alarm,) in rows}


def due(lane: str, account: int | None, gathered: bool, now_us: int) -> list[Waiting]:
    """Everything of one receiver that may go into a digest now, oldest first."""
    blocked = {turn for turn, _ in _blocking(lane, now_us)}
    found = _of_receiver(lane, account, "AND due_us <= %s AND notice_id IS NULL", (now_us,), MOST_IN_A_DIGEST)
    mine = [Waiting(*row) for row in found]
    wanted = [one for one in mine if not gathered or one.asks(Manner.GATHERED)]
    return [one for one in wanted if not one.waits_for(blocked)]


def _blocking(lane: str, now_us: int) -> list[tuple[Turn, int]]:
    """The turns of what was begun or is not due yet, with the moment when it is."""
    rows = sql.rows(
        "SELECT alarm_id, account_id, rule_id, block, reason, send_id, due_us FROM delivery_delivery"
        f" WHERE lane = %s AND {_OPEN} AND (send_id <> '' OR due_us > %s) LIMIT %s",
        [lane, now_us, MOST_IN_A_DIGEST],
    )
    return [
        ((alarm, account, (rule, block) if reason in PUT_OFF and not send_id else ANY), due_us)
        for alarm, account, rule, block, reason, send_id, due_us in rows
    ]


def waiting_for_the_same(
    lane: str, accounts: Collection[int], like: Sequence[Waiting], now_us: int
) -> dict[int, list[int]]:
    """Of these people those who wait for just what `like` tells: their deliveries. What came since does not count."""
    events = {(one.event_id, one.repetition) for one in like}
    newest = max(one.event_id for one in like)
    alike = {(one.service_id, one.message_id, one.personal, one.remark) for one in like}
    found: dict[int, list[int]] = {}
    for account in accounts:
        rows = sql.rows(
            "SELECT id, event_id, repetition, service_id, message_id, personal, remark FROM delivery_delivery"
            f" WHERE lane = %s AND account_id = %s AND {_OPEN} AND {_FREE} AND due_us <= %s AND notice_id IS NULL"
            " AND event_id <= %s LIMIT %s",
            [lane, account, now_us, newest, MOST_IN_A_DIGEST],
        )
        same = {(row[3], row[4], bool(row[5]), row[6]) for row in rows} <= alike
        if same and {(row[1], row[2]) for row in rows} == events:
            found[account] = [row[0] for row in rows]
    return found


def stale_count(lane: str, accounts: Collection[int]) -> int:
    """What expired for this receiver and no digest has told of yet; of several people, of the one with the most."""
    found = sql.rows(
        "SELECT account_id, COUNT(*) FROM delivery_delivery WHERE lane = %s AND state = 'expired' AND digest = ''"
        " GROUP BY account_id",
        [lane],
    )
    wanted: set[int | None] = set(accounts) if accounts else {None}
    return max((int(count) for account, count in found if account in wanted), default=0)


def items(send_id: str) -> list[Waiting]:
    """All that a send stands for and that is not settled yet."""
    found = sql.rows(
        f"SELECT {_COLUMNS} FROM delivery_delivery WHERE {OF_SEND}"
        " AND state || '' IN ('pending', 'sending') ORDER BY id",
        [send_id],
    )
    return [Waiting(*row) for row in found]


def lanes_with_work() -> set[str]:
    """Asked lane by lane: a search each, however much waits."""
    found = sql.rows(
        "SELECT key FROM delivery_lane WHERE EXISTS"
        f" (SELECT 1 FROM delivery_delivery d WHERE d.lane = delivery_lane.key AND d.{_OPEN})"
    )
    return {row[0] for row in found}


def _of_receiver(
    lane: str, account: int | None, more: str, values: Sequence[object], limit: int, *, columns: str = _COLUMNS
) -> list[sql.Row]:
    whose, who = ("account_id IS NULL", ()) if account is None else ("account_id = %s", (account,))
    return sql.rows(
        f"SELECT {columns} FROM delivery_delivery WHERE lane = %s AND {whose} AND {_OPEN} AND {_FREE} {more}"
        f" {_IN_ORDER} LIMIT %s",
        [lane, *who, *values, limit],
    )


def _members(
    lane: str, credentials: Credentials, limits: Limits, configuration: int, now_us: int
) -> tuple[list[Member], str, int]:
    """Who serves the lane, with the lane's lease and until when it lasts."""
    robots = {key: robot for robot, key in credentials.robots}
    keys = [lane, *robots]
    found = sql.rows(
        "SELECT key, hold_until_us, hold_reason, lease, lease_until_us, trouble, trial_us, trouble_configuration"
        f" FROM delivery_lane WHERE key IN ({sql.marks(keys)})",
        keys,
    )
    rows = {row[0]: row[1:] for row in found}
    _, _, lease, lease_until_us, *_ = rows.get(lane, (0, "", "", 0, "", 0, 0))
    members = []
    for key in robots or [lane]:
        hold_until_us, hold_reason, _, _, trouble, trial_us, version = rows.get(key, (0, "", "", 0, "", 0, 0))
        if hold_until_us > now_us + _LONGEST_HOLD_US:
            hold_until_us = 0
        if trouble and (version != configuration or trial_us > now_us + _LONGEST_TRIAL_US):
            trial_us = 0  # somebody changed something: that is worth a trial
        calls = _calls(key, limits, now_us)
        members.append(Member(key, robots.get(key), hold_until_us, hold_reason, trouble, trial_us, calls))
    return members, lease, lease_until_us


def _calls(credential: str, limits: Limits, now_us: int) -> list[Call]:
    """What counts against any limit there is: the calls of the last minute, and digests as long as a storm lasts."""
    limited = (credential[:1] == "r" and limits.robot.calls) or (
        credential[:1] == "a" and (limits.app.calls or limits.person.calls)
    )
    if not limited:
        return []
    since_us = now_us - (digest.STORM_OVER_US + MINUTE)
    rows = sql.rows(
        "SELECT a.at_us, s.kind, s.accounts FROM delivery_attempt a JOIN delivery_send s ON s.id = a.send_id"
        " WHERE a.lane = %s AND a.at_us > %s AND a.at_us < %s AND a.delivery_id IS NULL ORDER BY a.at_us",
        [credential, since_us, now_us + MINUTE],  # nodes' clocks differ a little; what lies ahead is another clock's
    )
    return [
        Call(at_us, kind, tuple(json.loads(accounts)) if accounts != "[]" else ()) for at_us, kind, accounts in rows
    ]


def _sated(calls: Sequence[Call], limits: Limits, now_us: int) -> set[int]:
    """People who got as many messages as they may in this window."""
    recent = Counter(
        account for call in calls if call.at_us > now_us - limits.person.window_us for account in call.accounts
    )
    return {account for account, count in recent.items() if limits.person.calls and count >= limits.person.calls}


def _calls_to(account: int | None, calls: Sequence[Call]) -> list[Call]:
    mine = calls if account is None else [call for call in calls if account in call.accounts]
    return sorted(mine, key=lambda call: call.at_us)


def _orphans(lane: str) -> bool:
    """Whether some deliveries of the lane belong to a send that was never frozen, or is over."""
    return bool(sql.rows(
        f"SELECT 1 FROM delivery_delivery d WHERE d.lane = %s AND d.{_OPEN} AND d.send_id <> '' AND NOT EXISTS"
        " (SELECT 1 FROM delivery_send s WHERE s.id = d.send_id AND s.state = 'frozen') LIMIT 1",
        [lane],
    ))  # fmt: skip


def _frozen(lane: str, now_us: int) -> list[Frozen]:
    rows = sql.rows(
        "SELECT s.id, s.service_id, s.robot_id, s.body, s.tries, (SELECT COUNT(*) FROM delivery_attempt a"
        "  WHERE a.send_id = s.id AND a.delivery_id IS NULL AND a.verdict IN ('', 'unknown')),"
        " CASE WHEN s.due_us > %s THEN 0 ELSE s.due_us END, s.created_us, s.credential, s.mended, s.kind"
        " FROM delivery_send s WHERE s.lane = %s AND s.state = 'frozen' ORDER BY s.created_us, s.id LIMIT 20",
        [now_us + _LONGEST_HOLD_US, lane],
    )
    return [Frozen(*row) for row in rows]
