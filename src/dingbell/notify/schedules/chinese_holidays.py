"""The public holidays of China with their swapped working days (法定节假日、调休), as the State Council arranged them.

They are announced each November for the year after. A year that the package was not released for is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from chinese_calendar.constants import Holiday, holidays, workdays

from dingbell.notify.schedules.documents import HolidaysAnswer, RangeDocument, WorkdayDocument

MONDAY = 1
_FULL_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


def of_year(year: int) -> HolidaysAnswer:
    """The holidays of one year, in order, as a holiday schedule holds them; nothing for a year that is not known."""
    free = _of_year(holidays, year)
    swapped = _of_year(workdays, year)
    return HolidaysAnswer(
        year=year,
        known=bool(free),
        ranges=[
            RangeDocument(name=name, start=first.isoformat(), end=last.isoformat())
            for name, first, last in _together(sorted(free.items()))
        ],
        workdays=[
            WorkdayDocument(date=day.isoformat(), as_weekday=MONDAY, name=f"{name}调休")
            for day, name in sorted(swapped.items())
        ],
    )


def _of_year(days: Mapping[date, str], year: int) -> dict[date, str]:
    names = {holiday.value: _FULL_NAMES.get(holiday.chinese, holiday.chinese) for holiday in Holiday}
    return {day: names.get(name, name) for day, name in days.items() if day.year == year}


def _together(days: Iterable[tuple[date, str]]) -> Iterator[tuple[str, date, date]]:
    """Dates in a row as one holiday: where two fall together, it has both names."""
    current: tuple[list[str], date, date] | None = None
    for day, name in days:
        if current is not None and day - current[2] == timedelta(days=1):
            names, first, _last = current
            current = ([*names, name] if name not in names else names, first, day)
            continue
        if current is not None:
            yield "、".join(current[0]), *current[1:]
        current = [name], day, day
    if current is not None:
        yield "、".join(current[0]), *current[1:]
