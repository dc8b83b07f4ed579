"""The times and dates of a schedule, between what people write and what scheduling compiles."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from msgspec.structs import replace

from dingbell.notify.refusals import Findings
from dingbell.notify.schedules.documents import PeriodDocument, RangeDocument, WorkdayDocument
from dingbell.notify.schedules.scheduling import DAY_S

MIDNIGHT = "24:00:00"
_MOST_PERIODS, _MOST_RANGES, _MOST_NAME = 100, 500, 100
_TIME = re.compile(r"(\d{1,2})[:：](\d{1,2})(?:[:：](\d{1,2}))?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


def span(period: PeriodDocument) -> tuple[int, int]:
    """Start and end in seconds since midnight, the end above the start."""
    start_s, end_s = seconds(period.start) or 0, seconds(period.end) or 0
    return start_s, end_s if end_s > start_s else end_s + DAY_S


def seconds(text: str) -> int | None:
    """`8:00`, `08:00:00` and `24:00` in seconds since midnight; None for what is no time."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    total = hour * 3600 + minute * 60 + second
    return total if minute < 60 and second < 60 and total <= DAY_S else None


def clock(total: int) -> str:
    """`HH:MM:SS`."""
    return f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}"


def periods(given: list[PeriodDocument], findings: Findings) -> list[PeriodDocument]:
    """In order of weekday and time, each written in full; an end at midnight is 24:00:00."""
    if len(given) > _MOST_PERIODS:
        findings.add("periods", _too_many(_MOST_PERIODS, len(given)))
        return []
    checked = [_period(one, f"periods[{place}]", findings) for place, one in enumerate(given)]
    return sorted(checked, key=lambda one: (one.weekdays, one.start, one.end))


def _period(one: PeriodDocument, place: str, findings: Findings) -> PeriodDocument:
    weekdays = sorted(set(one.weekdays))
    if not weekdays:
        findings.add(f"{place}.weekdays", _("至少勾选一天"))
    if any(not 1 <= weekday <= 7 for weekday in weekdays):
        findings.add(f"{place}.weekdays", _("星期为 1（周一）到 7（周日）"))
    start = _time(f"{place}.start", one.start, findings)
    end = _time(f"{place}.end", one.end, findings)
    if start == MIDNIGHT:
        findings.add(f"{place}.start", _("最晚 23:59:59"))
    return PeriodDocument(weekdays=weekdays, start=start, end=MIDNIGHT if end == "00:00:00" else end)


def _time(field: str, text: str, findings: Findings) -> str:
    total = seconds(text)
    if total is None:
        findings.add(field, _("应为 08:00:00 这样的时间，从 00:00:00 到 24:00:00"))
    return clock(total or 0)


def day(field: str, text: str, findings: Findings) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        findings.add(field, _("应为 2026-10-01 这样的日期"))
        return None
    return found


def ranges(given: list[RangeDocument], findings: Findings) -> list[RangeDocument]:
    """In order of their dates."""
    if len(given) > _MOST_RANGES:
        findings.add("ranges", _too_many(_MOST_RANGES, len(given)))
        return []
    return sorted((_range(one, f"ranges[{place}]", findings) for place, one in enumerate(given)), key=_first_date)


def _range(one: RangeDocument, place: str, findings: Findings) -> RangeDocument:
    first = day(f"{place}.start", one.start, findings)
    last = day(f"{place}.end", one.end or one.start, findings)
    if first and last and last < first:
        findings.add(f"{place}.end", _("结束日期早于开始日期"))
    name = findings.text(f"{place}.name", one.name, "", most=_MOST_NAME)
    return RangeDocument(start=_iso(first), end=_iso(last), name=name)


def workdays(given: list[WorkdayDocument], findings: Findings) -> list[WorkdayDocument]:
    """In order of their dates."""
    if len(given) > _MOST_RANGES:
        findings.add("workdays", _too_many(_MOST_RANGES, len(given)))
        return []
    checked = []
    seen: set[str] = set()
    for place, one in enumerate(given):
        field = f"workdays[{place}]"
        text = _iso(day(f"{field}.date", one.date, findings))
        if text and text in seen:
            findings.add(f"{field}.date", _("日期重复"))
        if not 1 <= one.as_weekday <= 7:
            findings.add(f"{field}.as_weekday", _("星期为 1（周一）到 7（周日）"))
        seen.add(text)
        checked.append(replace(one, date=text, name=findings.text(f"{field}.name", one.name, "", most=_MOST_NAME)))
    return sorted(checked, key=lambda one: one.date)


def check_apart(free: list[dict[str, Any]], swapped: list[dict[str, Any]], findings: Findings) -> None:
    """One schedule must not call a date both. In two schedules the working day counts (scheduling.Holidays)."""
    for one in swapped:
        if one["date"] and any(holiday["start"] <= one["date"] <= holiday["end"] for holiday in free):
            findings.add("workdays", _("%(date)s 既是假期又是调休上班日") % {"date": one["date"]})


def _first_date(one: RangeDocument) -> str:
    return one.start


def _iso(found: date | None) -> str:
    return "" if found is None else found.isoformat()


def _too_many(most: int, count: int) -> str:
    return _("最多 %(most)d 项，收到 %(count)d 项") % {"most": most, "count": count}
