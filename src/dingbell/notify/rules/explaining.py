"""Why a rule told somebody of an event, or did not: asked of the rules as they stood at that moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from msgspec import Struct

from dingbell.alarms import store
from dingbell.alarms.alarm import EventKind, Priority, State, Transition
from dingbell.alarms.models import Event
from dingbell.notify.models import Rule
from dingbell.notify.rules import criteria, revisions
from dingbell.notify.rules.documents import RuleAnswer
from dingbell.notify.rules.matching import Conditions, Group, Mismatch, mismatches


class Explanation(Struct, kw_only=True):
    """What one rule made of an event; `reasons` are sentences, none when it fired."""

    rule: int
    name: str
    fired: bool
    reasons: list[str]


def explain(event: Event) -> list[Explanation]:
    """Of every rule that there was when it happened: those that fired first, then in people's order."""
    return explain_all([event])[0]


def explain_all(events: Iterable[Event]) -> list[list[Explanation]]:
    """`explain` of each, reading the rules of every version once."""
    rules: dict[int, list[RuleAnswer]] = {}
    groups: dict[int, Mapping[int, Group]] = {}
    order = {rule_id: place for place, rule_id in enumerate(Rule.objects.values_list("id", flat=True))}
    explained = []
    for event in events:
        version = event.configuration
        if version not in rules:
            rules[version] = revisions.rules_in_force(version)
            groups[version] = revisions.groups_in_force(version)
        transition = happened(event)
        found = [judge(rule, groups[version], transition) for rule in rules[version]]
        explained.append(sorted(found, key=lambda one: (not one.fired, order.get(one.rule, len(order)))))
    return explained


def happened(event: Event) -> Transition:
    """What the rules were asked about."""
    return Transition(
        kind=EventKind(event.kind),
        alarm=store.restore(event.snapshot),
        time_us=event.time_us,
        entered=State(event.entered) if event.entered else None,
        priority_rose=event.priority_rose,
        actor=event.actor,
        note=event.note,
    )


def judge(rule: RuleAnswer, groups: Mapping[int, Group], transition: Transition) -> Explanation:
    """Pure."""
    reasons = [] if rule.enabled else [_("这个规则当时已停用")]
    reasons += against(criteria.compiled(rule, groups), transition)
    return Explanation(rule=rule.id, name=rule.name, fired=not reasons, reasons=reasons)


def against(conditions: Conditions, transition: Transition) -> list[str]:
    """Every reason why these conditions do not fire, as sentences; none when they do. Pure."""
    return [_sentence(mismatch) for mismatch in mismatches(conditions, transition)]


def _sentence(mismatch: Mismatch) -> str:
    wanted, found = mismatch.wanted, mismatch.found
    if mismatch.field == "event":
        return _("报警没有进入别的状态，优先级也没有升高")
    if mismatch.field == "groups":
        return _("报警不在规则要求的报警组里：%(groups)s") % {"groups": wanted}
    if mismatch.field == "shelved":
        return _("报警已搁置，规则没有勾选搁置")
    if mismatch.field == "states":
        words = _state_words()
        wanted = "、".join(words[State(state)] for state in wanted.split(", ") if state) or _("（未勾选）")
        found = words[State(found)]
    elif mismatch.field == "priorities":
        names = {priority.word: word for priority, word in _priority_words().items()}
        wanted = "、".join(names[word] for word in wanted.split(", "))
        found = names[found]
    return _("%(field)s：规则要求 %(wanted)s，报警是 %(found)s") % {
        "field": _field_words()[mismatch.field],
        "wanted": wanted,
        "found": found or _("（空）"),
    }


def _field_words() -> dict[str, str]:
    return {
        "states": _("报警条件"),
        "priorities": _("优先级"),
        "sources": _("接入"),
        "areas": _("区域"),
        "types": _("类型"),
        "paths": _("路径"),
        "labels": _("标签"),
    }


def _state_words() -> dict[State, str]:
    return {
        State.ACTIVE_UNACKED: _("活动未确认"),
        State.ACTIVE_ACKED: _("活动已确认"),
        State.CLEARED_UNACKED: _("恢复未确认"),
        State.CLEARED_ACKED: _("恢复已确认"),
    }


def _priority_words() -> dict[Priority, str]:
    return {
        Priority.CRITICAL: _("紧急"),
        Priority.HIGH: _("高"),
        Priority.MEDIUM: _("中"),
        Priority.LOW: _("低"),
    }
