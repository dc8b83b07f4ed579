"""Reading a lane: what waits, what was begun, what was called. No writes."""

from __future__ import annotations

from dingbell.delivery.budget import Limit
from dingbell.delivery.plan import Frozen, LaneView, Waiting
from dingbell.storage import sql

# A robot takes one message a call; people are looked for up to 20 a call, past those who wait for something.
_LOOK_AHEAD = {"r": 25, "a": 400}
# Word for word the condition of the index `delivery_open`: SQLite uses a partial index for nothing less.
# Beside it `state` stands in an expression where it is compared again, or the planner takes the index of the state
# and reads everything that waits anywhere.
_OPEN = "state IN ('pending', 'sending')"


def view(lane: str, limit: Limit, now_us: int) -> LaneView:
    """The lane at this moment, with its oldest waiting deliveries and the calls that count against `limit`."""
    known = sql.row("SELECT hold_until_us, lease, lease_until_us FROM delivery_lane WHERE key = %s", [lane])
    hold_until_us, lease, lease_until_us = known or (0, "", 0)
    found = sql.rows(
        "SELECT id, event_id, service_id, robot_id, account_id, due_us, created_us, message_id,"
        " personal, notice_id FROM delivery_delivery"
        f" WHERE lane = %s AND {_OPEN} AND state || '' = 'pending' AND send_id = '' ORDER BY id LIMIT %s",
        [lane, _LOOK_AHEAD[lane[0]]],
    )
    waiting = [Waiting(*row) for row in found]
    calls_us: list[int] = []
    if limit.calls:
        recent = sql.rows(
            "SELECT at_us FROM delivery_attempt WHERE lane = %s AND at_us > %s AND delivery_id IS NULL ORDER BY at_us",
            [lane, now_us - limit.window_us],
        )
        calls_us = [row[0] for row in recent]
    return LaneView(lane, hold_until_us, lease, lease_until_us, _oldest_frozen(lane), waiting, calls_us)


def _oldest_frozen(lane: str) -> Frozen | None:
    row = sql.row(
        "SELECT s.id, s.service_id, s.robot_id, s.body, s.tries, (SELECT COUNT(*) FROM delivery_attempt a"
        "  WHERE a.send_id = s.id AND a.delivery_id IS NULL AND a.verdict IN ('', 'unknown')),"
        " s.due_us, s.created_us FROM delivery_send s WHERE s.lane = %s AND s.state = 'frozen'"
        " ORDER BY s.created_us, s.id LIMIT 1",
        [lane],
    )
    return Frozen(*row) if row else None


def items(send_id: str) -> list[tuple[int, int | None]]:
    """(delivery id, account id) of all that a send stands for."""
    found = sql.rows(
        "SELECT d.id, d.account_id FROM delivery_senditem i JOIN delivery_delivery d ON d.id = i.delivery_id"
        " WHERE i.send_id = %s ORDER BY d.id",
        [send_id],
    )
    return [(int(delivery), account) for delivery, account in found]


def lanes_with_work() -> set[str]:
    """Asked lane by lane: a search each, however much waits."""
    found = sql.rows(
        "SELECT key FROM delivery_lane WHERE EXISTS"
        f" (SELECT 1 FROM delivery_delivery d WHERE d.lane = delivery_lane.key AND d.{_OPEN})"
    )
    return {row[0] for row in found}
