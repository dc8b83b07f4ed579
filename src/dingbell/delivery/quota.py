"""The organisation's month at DingTalk (dingtalk-api §2.9): what is counted, and how sparingly is sent by it.

A pool is `webhook` (group robots) or `api` (persons) of one organisation. Docs: docs/decisions/0022.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from dingbell.channels.base import Result, Verdict
from dingbell.delivery import months
from dingbell.delivery.mode import Mode, Standing, forecast, mode_for
from dingbell.storage import sql
from dingbell.storage.configuration import Configuration
from dingbell.storage.times import HOUR, MINUTE, SECOND, from_us


class Pool(StrEnum):
    WEBHOOK = "webhook"
    API = "api"


# Calls that fail for too many of them at once are free (dingtalk-api §2.9), and so is the token's own call.
_FREE = frozenset({
    "robot_rate_limited", "robot_throttled", "app_qps_limited", "app_qpm_limited", "platform_qps_limited",
    "qps_limited", "sending_too_fast", "too_many_people", "too_many_groups", "too_many_requests", "ip_punished",
    "client_invalid", "client_not_authorized", "grant_type_unsupported",
})  # fmt: skip
_KNOWN_FOR_US = 2 * SECOND
_RECENT_DAYS = 7

_ORGANISATION = "COALESCE((SELECT organisation FROM notify_service WHERE id = %s), '')"
_COUNT = (
    "INSERT INTO delivery_usage (organisation, pool, day, credential, service_id, calls)"
    f" VALUES ({_ORGANISATION}, %s, %s, %s, %s, 1)"
    " ON CONFLICT (organisation, pool, day, credential, service_id) DO UPDATE SET calls = delivery_usage.calls + 1"
)
_COUNT_MANY = (
    "INSERT INTO delivery_usage (organisation, pool, day, credential, service_id, calls) VALUES {rows}"
    " ON CONFLICT (organisation, pool, day, credential, service_id)"
    " DO UPDATE SET calls = delivery_usage.calls + excluded.calls RETURNING id"
)
_STOP = (
    "INSERT INTO delivery_quotastate (organisation, pool, stopped_us, stopped_reason)"
    f" VALUES ({_ORGANISATION}, %s, %s, %s) ON CONFLICT (organisation, pool)"
    " DO UPDATE SET stopped_us = excluded.stopped_us, stopped_reason = excluded.stopped_reason"
)


def note(credential: str, service_id: int, result: Result, at_us: int) -> None:
    """Count one call in the writer's transaction; DingTalk's refusal for the quota stops the pool.

    `credential` is a robot's or an app's key (`r:…`, `a:…`); others have no quota.
    """
    pool = pool_of(credential)
    if pool is None:
        return
    if counts(result):
        sql.execute(_COUNT, [service_id, pool.value, months.day_of(at_us, zone()), credential, service_id])
    if result.verdict is Verdict.QUOTA:
        sql.execute(_STOP, [service_id, pool.value, at_us, result.reason])
        transaction.on_commit(forget)


def note_taken(calls: Sequence[tuple[str, int, int]]) -> None:
    """Count calls that DingTalk took, as `note` does: (credential, service id, moment) of each."""
    counted: Counter[tuple[int, str, int, str, int]] = Counter()
    for credential, service_id, at_us in calls:
        pool = pool_of(credential)
        if pool is not None:
            counted[service_id, pool.value, _day_of(at_us // MINUTE), credential, service_id] += 1
    rows = [(*key, count) for key, count in sorted(counted.items())]
    sql.run_of_many(_COUNT_MANY, rows, f"({_ORGANISATION}, %s, %s, %s, %s, %s)")


@lru_cache(4)
def _day_of(minute: int) -> int:
    return months.day_of(minute * MINUTE, zone())


def counts(result: Result) -> bool:
    """Whether DingTalk charges the call: it took it, or refused it in its own words for anything but haste."""
    return result.verdict is Verdict.SENT or bool(result.code and result.reason not in _FREE)


def pool_of(credential: str) -> Pool | None:
    return {"r:": Pool.WEBHOOK, "a:": Pool.API}.get(credential[:2])


def mode(credential: str, service_id: int, now_us: int) -> Mode:
    """How the pool of this credential stands. It may change at any moment: it is asked for at each look, and read at
    most every two seconds. Thread-safe.
    """
    pool = pool_of(credential)
    if pool is None:
        return Mode.NORMAL
    known = _current(now_us)
    account = known.restricted.get((known.organisations.get(service_id, ""), pool))
    return Mode.NORMAL if account is None else account.standing.mode


def restricted(now_us: int) -> list[Account]:
    """The pools by which less than usual is sent; remembered as for `mode`."""
    return list(_current(now_us).restricted.values())


def forget() -> None:
    """Read anew before the next answer: something was stopped, reset or chosen."""
    global _known, _changes  # noqa: PLW0603 -- what this process remembers
    with _remembering:
        _known = None
        _changes += 1


def limits() -> dict[Pool, int]:
    """Calls a month; 0 is not counted against."""
    configuration: Configuration = settings.CONFIGURATION
    return {Pool.WEBHOOK: configuration.quota_webhook, Pool.API: configuration.quota_api}


def zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


@dataclass(frozen=True, slots=True)
class Account:
    """One pool of one organisation at a moment. `chosen` and `stopped_us` are those that still hold."""

    organisation: str
    pool: Pool
    limit: int
    used: int
    forecast: int | None
    standing: Standing
    chosen: Mode | None = None
    chosen_by: str = ""
    chosen_us: int = 0
    stopped_us: int = 0
    stopped_reason: str = ""
    stop_ends_us: int = 0


@dataclass(frozen=True, slots=True)
class _State:
    """A row of delivery_quotastate."""

    stopped_us: int = 0
    stopped_reason: str = ""
    chosen: str = ""
    chosen_by: str = ""
    chosen_us: int = 0
    told_month: int = 0
    told_mode: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    read_us: int
    organisations: Mapping[int, str]
    restricted: Mapping[tuple[str, Pool], Account]


def accounts(now_us: int) -> list[Account]:
    """Every pool that was used lately or has something to say, read from the database."""
    used = _used(now_us)
    states = _states()
    organisations = {"", *_organisations().values(), *(key[0] for key in (*used, *states))}
    return [
        _account(name, pool, used.get((name, pool), (0, None)), states.get((name, pool), _State()), now_us)
        for name in sorted(organisations)
        for pool in Pool
    ]


def _account(organisation: str, pool: Pool, use: tuple[int, int | None], state: _State, now_us: int) -> Account:
    limit, month = limits()[pool], months.month_of(now_us, zone())
    stop_ends_us = _stop_ends_us(state.stopped_us)
    stopped = now_us < stop_ends_us
    # What a person chose lasts for its month: nobody has to remember a stop of last month's.
    chosen = Mode(state.chosen) if state.chosen and months.month_of(state.chosen_us, zone()) == month else None
    merging = state.told_month == month and state.told_mode not in ("", Mode.NORMAL)
    standing = mode_for(use[0], limit, use[1], stopped=stopped, chosen=chosen, merging=merging)
    return Account(
        organisation, pool, limit, use[0], use[1], standing, chosen,
        state.chosen_by if chosen else "", state.chosen_us if chosen else 0,
        state.stopped_us if stopped else 0, state.stopped_reason if stopped else "", stop_ends_us if stopped else 0,
    )  # fmt: skip


def _stop_ends_us(stopped_us: int) -> int:
    """The turn of the month; an hour on its first day: this clock may have turned before DingTalk's."""
    if not stopped_us:
        return 0
    turn_us = months.turn_us(stopped_us, zone())
    return stopped_us + HOUR if from_us(stopped_us, zone()).day == 1 else turn_us


