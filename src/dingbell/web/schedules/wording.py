"""A schedule in a few words. Pure: documents in, words out."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from dingbell.notify.models import ScheduleKind
from dingbell.notify.schedules.documents import PeriodDocument, ScheduleAnswer
from dingbell.notify.schedules.scheduling import DAY_S
from dingbell.notify.schedules.times import clock, span
from dingbell.web.words import Word

WEEKDAYS: dict[int, Word] = {
    1: gettext_lazy("周一"),
    2: gettext_lazy("周二"),
    3: gettext_lazy("周三"),
    4: gettext_lazy("周四"),
    5: gettext_lazy("周五"),
    6: gettext_lazy("周六"),
    7: gettext_lazy("周日"),
}
KINDS: dict[str, Word] = {
    ScheduleKind.STANDARD: gettext_lazy("标准"),
    ScheduleKind.HOLIDAY: gettext_lazy("节假日"),
}


def summary(schedule: ScheduleAnswer, most: int = 4) -> list[str]:
    """One line for each period, or what a holiday schedule names; of many the first `most`."""
    if schedule.kind == ScheduleKind.HOLIDAY:
        return _holidays(schedule, most)
    lines = [f"{_days(one.weekdays)} {hours(one)}" for one in schedule.periods]
    if len(lines) > most:
        left = len(lines) - most
        lines = [*lines[:most], ngettext("还有 %(n)d 个时段", "还有 %(n)d 个时段", left) % {"n": left}]
    if schedule.start_date and schedule.end_date:
        lines.append(_("%(start)s 起，到 %(end)s") % {"start": schedule.start_date, "end": schedule.end_date})
    elif schedule.start_date:
        lines.append(_("%(start)s 起") % {"start": schedule.start_date})
    elif schedule.end_date:
        lines.append(_("到 %(end)s") % {"end": schedule.end_date})
    if schedule.ignore_holidays:
        lines.append(_("不看节假日"))
    return lines


def hours(period: PeriodDocument) -> str:
    """`08:00–20:00`, `22:00–次日 06:00`, `全天`."""
    start_s, end_s = span(period)
    if start_s == 0 and end_s == DAY_S:
        return _("全天")
    if end_s > DAY_S:
        return _("%(start)s–次日 %(end)s") % {"start": short(start_s), "end": short(end_s - DAY_S)}
    return f"{short(start_s)}–{short(end_s)}"


def short(second: int) -> str:
    """Seconds only where they say something."""
    return clock(second).removesuffix(":00") if second % 60 == 0 else clock(second)


def _days(weekdays: Sequence[int]) -> str:
    if len(weekdays) == 7:
        return _("每天")
    names = [str(WEEKDAYS[weekday]) for weekday in weekdays]
    if len(weekdays) > 2 and weekdays[-1] - weekdays[0] == len(weekdays) - 1:
        return _("%(first)s至%(last)s") % {"first": names[0], "last": names[-1]}
    return pgettext("值之间", "、").join(names)


def _holidays(schedule: ScheduleAnswer, most: int) -> list[str]:
    lines = [
        f"{one.name} {one.start}" if one.start == one.end else f"{one.name} {one.start} – {one.end}"
        for one in schedule.ranges
    ]
    if len(lines) > most:
        left = len(lines) - most
        lines = [*lines[:most], ngettext("还有 %(n)d 个假期", "还有 %(n)d 个假期", left) % {"n": left}]
    if count := len(schedule.workdays):
        lines.append(ngettext("%(n)d 个调休上班日", "%(n)d 个调休上班日", count) % {"n": count})
    return [line.strip() for line in lines]
