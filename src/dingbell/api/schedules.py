"""`/api/v1/schedules`: when notifications may go out, and holidays."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from dingbell.api import examples
from dingbell.api.bodies import answer, nothing, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.filters import refused
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.api.problems import not_found
from dingbell.notify.schedules import calendar as schedule_calendar
from dingbell.notify.schedules import chinese_holidays, schedules
from dingbell.notify.schedules.documents import CalendarAnswer, HolidaysAnswer, ScheduleAnswer, ScheduleInput
from dingbell.users.roles import Scope

router = Router(tags=["schedules"])
_READ, _WRITE = Scope.CONFIG_READ, Scope.CONFIG_WRITE
Year = Annotated[int, Query(ge=2000, le=2199)]
Month = Annotated[str, Query(description="YYYY-MM")]


@router.get("", **operation(_READ, "通知排程列表", pages=ScheduleAnswer))
def list_schedules(request: ApiRequest, limit: Limit = USUAL_LIMIT, cursor: Cursor = "") -> HttpResponse:
    """In the order they were made."""
    found = schedules.everything()
    if place := after(cursor):
        found = found.filter(id__gt=place[0])
    return page(schedules.answers(found[: limit + 1]), limit, lambda one: [one.id], lambda one: one)


@router.post(
    "",
    **operation(
        _WRITE, "新建通知排程", body=ScheduleInput, example=examples.SCHEDULE, answer=ScheduleAnswer, status=201
    ),
)
def create_schedule(request: ApiRequest) -> HttpResponse:
    """Required: `name`, `kind`, and `periods` (standard) or `ranges` (holiday).

    Outside of its periods a notification is not sent; it stands in the deliveries with `outside_schedule`. A disabled
    schedule restricts nothing. A holiday closes every enabled standard schedule that does not ignore holidays.
    """
    return answer(schedules.create(read(request, ScheduleInput)), 201)


@router.get("/holidays", **operation(_READ, "法定节假日与调休", answer=HolidaysAnswer))
def holidays(request: ApiRequest, year: Year) -> HttpResponse:
    """China's public holidays of a year with their swapped working days, to be put into a holiday schedule.

    `known` is false, and nothing is listed, for a year that this version was not released for.
    """
    return answer(chinese_holidays.of_year(year))


@router.get("/{int:schedule_id}", **operation(_READ, "一个通知排程", answer=ScheduleAnswer))
def get_schedule(request: ApiRequest, schedule_id: int) -> HttpResponse:
    return answer(schedules.describe(schedule_id))


@router.get("/{int:schedule_id}/calendar", **operation(_READ, "查看排程", answer=CalendarAnswer))
def calendar(request: ApiRequest, schedule_id: int, month: Month) -> HttpResponse:
    """The days of a month and when the schedule is open, by its own clock; holidays by their names."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise refused("month", _("应为 2026-11 这样的月份")) from None
    if not 2000 <= first.year < 2200:
        raise refused("month", _("应为 2026-11 这样的月份"))
    schedule = schedules.everything().filter(id=schedule_id).first()
    if schedule is None:
        raise not_found()
    return answer(schedule_calendar.month(schedule, first))


@router.patch("/{int:schedule_id}", **operation(_WRITE, "修改通知排程", body=ScheduleInput, answer=ScheduleAnswer))
def change_schedule(request: ApiRequest, schedule_id: int) -> HttpResponse:
    """What is left out stays; `periods`, `ranges` and `workdays` are replaced as a whole. `kind` cannot change."""
    return answer(schedules.update(schedule_id, read(request, ScheduleInput)))


@router.post("/{int:schedule_id}/copy", **operation(_WRITE, "复制通知排程", answer=ScheduleAnswer, status=201))
def copy_schedule(request: ApiRequest, schedule_id: int) -> HttpResponse:
    """The same under a new name. A holiday schedule is switched off: its days hold once already."""
    return answer(schedules.copy(schedule_id), 201)


@router.delete("/{int:schedule_id}", **operation(_WRITE, "删除通知排程", status=204))
def delete_schedule(request: ApiRequest, schedule_id: int) -> HttpResponse:
    """409 with the names of the rules while any asks it."""
    schedules.delete(schedule_id)
    return nothing()
