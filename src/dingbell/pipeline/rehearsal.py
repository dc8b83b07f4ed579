"""试运行: what the rules would make of an event, without sending anything. The pipeline's own code answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from dingbell.alarms import lifecycle, listing
from dingbell.alarms.alarm import Alarm, EventKind, Report, Transition
from dingbell.alarms.models import Event
from dingbell.delivery.plan import Waiting
from dingbell.notify import routing
from dingbell.notify.models import Block, Rule
from dingbell.notify.routing import Target
from dingbell.notify.rules import explaining, other_ways
from dingbell.notify.rules.other_ways import OtherWay
from dingbell.pipeline import sending
from dingbell.pipeline.sending import Outside
from dingbell.pipeline.wording import Worded, Words

MOST_TARGETS = 100  # of one rule that are named; the others are counted
MOST_SILENT = 100  # rules that would not fire whose reasons are given
_EVENTS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Told:
    """What one receiver would get; `message` is a place in `Rehearsal.messages`, None where nothing would go.

    `due_us` is when it would go, `put_off` why not at once, `repeat_us` after which time it would go again.
    """

    target: Target
    message: int | None
    due_us: int | None = None
    put_off: str = ""
    repeat_us: int = 0


@dataclass(slots=True)
class Outcome:
    """What one rule would do. `reasons` say why it would not fire; `told` is cut, `everyone` counts them all.

    `other_ways` are for whoever is not reached.
    """

    rule_id: int
    name: str
    reasons: list[str]
    told: list[Told] = field(default_factory=list)
    everyone: int = 0
    other_ways: list[OtherWay] = field(default_factory=list)

    @property
    def fires(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Rules that would fire come first; `silent` are further rules that would not, beyond those in `outcomes`."""

    transition: Transition
    outcomes: list[Outcome]
    messages: list[Worded]
    silent: int = 0


def of_rules(transition: Transition, now_us: int, outside: Outside) -> Rehearsal:
    """All rules, as they are now."""
    rules = list(Rule.objects.prefetch_related("blocks"))
    return _rehearse([(rule, list(rule.blocks.all())) for rule in rules], transition, now_us, outside)


def of_rule(rule: Rule, blocks: Sequence[Block], transition: Transition, now_us: int, outside: Outside) -> Rehearsal:
    """One rule, saved or not."""
    return _rehearse([(rule, blocks)], transition, now_us, outside)


def happened(alarm_id: int, event_id: int | None = None) -> Transition | None:
    """An event of the alarm, else the newest of it that could fire a rule; None when there is none."""
    if event_id is not None:
        event = Event.objects.filter(id=event_id, alarm_id=alarm_id).first()
        return None if event is None else explaining.happened(event)
    known = [explaining.happened(event) for event in listing.journal(alarm_id, _EVENTS_LOOKED_AT)]
    return next((one for one in known if can_fire(one)), known[0] if known else None)


def can_fire(transition: Transition) -> bool:
    return transition.entered is not None or transition.priority_rose or transition.kind is EventKind.SHELVED


def imagined(report: Report, now_us: int) -> Transition | None:
    """What `report` would be for an alarm nobody has heard of; one that clears it comes after one that raised it."""
    alarm = Alarm(id=0, source=report.source, key=report.key)
    if not report.active:
        raised = Report(source=report.source, key=report.key, active=True, priority=report.priority)
        alarm, _raised = lifecycle.apply(alarm, raised, now_us - 1)
    return lifecycle.apply(alarm, report, now_us)[1]


def _rehearse(
    chosen: Sequence[tuple[Rule, Sequence[Block]]], transition: Transition, now_us: int, outside: Outside
) -> Rehearsal:
    groups = routing.alarm_groups()
    messages = _Messages(transition, now_us, outside)
    fired: list[tuple[Rule, Sequence[Block]]] = []
    silent: list[Outcome] = []
    more = 0
    for rule, blocks in chosen:
        reasons = [] if rule.enabled else [_("这个规则已停用")]
        reasons += explaining.against(routing.conditions(rule, groups), transition)
        if not reasons:
            fired.append((rule, blocks))
        elif len(silent) < MOST_SILENT:
            silent.append(Outcome(rule.id or 0, rule.name, reasons))
        else:
            more += 1
    outcomes = {
        rule.id or 0: Outcome(rule.id or 0, rule.name, [], other_ways=other_ways.named(blocks))
        for rule, blocks in fired
    }
    for target in routing.compiled(0, fired).targets(transition, now_us):
        outcome = outcomes[target.rule_id]
        outcome.everyone += 1
        if len(outcome.told) < MOST_TARGETS:
            outcome.told.append(_told(target, transition, now_us, messages))
    return Rehearsal(transition, [*outcomes.values(), *silent], messages.messages, more)


def _told(target: Target, transition: Transition, now_us: int, messages: _Messages) -> Told:
    if target.suppressed:
        return Told(target, None)
    timing, message = target.timing, messages.of(target)
    if timing is None:
        return Told(target, message, now_us)
    owed = timing.owed(transition.kind, 0, now_us, target.opens_us)
    repeat_us = timing.repeat_us if timing.begins_to_repeat(transition) else 0
    return Told(target, message, owed.due_us, owed.reason, repeat_us)


class _Messages:
    """The messages that would go, each rendered once."""

    def __init__(self, transition: Transition, now_us: int, outside: Outside) -> None:
        self.messages: list[Worded] = []
        self._words = Words()
        self._transition, self._now_us, self._outside = transition, now_us, outside
        self._known: dict[int | None, int] = {}

    def of(self, target: Target) -> int:
        place = self._known.get(target.message_id)
        if place is None:
            place = self._known[target.message_id] = len(self.messages)
            waiting = Waiting(
                id=0, event_id=0, service_id=target.service_id, robot_id=target.robot_id, account_id=target.account_id,
                due_us=self._now_us, created_us=self._now_us, message_id=target.message_id,
            )  # fmt: skip
            self.messages.append(sending.message_of(self._transition, waiting, self._words, self._outside))
        return place
