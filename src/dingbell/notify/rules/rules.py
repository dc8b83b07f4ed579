"""Notification rules: created, changed, deleted and described, for REST and the pages alike.

Every change is one transaction with the next configuration version (see services.py), under which the rule as it
then stands is kept for "why was I not told" (explaining.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.alarms.alarm import State
from dingbell.notify.copies import copy_name
from dingbell.notify.models import AlarmGroup, Block, Rule, RuleRevision
from dingbell.notify.refusals import Findings, Missing
from dingbell.notify.rules import blocks, criteria
from dingbell.notify.rules.documents import (
    BlockAnswer,
    FallbackDocument,
    MatchDocument,
    RuleAnswer,
    RuleInput,
    TimingDocument,
)
from dingbell.storage import versions
from dingbell.storage.ids import LARGEST_ID
from dingbell.storage.versions import Subject
from dingbell.users import audit


class Place(StrEnum):
    """Where a rule is moved to among the others."""

    FIRST = "first"
    UP = "up"
    DOWN = "down"
    LAST = "last"


_MOST_NAME, _MOST_DESCRIPTION = 100, 500


def create(document: RuleInput) -> RuleAnswer:
    """Raises Invalid."""
    with transaction.atomic():
        return _write(Rule(), document, versions.bump(Subject.CONFIGURATION))


def update(rule_id: int, document: RuleInput) -> RuleAnswer:
    """Change what `document` mentions. Raises Missing, Invalid."""
    with transaction.atomic():
        version = versions.bump(Subject.CONFIGURATION)
        return _write(_find(rule_id), document, version)


def copy(rule_id: int) -> RuleAnswer:
    """The same rule under a new name, switched off: nobody is told twice. Raises Missing."""
    with transaction.atomic():
        version = versions.bump(Subject.CONFIGURATION)
        document = msgspec.convert(msgspec.to_builtins(_describe(_find(rule_id))), RuleInput)
        document.name = copy_name(str(document.name), Rule.objects.all())
        document.enabled = False
        return _write(Rule(), document, version)


def delete(rule_id: int) -> None:
    """Raises Missing."""
    with transaction.atomic():
        version = versions.bump(Subject.CONFIGURATION)
        rule = _find(rule_id)
        RuleRevision.objects.create(rule_id=rule_id, configuration=version, name=rule.name, definition=None)
        audit.record("rule", rule_id, rule.name, _describe(rule), None)
        rule.delete()


def drafted(document: RuleInput, rule_id: int | None = None) -> tuple[Rule, list[Block]]:
    """What `create`, or `update` of that rule, would keep. Nothing is kept. Raises Missing, Invalid."""
    rule = Rule() if rule_id is None else _find(rule_id)
    return rule, _fill(rule, document)


def move(rule_id: int, to: Place) -> None:
    """Change the order that lists and explanations follow; it decides nothing else. Raises Missing."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)  # the lock that every writer takes: nobody else moves one meanwhile
        rule = _find(rule_id)
        ordered = list(Rule.objects.all())
        place = ordered.index(rule)
        target = {Place.FIRST: 0, Place.UP: max(place - 1, 0), Place.DOWN: place + 1, Place.LAST: len(ordered)}[to]
        ordered.insert(target, ordered.pop(place))
        moved = [one for position, one in enumerate(ordered, start=1) if one.position != position]
        for position, one in enumerate(ordered, start=1):
            one.position = position
        Rule.objects.bulk_update(moved, ["position"], batch_size=400)
        audit.record("rule", rule_id, rule.name, {"order": place + 1}, {"order": ordered.index(rule) + 1})


def describe(rule_id: int) -> RuleAnswer:
    """Raises Missing."""
    return _describe(_find(rule_id, everything()))


def everything() -> QuerySet[Rule]:
    """Rules with what `answers` needs, to be filtered and cut to a page."""
    return Rule.objects.prefetch_related("blocks")


def answers(rules: Iterable[Rule]) -> list[RuleAnswer]:
    return [_describe(rule) for rule in rules]


def _find(rule_id: int, among: QuerySet[Rule] | None = None) -> Rule:
    rule = (Rule.objects.all() if among is None else among).filter(id=rule_id).first()
    if rule is None:
        raise Missing
    return rule


def _write(rule: Rule, document: RuleInput, version: int) -> RuleAnswer:
    before = _describe(rule) if rule.id else None
    if not rule.id:
        rule.position = (Rule.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    listed = _fill(rule, document)
    rule.save()
    blocks.save(rule, listed)
    answer = describe(rule.id)
    RuleRevision.objects.create(
        rule_id=rule.id, configuration=version, name=rule.name, definition=msgspec.to_builtins(answer)
    )
    audit.record("rule", rule.id, rule.name, before, answer)
    return answer


def _fill(rule: Rule, document: RuleInput) -> list[Block]:
    """The rule as `document` wants it, with its blocks; nothing is saved. Raises Invalid."""
    findings = Findings()
    _general(rule, document, findings)
    if isinstance(document.match, MatchDocument):
        rule.match = msgspec.to_builtins(criteria.check(document.match, _groups(document.match), findings))
    listed = blocks.merge(rule, document.notifications, findings)
    findings.settle()
    return listed


def _groups(match: MatchDocument) -> set[int]:
    """Those of its alarm groups that there are."""
    asked = [group_id for group_id in match.groups if 0 < group_id <= LARGEST_ID]
    return set(AlarmGroup.objects.filter(id__in=asked).values_list("id", flat=True))


def _general(rule: Rule, document: RuleInput, findings: Findings) -> None:
    rule.name = findings.text("name", document.name, rule.name, most=_MOST_NAME, required=True)
    if Rule.objects.filter(name=rule.name).exclude(id=rule.id).exists():
        findings.add("name", _("已经有同名的通知规则"))
    rule.description = findings.text("description", document.description, rule.description, most=_MOST_DESCRIPTION)
    if not isinstance(document.enabled, UnsetType):
        rule.enabled = document.enabled
    if not isinstance(document.shelved, UnsetType):
        rule.shelved = document.shelved
    if not isinstance(document.states, UnsetType):
        known = [state.value for state in State]
        for position, state in enumerate(document.states):
            if state not in known:
                findings.add(
                    f"states[{position}]",
                    _("没有这个状态：%(state)s。可用：%(known)s") % {"state": state[:40], "known": ", ".join(known)},
                )
        rule.states = [state for state in known if state in document.states]
    if not rule.states and not rule.shelved and not document.states:
        findings.add("states", _("至少勾选一个报警条件"))


def _describe(rule: Rule) -> RuleAnswer:
    return RuleAnswer(
        id=rule.id,
        name=rule.name,
        description=rule.description,
        enabled=rule.enabled,
        states=list(rule.states),
        shelved=rule.shelved,
        match=criteria.spoken(criteria.stored(rule.match)),
        notifications=[
            BlockAnswer(
                id=block.id,
                service=block.service_id,
                message=block.message_id,
                schedule=block.schedule_id,
                receivers=block.receivers,
                personal_link=block.personal_link,
                timing=msgspec.convert(block.timing, TimingDocument),
                fallback=msgspec.convert(block.fallback, list[FallbackDocument]),
            )
            for block in rule.blocks.all()
        ],
        created_at=timezone.localtime(rule.created_at).isoformat(),
    )
