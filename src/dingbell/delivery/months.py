"""Days and months as the quota has them: local dates as numbers, 20261122 and 202611. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from dingbell.storage.times import DAY, from_us, to_us


def day_of(us: int, zone: tzinfo) -> int:
    return number(from_us(us, zone).date())


def month_of(us: int, zone: tzinfo) -> int:
    return day_of(us, zone) // 100


def number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def as_date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)


def turn_us(us: int, zone: tzinfo) -> int:
    """The first moment of the next month."""
    today = from_us(us, zone).date()
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return to_us(datetime(first.year, first.month, 1, tzinfo=zone))


def days_left(us: int, zone: tzinfo) -> float:
    """Of the month, the rest of today among them."""
    return (turn_us(us, zone) - us) / DAY


def earlier_month(month: int, by: int) -> int:
    """`by` months before 202611."""
    months = month // 100 * 12 + month % 100 - 1 - by
    return months // 12 * 100 + months % 12 + 1
