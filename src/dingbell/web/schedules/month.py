"""查看排程: a month of a schedule, drawn."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.notify.models import Schedule, ScheduleKind
from dingbell.notify.schedules import calendar as schedule_calendar
from dingbell.notify.schedules import schedules
from dingbell.storage.times import from_us, now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.schedules import bars
from dingbell.web.schedules.wording import KINDS, WEEKDAYS, summary

_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 1)


@never_cache
@require_GET
@requires(Permission.VIEW)
def calendar(request: SignedInRequest, schedule_id: int) -> HttpResponse:
    """`?month=2026-11`; this month where it says nothing that can be understood."""
    schedule = get_object_or_404(Schedule, id=schedule_id)
    now = from_us(now_us(), ZoneInfo(schedule.time_zone))
    first = _asked(request.GET.get("month", "")) or now.date().replace(day=1)
    days = bars.days(schedule_calendar.month(schedule, first).days, now.date())
    context = {
        "schedule": schedule,
        "kind": KINDS[schedule.kind],
        "lines": summary(schedules.describe(schedule.id), most=10),
        "is_standard": schedule.kind == ScheduleKind.STANDARD,
        "first": first,
        "days": days,
        "leading": range(first.weekday()),
        "weekdays": WEEKDAYS.values(),
        "earlier": first - timedelta(days=1) if first > _FIRST else None,
        "later": first + timedelta(days=32) if first < _LAST else None,
        "is_now": first == now.date().replace(day=1),
        "standing": _standing(schedule, now),
    }
    return render(request, "schedules/calendar.html", context)


def _standing(schedule: Schedule, now: datetime) -> dict[str, object] | None:
    """Whether it is open now, and until when if that is soon enough to know."""
    if schedule.kind != ScheduleKind.STANDARD:
        return None
    timetable = schedules.timetable(schedule, schedules.holidays_in_force())
    found = timetable.standing(now_us())
    until = from_us(found.until_us, timetable.zone)
    soon = until - now < timedelta(days=30)
    return {"is_open": found.is_open, "until": f"{until:%m-%d %H:%M}" if soon else ""}


def _asked(text: str) -> date | None:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None
