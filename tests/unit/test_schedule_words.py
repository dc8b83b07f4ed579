"""A schedule in words, and as bars along its days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dingbell.notify.schedules import chinese_holidays
from dingbell.notify.schedules.documents import (
    DayAnswer,
    OpenDocument,
    PeriodDocument,
    RangeDocument,
    ScheduleAnswer,
    WorkdayDocument,
)
from dingbell.web.schedules import bars
from dingbell.web.schedules.wording import summary

EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def period(weekdays: list[int], start: str, end: str) -> PeriodDocument:
    return PeriodDocument(weekdays=weekdays, start=start, end=end)


def schedule(**fields: Any) -> ScheduleAnswer:
    usual: dict[str, Any] = {
        "id": 1, "name": "x", "description": "", "kind": "standard", "enabled": True, "time_zone": "Asia/Shanghai",
        "ignore_holidays": False, "periods": [], "start_date": None, "end_date": None, "ranges": [], "workdays": [],
        "created_at": "",
    }  # fmt: skip
    return ScheduleAnswer(**usual | fields)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (period([1, 2, 3, 4, 5], "08:00:00", "20:00:00"), "周一至周五 08:00–20:00"),
        (period([6, 7], "09:00:00", "12:00:30"), "周六、周日 09:00–12:00:30"),
        (period([1, 3, 5], "00:00:00", "24:00:00"), "周一、周三、周五 全天"),
        (period(EVERY_DAY, "22:00:00", "06:00:00"), "每天 22:00–次日 06:00"),
        (period([2], "12:00:00", "24:00:00"), "周二 12:00–24:00"),
    ],
)
def test_a_period_in_words(one: PeriodDocument, words: str) -> None:
    assert summary(schedule(periods=[one])) == [words]


def test_the_rest_of_a_schedule_in_words() -> None:
    periods = [period([day], "08:00:00", "09:00:00") for day in EVERY_DAY]
    lines = summary(schedule(periods=periods, start_date="2026-01-01", ignore_holidays=True), most=1)
    assert lines == ["周一 08:00–09:00", "还有 6 个时段", "2026-01-01 起", "不看节假日"]
    holidays = schedule(
        kind="holiday",
        ranges=[
            RangeDocument(start="2026-10-01", end="2026-10-07", name="国庆节"),
            RangeDocument(start="2026-12-25", end="2026-12-25"),
        ],
        workdays=[WorkdayDocument(date="2026-10-10")],
    )
    assert summary(holidays) == ["国庆节 2026-10-01 – 2026-10-07", "2026-12-25", "1 个调休上班日"]
    assert summary(holidays, most=1)[1] == "还有 1 个假期"


def test_the_usual_week_puts_the_night_on_both_days_and_joins_what_touches() -> None:
    week = bars.week([
        period([7], "20:00:00", "08:00:00"),
        period([1], "08:00:00", "12:00:00"),
        period([1], "11:00:00", "13:00:00"),
        period([2], "later", "13:00:00"),
    ])  # fmt: skip
    assert [[bar.text for bar in day.bars] for day in week] == [["00:00–13:00"], [], [], [], [], [], ["20:00–24:00"]]


def test_a_day_of_the_calendar_ends_at_midnight() -> None:
    answer = DayAnswer(
        date="2026-11-22", weekday=7, counts_as=7, holiday=False, workday=False, name="",
        open=[OpenDocument(start="2026-11-22T00:00:00+08:00", end="2026-11-23T00:00:00+08:00")],
    )  # fmt: skip
    [day] = bars.days([answer], date(2026, 11, 22))
    assert (day.whole, day.today, [bar.text for bar in day.bars]) == (True, True, ["00:00–24:00"])


def test_two_holidays_in_a_row_are_one_with_both_names() -> None:
    found = chinese_holidays.of_year(2025)
    names = [one.name for one in found.ranges]
    assert names == ["元旦", "春节", "清明节", "劳动节", "端午节", "国庆节、中秋节"]
    assert (found.ranges[-1].start, found.ranges[-1].end) == ("2025-10-01", "2025-10-08")


def test_nothing_is_made_up_for_a_year_nobody_announced() -> None:
    found = chinese_holidays.of_year(2199)
    assert (found.known, found.ranges, found.workdays) == (False, [], [])
