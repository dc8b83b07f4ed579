"""What is worth telling the admins of a quota: 70, 90, 100 % once a month each, and every change of mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dingbell.delivery.mode import Mode
from dingbell.delivery.models import QuotaState
from dingbell.delivery.quota import Account, Pool
from dingbell.storage import sql

PERCENTS = (70, 90, 100)

# Of two processes that see the same, the one tells that finds what both have read.
_REMEMBER = (
    "INSERT INTO delivery_quotastate (organisation, pool, told_month, told_percent, told_mode)"
    " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (organisation, pool) DO UPDATE SET"
    " told_month = excluded.told_month, told_percent = excluded.told_percent, told_mode = excluded.told_mode"
    " WHERE delivery_quotastate.told_month = %s AND delivery_quotastate.told_percent = %s"
    " AND delivery_quotastate.told_mode = %s"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What was told last: of `month` the percentage and the mode, "" none yet."""

    month: int = 0
    percent: int = 0
    mode: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """`percent` was reached since, 0 when none was; `mode_changed` since."""

    account: Account
    percent: int
    mode_changed: bool
    before: Told
    now: Told


def news(account: Account, told: Told, month: int) -> News | None:
    """None when all was told. Pure."""
    known = told.percent if told.month == month else 0
    reached = _reached(account)
    mode = account.standing.mode
    changed = mode is not Mode(told.mode or Mode.NORMAL)
    if reached <= known and not changed:
        return None
    now = Told(month, max(known, reached), mode.value)
    return News(account, reached if reached > known else 0, changed, told, now)


def _reached(account: Account) -> int:
    if not account.limit:
        return 0
    return max((percent for percent in PERCENTS if account.used * 100 >= account.limit * percent), default=0)


def told() -> dict[tuple[str, Pool], Told]:
    return {
        (state.organisation, Pool(state.pool)): Told(state.told_month, state.told_percent, state.told_mode)
        for state in QuotaState.objects.all()
    }


def remember(wanted: Sequence[News]) -> list[bool]:
    """A task for the one writer: whether each is this process's to tell."""
    return [
        bool(
            sql.execute(
                _REMEMBER,
                [one.account.organisation, one.account.pool.value, one.now.month, one.now.percent, one.now.mode,
                 one.before.month, one.before.percent, one.before.mode],
            )
        )
        for one in wanted
    ]  # fmt: skip
