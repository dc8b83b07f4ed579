"""试运行: a past alarm or one typed in, and what the rules, or the rule in the form, would make of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from dingbell.alarms import listing
from dingbell.alarms.alarm import PRIORITY_BY_WORD, Priority, Report, Transition
from dingbell.channels.dingtalk import errors
from dingbell.notify.refusals import Invalid, Missing, storable
from dingbell.notify.rules import rules
from dingbell.notify.rules.documents import RuleInput
from dingbell.pipeline import engine, rehearsal
from dingbell.pipeline.engine import NotRunning
from dingbell.pipeline.rehearsal import Outcome, Rehearsal
from dingbell.storage.times import SECOND, from_us, now_us
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web import words
from dingbell.web.alarms.showing import ShownAlarm, shown
from dingbell.web.deliveries.showing import service_names
from dingbell.web.document_forms import received
from dingbell.web.messages.drawing import drawn
from dingbell.web.rules import timing_words

_ALARMS = 8
_LONGEST = 500
_SAMPLE = ("source", "key", "name", "path", "area", "type")


class CannotTry(Exception):
    """The text says what is missing."""


@never_cache
@require_GET
@requires(Permission.VIEW)
def index(request: SignedInRequest) -> HttpResponse:
    return render(request, "rules/try.html", _choice())


@never_cache
@require_GET
@requires(Permission.VIEW)
def dialog(request: SignedInRequest, rule_id: int) -> HttpResponse:
    """Beside the form of a rule; 0 for a new one."""
    return render(request, "rules/try_dialog.html", _choice() | {"rule_id": rule_id})


@never_cache
@require_GET
@requires(Permission.VIEW)
def alarms(request: SignedInRequest) -> HttpResponse:
    """The alarms that `?find=` finds, to choose one from."""
    text = request.GET.get("find", "").strip().replace("\x00", "")[:200]
    return render(request, "rules/try_alarms.html", {"alarms": recent_alarms(text)})


@require_POST
@requires(Permission.VIEW)
def result(request: SignedInRequest) -> HttpResponse:
    """Of the rule in the form (`document`), saved or not, else of all rules."""
    try:
        found = _rehearse(request)
    except CannotTry as no:
        return render(request, "rules/try_result.html", {"problems": [str(no)]})
    except Invalid as error:
        return render(request, "rules/try_result.html", {"problems": [one.message for one in error.errors]})
    except (NotRunning, Missing):
        return render(request, "rules/try_result.html", {"problems": [_("现在不能试运行，请稍后再试。")]})
    names = service_names({told.target.service_id for one in found.outcomes for told in one.told})
    context = {
        "transition": found.transition,
        "event": words.EVENTS[found.transition.kind],
        "entered": words.STATES[found.transition.entered] if found.transition.entered else "",
        "fires": [_drawn(one, found, names) for one in found.outcomes if one.fires],
        "silent": [one for one in found.outcomes if not one.fires],
        "more": found.silent,
        "of_one": "document" in request.POST,
    }
    return render(request, "rules/try_result.html", context)


def _rehearse(request: HttpRequest) -> Rehearsal:
    """Raises CannotTry, Invalid, Missing, NotRunning."""
    outside, now = engine.running().outside, now_us()
    transition = _happened(request, now)
    at_us = transition.time_us if request.POST.get("when") == "then" else now
    if "document" not in request.POST:
        return rehearsal.of_rules(transition, at_us, outside)
    document = received(request.POST["document"], RuleInput)
    rule_id = request.POST.get("rule", "")
    rule, blocks = rules.drafted(document, int(rule_id) if rule_id.isdecimal() and rule_id != "0" else None)
    return rehearsal.of_rule(rule, blocks, transition, at_us, outside)


def _happened(request: HttpRequest, now: int) -> Transition:
    if request.POST.get("with") == "sample":
        return _imagined(request, now)
    chosen = request.POST.get("alarm", "")
    found = rehearsal.happened(int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else None
    if found is None:
        raise CannotTry(_("请先选一个报警。"))
    return found


def _imagined(request: HttpRequest, now: int) -> Transition:
    texts = {name: request.POST.get(name, "").strip()[:_LONGEST] for name in _SAMPLE}
    if not all(storable(text) for text in texts.values()):
        raise CannotTry(_("含有不能保存的字符"))
    labels = (line.partition("=") for line in request.POST.get("labels", "").splitlines())
    report = Report(
        source=texts["source"] or "plc-1",
        key=texts["key"] or "sample",
        name=texts["name"],
        path=texts["path"],
        area=texts["area"],
        type=texts["type"],
        active=request.POST.get("state") != "cleared",
        priority=PRIORITY_BY_WORD.get(request.POST.get("priority", ""), Priority.MEDIUM),
        labels={name.strip(): value.strip() for name, _equals, value in labels if name.strip()},
    )
    found = rehearsal.imagined(report, now)
    if found is None:
        raise CannotTry(_("这个事件不改变任何东西"))
    return found


def _choice() -> dict[str, Any]:
    return {"all_priorities": words.PRIORITIES.items(), "alarms": recent_alarms()}


def recent_alarms(text: str = "") -> list[ShownAlarm]:
    """A few to choose from, the one that changed last first."""
    now = now_us()
    return [shown(alarm, now) for alarm in listing.page(listing.Wanted(text=text), _ALARMS)]


def _drawn(outcome: Outcome, found: Rehearsal, names: dict[int, str]) -> dict[str, Any]:
    """A rule that fires: whom it tells, by service, and in which words."""
    language = get_language() or "zh-hans"
    places = dict.fromkeys(told.message for told in outcome.told if told.message is not None)
    return {
        "name": outcome.name,
        "rule_id": outcome.rule_id,
        "told": [
            {
                "target": told.target,
                "service": names.get(told.target.service_id, ""),
                "why_not": errors.hint(told.target.suppressed, language) if told.target.suppressed else "",
                "put_off": errors.hint(told.put_off, language) if told.put_off else "",
                "due": None if told.due_us is None else from_us(told.due_us),
                "repeat": timing_words.length(told.repeat_us // SECOND) if told.repeat_us else "",
            }
            for told in outcome.told
        ],
        "ways": outcome.other_ways,
        "others": outcome.everyone - len(outcome.told),
        "messages": [
            {
                "message": worded.message,
                "drawn": drawn(worded.message.text),
                "remark": words.REMARKS.get(worded.remark, ""),
            }
            for worded in (found.messages[place] for place in places)
        ],
    }
