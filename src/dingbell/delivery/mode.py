"""How sparingly a receiver's messages are sent while the organisation's quota runs short. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """NORMAL. MERGE: more goes into digests. CRITICAL: only critical alarms go, the rest waits.

    STOPPED: nothing goes.
    """

    NORMAL = "normal"
    MERGE = "merge"
    CRITICAL = "critical"
    STOPPED = "stopped"


class Cause(StrEnum):
    """Why a pool is in its mode. UNCOUNTED: it has no limit. REFUSED: DingTalk says that the month is used up."""

    PLENTY = "plenty"
    UNCOUNTED = "uncounted"
    FORECAST = "forecast"
    NEARLY_USED = "nearly_used"
    CHOSEN = "chosen"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Standing:
    mode: Mode
    cause: Cause


MERGE_PERCENT, CRITICAL_PERCENT = 90, 97
# A forecast counts from half of the month's quota on: a busy first week is not a shortage yet. Once it has
# made messages merge, they merge until it falls well below the limit: a mode must not come and go by the hour.
FORECAST_PERCENT, AT_EASE_PERCENT = 50, 90


def mode_for(
    used: int, limit: int, forecast: int | None, *, stopped: bool, chosen: Mode | None, merging: bool
) -> Standing:
    """`limit` 0 restricts nothing; `forecast` calls by the end of the month, None while nobody can tell.

    `stopped`: DingTalk refused this month. `chosen` by a person. `merging`: it has been, or stricter, until now.
    What is used up by our own count alone never stops a pool: DingTalk gives up to five days of grace, and critical
    alarms go until it refuses.
    """
    if stopped:
        return Standing(Mode.STOPPED, Cause.REFUSED)
    if chosen is not None:
        return Standing(chosen, Cause.CHOSEN)
    if not limit:
        return Standing(Mode.NORMAL, Cause.UNCOUNTED)
    if used * 100 >= limit * CRITICAL_PERCENT:
        return Standing(Mode.CRITICAL, Cause.NEARLY_USED)
    if used * 100 >= limit * MERGE_PERCENT:
        return Standing(Mode.MERGE, Cause.NEARLY_USED)
    enough = limit * AT_EASE_PERCENT / 100 if merging else limit
    if forecast is not None and forecast > enough and used * 100 >= limit * FORECAST_PERCENT:
        return Standing(Mode.MERGE, Cause.FORECAST)
    return Standing(Mode.NORMAL, Cause.PLENTY)


def forecast(used: int, recent: int, days: int, days_left: float) -> int | None:
    """`used` so far plus as many a day as in the last `days` whole days (`recent` calls); None without such a day."""
    return None if days < 1 else used + round(recent / days * days_left)
