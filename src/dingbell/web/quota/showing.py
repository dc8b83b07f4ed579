"""The quota as the pages show it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dingbell.delivery import months, usage
from dingbell.delivery.mode import Mode
from dingbell.delivery.quota import Account, Pool
from dingbell.delivery.quota_words import CAUSES, MEANINGS, MODES, POOLS
from dingbell.storage.times import from_us
from dingbell.web.words import Word

_COLOURS = {Mode.NORMAL: "green", Mode.MERGE: "yellow", Mode.CRITICAL: "orange", Mode.STOPPED: "red"}
_RECEIVERS = 8
ALL_RECEIVERS = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """A pool now. Numbers are written for people; `percent` and `expected_percent` are widths up to 100."""

    pool: str
    organisation: str
    name: str
    mode: str
    mode_word: Word
    meaning: Word
    cause: Word
    colour: str
    used: str
    limit: str
    left: str
    share: int
    percent: int
    expected: str
    expected_percent: int
    over: bool
    chosen: str
    chosen_by: str
    stopped: datetime | None
    stop_ends: datetime | None


def standing(account: Account) -> Standing:
    mode, limit = account.standing.mode, account.limit
    expected = account.forecast
    return Standing(
        pool=account.pool.value,
        organisation=account.organisation,
        name=" · ".join(part for part in (str(POOLS[account.pool]), account.organisation) if part),
        mode=mode.value,
        mode_word=MODES[mode],
        meaning=MEANINGS[mode],
        cause=CAUSES[account.standing.cause],
        colour=_COLOURS[mode],
        used=f"{account.used:,}",
        limit=f"{limit:,}" if limit else "",
        left=f"{max(0, limit - account.used):,}",
        share=account.used * 100 // limit if limit else 0,
        percent=_percent(account.used, limit),
        expected="" if expected is None else f"{expected:,}",
        expected_percent=_percent(expected or 0, limit),
        over=bool(limit and expected is not None and expected > limit),
        chosen=account.chosen.value if account.chosen else "",
        chosen_by=account.chosen_by,
        stopped=from_us(account.stopped_us) if account.stopped_us else None,
        stop_ends=from_us(account.stop_ends_us) if account.stop_ends_us else None,
    )


@dataclass(frozen=True, slots=True)
class Day:
    """`top` and `height` of a bar that is 100 high; `told` says the day in words."""

    number: int
    top: int
    height: int
    told: str
    is_today: bool


@dataclass(frozen=True, slots=True)
class Receiver:
    name: str
    service: str
    calls: str
    percent: int


@dataclass(frozen=True, slots=True)
class Month:
    name: str
    calls: str
    share: str
    percent: int
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Spent:
    """A month of a pool. `average` is what the limit allows a day, `average_top` where its line is, from above."""

    total: str
    days: list[Day]
    most: str
    average: str
    average_top: int
    receivers: list[Receiver]
    more: bool
    months: list[Month]


def spent(account: Account, month: int, today: int, *, everyone: bool) -> Spent:
    """`month` (202611) of a pool and the months up to this one; `everyone` lists all receivers there are."""
    calls = usage.by_day(account.organisation, account.pool, month)
    length = monthrange(month // 100, month % 100)[1]
    total, most = sum(calls.values()), max(calls.values(), default=0)
    average = account.limit // length
    top = max(most, average, 1)
    limit = ALL_RECEIVERS if everyone else _RECEIVERS
    receivers = usage.by_receiver(account.organisation, account.pool, month, limit + 1)
    return Spent(
        total=f"{total:,}",
        days=[
            _day(month * 100 + number, calls.get(month * 100 + number, 0), top, today)
            for number in range(1, length + 1)
        ],
        most=f"{most:,}",
        average=f"{average:,}" if account.limit else "",
        average_top=100 - _percent(average, top),
        receivers=[_receiver(account.pool, one, total) for one in receivers[:limit]],
        more=len(receivers) > limit,
        months=_months(account, month, today),
    )


def _day(day: int, calls: int, top: int, today: int) -> Day:
    told = _("%(day)s：%(count)s 次") % {"day": f"{months.as_date(day):%m-%d}", "count": f"{calls:,}"}
    height = max(_percent(calls, top), 2) if calls else 0  # a day with calls is never invisible
    return Day(day % 100, 100 - height, height, told, day == today)


def _receiver(pool: Pool, one: usage.Use, total: int) -> Receiver:
    gone = _("已删除的应用") if pool is Pool.API else _("已删除的机器人")
    return Receiver(
        one.receiver or gone, one.service or _("已删除的服务"), f"{one.calls:,}", _percent(one.calls, total)
    )


def _months(account: Account, shown: int, today: int) -> list[Month]:
    found = usage.by_month(account.organisation, account.pool, today // 100)
    most = max((calls for _, calls in found), default=0)
    return [
        Month(
            month_name(month),
            f"{calls:,}",
            f"{calls * 100 // account.limit}%" if account.limit else "",
            _percent(calls, max(account.limit, most)),
            month == shown,
        )
        for month, calls in found
    ]


def month_name(month: int) -> str:
    return f"{month // 100}-{month % 100:02}"


def _percent(part: int, whole: int) -> int:
    return min(100, part * 100 // whole) if whole else 0