_remembering = threading.Lock()
_known: _Known | None = None
_changes = 0


def _current(now_us: int) -> _Known:
    global _known  # noqa: PLW0603
    known, changes = _known, _changes
    if known is not None and 0 <= now_us - known.read_us < _KNOWN_FOR_US:
        return known
    sparing = (one for one in accounts(now_us) if one.standing.mode is not Mode.NORMAL)
    found = _Known(now_us, _organisations(), {(one.organisation, one.pool): one for one in sparing})
    with _remembering:
        if changes == _changes:  # or what was read is older than what changed
            _known = found
    return found


def _organisations() -> dict[int, str]:
    """Of the services that name one."""
    return dict(sql.rows("SELECT id, organisation FROM notify_service WHERE organisation <> ''"))


def _states() -> dict[tuple[str, Pool], _State]:
    found = sql.rows(
        "SELECT organisation, pool, stopped_us, stopped_reason, chosen, chosen_by, chosen_us, told_month, told_mode"
        " FROM delivery_quotastate"
    )
    return {(organisation, Pool(pool)): _State(*values) for organisation, pool, *values in found}


def _used(now_us: int) -> dict[tuple[str, Pool], tuple[int, int | None]]:
    """Calls of this month and the forecast for its end."""
    today = from_us(now_us, zone()).date()
    month, week = months.number(today.replace(day=1)), months.number(today - timedelta(days=_RECENT_DAYS))
    found = sql.rows(
        "SELECT organisation, pool, SUM(CASE WHEN day >= %s THEN calls ELSE 0 END),"
        " SUM(CASE WHEN day >= %s AND day < %s THEN calls ELSE 0 END), MIN(day)"
        " FROM delivery_usage WHERE day >= %s GROUP BY organisation, pool",
        [month, week, months.number(today), min(month, week)],
    )
    left = months.days_left(now_us, zone())
    used = {}
    for organisation, pool, calls, recent, first in found:
        days = min(_RECENT_DAYS, (today - months.as_date(first)).days)
        used[organisation, Pool(pool)] = (int(calls), forecast(int(calls), int(recent), days, left))
    return used
