"""发测试报警: raise an alarm by hand, clear it, and watch whom it is told to, before anything is connected."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dingbell.alarms import listing
from dingbell.alarms.alarm import PRIORITY_BY_WORD, Alarm, EventKind, Priority, Report
from dingbell.alarms.models import AlarmRow
from dingbell.notify.refusals import storable
from dingbell.pipeline import engine
from dingbell.pipeline.engine import NotRunning
from dingbell.pipeline.intake import Submission
from dingbell.storage.times import now_us
from dingbell.storage.writer import StorageUnavailable
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import words
from dingbell.web.alarms.detail import unfired
from dingbell.web.alarms.showing import shown
from dingbell.web.alarms.story import story

SOURCE = "dingbell-test"
_EVENTS = 10


class TestAlarmForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=200)
    level = forms.ChoiceField(
        label=gettext_lazy("级别"), choices=[(level.word, word) for level, word in words.PRIORITIES.items()]
    )
    path = forms.CharField(label=gettext_lazy("路径"), max_length=500, required=False)
    area = forms.CharField(label=gettext_lazy("区域"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not all(storable(text) for text in cleaned.values()):
            raise forms.ValidationError(_("含有不能保存的字符"))
        return cleaned


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIGURE)
def dialog(request: SignedInRequest) -> HttpResponse:
    """The form; a filled one raises the alarm and shows what comes of it."""
    if request.method == "GET":
        usual = {"name": _("测试报警"), "level": Priority.MEDIUM.word, "path": _("测试"), "area": _("测试")}
        return render(request, "alarms/test.html", {"form": TestAlarmForm(initial=usual)})
    form = TestAlarmForm(request.POST)
    if not form.is_valid():
        return render(request, "alarms/test.html", {"form": form}, status=422)
    wish = form.cleaned_data
    report = Report(
        source=SOURCE,
        key=wish["name"],
        active=True,
        name=wish["name"],
        path=wish["path"],
        area=wish["area"],
        type="TEST",
        description=_("这是一条测试报警，由 %(who)s 发出。") % {"who": request.user},
        priority=PRIORITY_BY_WORD[wish["level"]],
    )
    was_active = AlarmRow.objects.filter(source=SOURCE, key=wish["name"], active=True).exists()
    if problem := _submit(report):
        return render(request, "alarms/test.html", {"form": form, "problem": problem}, status=422)
    alarm_id = AlarmRow.objects.values_list("id", flat=True).get(source=SOURCE, key=wish["name"])
    context = _trace(alarm_id) | {"was_active": was_active}
    return _changed(render(request, "alarms/test_trace.html", context))


@require_POST
@requires(Permission.CONFIGURE)
def clear(request: SignedInRequest, alarm_id: int) -> HttpResponse:
    """恢复: the counterpart. Clearing what is clear already changes nothing."""
    alarm = _find(alarm_id)
    problem = _submit(Report(source=SOURCE, key=alarm.key, active=False))
    return _changed(render(request, "alarms/test_trace.html", _trace(alarm_id) | {"problem": problem}))


@never_cache
@require_GET
@requires(Permission.CONFIGURE)
def trace(request: SignedInRequest, alarm_id: int) -> HttpResponse:
    """What became of it so far, or 204 when what the dialog has (`?stamp=`) still holds."""
    context = _trace(alarm_id)
    if request.GET.get("stamp") == context["stamp"]:
        return HttpResponse(status=204)
    return render(request, "alarms/test_events.html", context)


def _submit(report: Report) -> str:
    """Why it could not be taken, "" when it is on disk."""
    try:
        engine.running().intake.submit_and_wait(Submission([report], now_us()))
    except (StorageUnavailable, NotRunning):
        return _("没有发出：数据暂时写不进去，请稍后再试。")
    return ""


def _trace(alarm_id: int) -> dict[str, Any]:
    """The events since the alarm was raised last, each with its deliveries or with the reasons for having none."""
    alarm = _find(alarm_id)
    now = now_us()
    events = listing.journal(alarm_id, _EVENTS)
    raised = next((place for place, event in enumerate(events) if event.kind == EventKind.RAISED), len(events))
    told = story(events[: raised + 1], now)
    return {
        "one": shown(alarm, now),
        "story": [(one, None if one.deliveries else unfired(one.event)) for one in told.events],
        "stamp": f"{told.fingerprint:x}",
    }


def _find(alarm_id: int) -> Alarm:
    alarm = listing.find(alarm_id)
    if alarm is None or alarm.source != SOURCE:
        raise Http404
    return alarm


def _changed(answer: HttpResponse) -> HttpResponse:
    answer["HX-Trigger"] = "alarms-changed"
    return answer
