"""What happened while a message waited: whether it is still to go, asked right before it is made.

Only messages that were meant to wait are asked about (delivery.models.Manner). What merely stands in a long queue goes
whatever happened: a digest tells of it as it is by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm, EventKind
from dingbell.delivery.waiting import Waiting
from dingbell.notify.manner import Manner
from dingbell.notify.rules.timing import ALERTS
from dingbell.storage import sql

CLEARED, ACKED, SHELVED, NOT_TOLD = "cleared_meanwhile", "acked_meanwhile", "shelved_meanwhile", "not_told"
_UNLESS = Manner.UNLESS_CLEARED | Manner.UNLESS_ACKED | Manner.UNLESS_SHELVED
_ASKS = _UNLESS | Manner.IF_TOLD
_LOOKED_AT = 10_000  # events of one alarm
_CHUNK = 500  # of a digest of thousands


@dataclass(frozen=True, slots=True)
class Now:
    """How an alarm stands."""

    active: bool
    acked: bool
    shelved: bool
    occurrence: int


def withheld(deliveries: Sequence[Waiting]) -> dict[int, str]:
    """Those for which nothing goes any more, with the reason. Costs nothing for what was not meant to wait."""
    asked = [one for one in deliveries if one.asks(_ASKS)]
    if not asked:
        return {}
    standing = _standing(sorted({one.event_id for one in asked if one.kind in ALERTS}))
    reasons = {
        one.id: reason for one in asked if one.event_id in standing if (reason := against(one, *standing[one.event_id]))
    }
    recoveries = [one for one in asked if one.asks(Manner.IF_TOLD) and one.kind == EventKind.CLEARED]
    alerts = {
        one.event_id: _alerts_of_the_occurrence(one) for one in {one.event_id: one for one in recoveries}.values()
    }
    return reasons | {one.id: NOT_TOLD for one in recoveries if not _is_told(one, alerts[one.event_id])}


def _standing(events: Sequence[int]) -> dict[int, tuple[Alarm, Now]]:
    """Of each event the alarm as it was after it, and as it is."""
    found: dict[int, tuple[Alarm, Now]] = {}
    for start in range(0, len(events), _CHUNK):
        chunk = events[start : start + _CHUNK]
        rows = sql.rows(
            "SELECT e.id, e.snapshot, a.active, a.acked, a.shelved_until_us, a.occurrences FROM alarms_event e"
            f" JOIN alarms_alarm a ON a.id = e.alarm_id WHERE e.id IN ({sql.marks(chunk)})",
            chunk,
        )
        for event_id, text, active, acked, until_us, occurrence in rows:
            try:
                then = store.restore(text)
            except (ValueError, msgspec.MsgspecError):
                continue  # making its words says what is wrong
            now = Now(bool(active), bool(acked), until_us is not None, occurrence)
            found[event_id] = then, now
    return found


def against(alert: Waiting, then: Alarm, now: Now) -> str:
    """Why an alert is not to go any more, "" when it is; `then` is the alarm it tells of. Pure.

    A raise that was over when it became known is one that did not last. What comes back is another occurrence.
    """
    says_active = then.active or alert.kind == EventKind.RAISED
    is_over = not now.active or now.occurrence != then.occurrences
    if alert.asks(Manner.UNLESS_CLEARED) and says_active and is_over:
        return CLEARED
    if alert.asks(Manner.UNLESS_ACKED) and now.acked and not then.acked:
        return ACKED
    if alert.asks(Manner.UNLESS_SHELVED) and now.shelved and not then.shelved:
        return SHELVED
    return ""


def _is_told(recovery: Waiting, alerts: Sequence[int] | None) -> bool:
    """Whether the same rule told its receiver of one of these events, or still will."""
    if alerts is None:
        return True
    if not alerts:
        return False
    row = sql.row(
        "SELECT 1 FROM delivery_delivery t JOIN delivery_delivery d ON d.id = %s"
        f" WHERE t.event_id IN ({sql.marks(alerts)})"
        # What other indexes begin with stands in an expression, or SQLite's planner reads everything of the rule.
        " AND t.rule_id + 0 = d.rule_id"
        # A robot may have got another webhook since, and the robots of a pool stand in for each other.
        " AND COALESCE(t.account_id, 0) = COALESCE(d.account_id, 0)"
        " AND (t.account_id IS NOT NULL OR t.robot_id = d.robot_id OR t.lane = d.lane)"
        # What failed and has other ways is told another way, and so is its recovery then.
        " AND (t.state || '' IN ('pending', 'sending', 'sent') OR (t.state || '' = 'failed' AND (t.manner & %s) <> 0))"
        " LIMIT 1",
        [recovery.id, *alerts, int(Manner.FALLBACK)],
    )
    return row is not None


def _alerts_of_the_occurrence(recovery: Waiting) -> list[int] | None:
    """The events since the alarm was raised that rules were asked about; None when that is too long ago to tell."""
    found = sql.rows(
        "SELECT id, kind, entered, priority_rose FROM alarms_event WHERE alarm_id = %s AND id < %s"
        " ORDER BY id DESC LIMIT %s",
        [recovery.alarm_id, recovery.event_id, _LOOKED_AT],
    )
    return alerts_since_raised(found)


def alerts_since_raised(newest_first: Sequence[tuple[int, str, str, object]]) -> list[int] | None:
    """Of (id, kind, entered, priority rose): those that may have told of the alarm, its raising last. Pure."""
    alerts: list[int] = []
    for event_id, kind, entered, rose in newest_first:
        if entered or rose or kind == EventKind.UNSHELVED:
            alerts.append(event_id)
        if kind == EventKind.RAISED:
            return alerts[-_CHUNK:]
    return None if len(newest_first) == _LOOKED_AT else alerts
