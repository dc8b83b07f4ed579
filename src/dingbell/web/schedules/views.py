"""通知排程: the list, the forms of both kinds, switching, copying and deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from msgspec import UnsetType

from dingbell.notify.models import Schedule, ScheduleKind
from dingbell.notify.refusals import Missing
from dingbell.notify.schedules import chinese_holidays, schedules
from dingbell.notify.schedules.documents import (
    PeriodDocument,
    RangeDocument,
    ScheduleAnswer,
    ScheduleInput,
    WorkdayDocument,
)
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import switches
from dingbell.web.document_forms import keep, received
from dingbell.web.listing import ENABLED, Column, Filter, Table, listing
from dingbell.web.schedules import bars
from dingbell.web.schedules.wording import KINDS, WEEKDAYS, summary
from dingbell.web.switches import Ticked
from dingbell.web.words import Word

_TABLE = Table(
    kind="schedule",
    title=_("通知排程"),
    columns=(
        Column(_("名称"), "name"),
        Column(_("类型"), "kind"),
        Column(_("时间")),
        Column(_("使用的规则")),
        Column(_("状态"), "enabled"),
    ),
    search_in=("name", "description"),
    filters=(Filter("kind", _("类型"), {kind: (word, Q(kind=kind)) for kind, word in KINDS.items()}), ENABLED),
    loss=_("删除后不能恢复。"),
)
_WORKDAYS, _EVERY_DAY = [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7]
# What one press puts into the form.
_SHORTCUTS: dict[str, tuple[Word, PeriodDocument]] = {
    "period-days": (_("工作日白班"), PeriodDocument(weekdays=_WORKDAYS, start="08:00:00", end="20:00:00")),
    "period-nights": (_("夜班"), PeriodDocument(weekdays=_EVERY_DAY, start="20:00:00", end="08:00:00")),
    "period-always": (_("全天"), PeriodDocument(weekdays=_EVERY_DAY, start="00:00:00", end="24:00:00")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list."""

    id: int
    name: str
    description: str
    kind: Word
    zone: str
    is_standard: bool
    enabled: bool
    lines: Sequence[str]
    rules: Sequence[str]


@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    found = listing(request, _TABLE, Schedule.objects.all(), _lines)
    return render(request, "schedules/list.html", {"listing": found})


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def new(request: SignedInRequest) -> HttpResponse:
    if request.method == "POST":
        return keep(request, ScheduleInput, schedules.create, reverse("schedules"))
    kind = request.GET.get("kind", ScheduleKind.STANDARD.value)
    if kind not in ScheduleKind.values:
        raise Http404
    return _form(request, _blank(kind))


@never_cache
@require_GET
@requires(Permission.VIEW)
def show(request: SignedInRequest, schedule_id: int) -> HttpResponse:
    try:
        return _form(request, schedules.describe(schedule_id))
    except Missing:
        raise Http404 from None


@require_POST
@requires(Permission.CONFIGURE)
def change(request: SignedInRequest, schedule_id: int) -> HttpResponse:
    return keep(
        request,
        ScheduleInput,
        partial(schedules.update, schedule_id),
        reverse("schedules"),
        of=("schedule", schedule_id),
    )


@require_POST
@requires(Permission.CONFIGURE)
def enable(request: SignedInRequest, schedule_id: int) -> HttpResponse:
    return switches.switch(
        request,
        lambda on: schedules.update(schedule_id, ScheduleInput(enabled=on)),
        partial(schedules.describe, schedule_id),
    )


@require_POST
@requires(Permission.CONFIGURE)
def delete(request: SignedInRequest, schedule_id: int) -> HttpResponse:
    schedule = get_object_or_404(Schedule, id=schedule_id)
    return switches.delete(request, schedule.name, partial(schedules.delete, schedule_id), reverse("schedules"))


@require_POST
@requires(Permission.CONFIGURE)
def copy(request: SignedInRequest, schedule_id: int) -> HttpResponse:
    return switches.copy(request, partial(schedules.copy, schedule_id), "schedule")


@require_POST
@requires(Permission.CONFIGURE)
def ticked(request: SignedInRequest) -> HttpResponse:
    can = Ticked(schedules.delete, lambda schedule_id, on: schedules.update(schedule_id, ScheduleInput(enabled=on)))
    return switches.ticked(request, Schedule.objects.all(), can, reverse("schedules"))


@require_POST
@requires(Permission.VIEW)
def week(request: SignedInRequest) -> HttpResponse:
    """The usual week of the form as far as it is filled in."""
    document = received(request.POST.get("document", ""), ScheduleInput)
    periods = [] if isinstance(document.periods, UnsetType) else document.periods
    return render(request, "schedules/week.html", {"week": bars.week(periods)})


@require_POST
@requires(Permission.CONFIGURE)
def fill(request: SignedInRequest, year: int) -> HttpResponse:
    """The lists of a holiday form with the public holidays of a year in place of what it had for that year."""
    document = received(request.POST.get("document", ""), ScheduleInput)
    ranges = [] if isinstance(document.ranges, UnsetType) else document.ranges
    workdays = [] if isinstance(document.workdays, UnsetType) else document.workdays
    found = chinese_holidays.of_year(year)
    if found.known:
        ranges = [one for one in ranges if _other_year(one.start, year)] + found.ranges
        workdays = [one for one in workdays if _other_year(one.date, year)] + found.workdays
    context = {
        "ranges": sorted(ranges, key=lambda one: one.start),
        "workdays": sorted(workdays, key=lambda one: one.date),
        "filled": found,
        "weekdays": WEEKDAYS,
    }
    return render(request, "schedules/holiday_lists.html", context)


def _other_year(text: str, year: int) -> bool:
    return bool(text) and not text.startswith(f"{year}-")


def _lines(found: Sequence[Schedule]) -> list[Line]:
    used = schedules.used_by([schedule.id for schedule in found])
    return [
        Line(
            id=answer.id,
            name=answer.name,
            description=answer.description,
            kind=KINDS[answer.kind],
            zone=answer.time_zone,
            is_standard=answer.kind == ScheduleKind.STANDARD,
            enabled=answer.enabled,
            lines=summary(answer),
            rules=used.get(answer.id, ()),
        )
        for answer in schedules.answers(found)
    ]


def _blank(kind: str) -> ScheduleAnswer:
    standard = kind == ScheduleKind.STANDARD
    return ScheduleAnswer(
        id=0,
        name="",
        description="",
        kind=kind,
        enabled=True,
        time_zone=settings.TIME_ZONE,
        ignore_holidays=False,
        periods=[PeriodDocument(weekdays=_WORKDAYS, start="08:00:00", end="20:00:00")] if standard else [],
        start_date=None,
        end_date=None,
        ranges=[] if standard else [RangeDocument(start="", end="")],
        workdays=[],
        created_at="",
    )


def _form(request: HttpRequest, schedule: ScheduleAnswer) -> HttpResponse:
    context: dict[str, Any] = {
        "schedule": schedule,
        "rules": schedules.used_by([schedule.id]).get(schedule.id, ()) if schedule.id else (),
        "weekdays": WEEKDAYS,
    }
    if schedule.kind == ScheduleKind.HOLIDAY:
        this_year = timezone.localdate().year
        context |= {
            "ranges": schedule.ranges,
            "workdays": schedule.workdays,
            "years": (this_year, this_year + 1),
            "no_workday": WorkdayDocument(date=""),
        }
        return render(request, "schedules/holiday_form.html", context)
    context |= {
        "zones": sorted(schedules.time_zones() | {schedule.time_zone}),
        "shortcuts": [(template, word, period) for template, (word, period) in _SHORTCUTS.items()],
        "no_period": PeriodDocument(weekdays=[], start="", end=""),
        "week": bars.week(schedule.periods),
        "holidays": Schedule.objects.filter(kind=ScheduleKind.HOLIDAY, enabled=True).values_list("name", flat=True),
    }
    return render(request, "schedules/form.html", context)
