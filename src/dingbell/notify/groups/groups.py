"""Alarm groups (报警组): created, changed, deleted and described, for REST and the pages alike.

Rules name a group by its id, so a new name breaks nothing; each version of a group is kept for "why was I not told".
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.alarms.patterns import MOST_DEPTHS
from dingbell.notify.groups.documents import GroupAnswer, GroupInput
from dingbell.notify.models import AlarmGroup, Rule
from dingbell.notify.refusals import FieldError, Findings, InUse, Missing
from dingbell.notify.rules import criteria, revisions
from dingbell.notify.rules.matching import ANY_DEPTH, segments
from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.users import audit

_KIND = "group"
_MOST_NAME, _MOST_DESCRIPTION = 100, 500
_MOST_PATTERNS, _LONGEST_PATTERN = 500, 512


def create(document: GroupInput) -> GroupAnswer:
    """Raises Invalid."""
    with transaction.atomic():
        version = versions.bump(Subject.CONFIGURATION)
        return _write(AlarmGroup(), document, version)


def update(group_id: int, document: GroupInput) -> GroupAnswer:
    """Change what `document` mentions. Raises Missing, Invalid."""
    with transaction.atomic():
        version = versions.bump(Subject.CONFIGURATION)  # the lock: whoever changes it meanwhile is not written over
        return _write(_find(group_id), document, version)


def delete(group_id: int) -> None:
    """Raises Missing, and InUse with the names of the rules that ask for it."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        group = _find(group_id)
        if rules := used_by(group_id):
            names = "、".join(f"“{name}”" for name in rules)
            raise InUse([FieldError("", _("通知规则 %(rules)s 正在使用它") % {"rules": names})])
        before = _describe(group)
        group.delete()
        audit.record(_KIND, group_id, before.name, before, None)


def describe(group_id: int) -> GroupAnswer:
    """Raises Missing."""
    return _describe(_find(group_id))


def everything() -> QuerySet[AlarmGroup]:
    """Groups, to be filtered and cut to a page."""
    return AlarmGroup.objects.all()


def answers(groups: Iterable[AlarmGroup]) -> list[GroupAnswer]:
    return [_describe(group) for group in groups]


def used_by(group_id: int) -> list[str]:
    """The names of the rules that ask for it."""
    asked = Rule.objects.order_by("name").values_list("name", "match")
    return [name for name, match in asked if group_id in match.get("groups", ())]


def _find(group_id: int) -> AlarmGroup:
    group = AlarmGroup.objects.filter(id=group_id).first()
    if group is None:
        raise Missing
    return group


def _write(group: AlarmGroup, document: GroupInput, version: int) -> GroupAnswer:
    before = _describe(group) if group.id else None
    findings = Findings()
    group.name = findings.text("name", document.name, group.name, most=_MOST_NAME, required=True)
    if AlarmGroup.objects.filter(name=group.name).exclude(id=group.id).exists():
        findings.add("name", _("已经有同名的报警组"))
    group.description = findings.text("description", document.description, group.description, most=_MOST_DESCRIPTION)
    if not isinstance(document.paths, UnsetType):
        group.paths = _patterns("paths", document.paths, findings)
    if not isinstance(document.keys, UnsetType):
        group.keys = _patterns("keys", document.keys, findings)
    if not group.paths and not group.keys:
        findings.add("paths", _("至少填一个路径或键"))
    findings.settle()
    group.save()
    revisions.keep_group(group, version)
    answer = _describe(group)
    audit.record(_KIND, group.id, group.name, before, answer)
    return answer


def _patterns(field: str, given: list[str], findings: Findings) -> list[str]:
    if len(given) > _MOST_PATTERNS:
        findings.add(field, _("最多 %(most)d 项，收到 %(count)d 项") % {"most": _MOST_PATTERNS, "count": len(given)})
        return []
    checked = []
    for position, pattern in enumerate(given):
        place = f"{field}[{position}]"
        checked.append(findings.text(place, pattern, "", most=_LONGEST_PATTERN, required=True))
        check_pattern(place, checked[-1], findings)
    return list(dict.fromkeys(checked))


def check_pattern(field: str, pattern: str, findings: Findings) -> None:
    """A pattern that the database searches for, too; problems go to `findings`."""
    criteria.check_pattern(field, pattern, findings)
    if segments(pattern).count(ANY_DEPTH) > MOST_DEPTHS:
        findings.add(field, _("最多 %(most)d 个 **") % {"most": MOST_DEPTHS})


def _describe(group: AlarmGroup) -> GroupAnswer:
    return GroupAnswer(
        id=group.id,
        name=group.name,
        description=group.description,
        paths=list(group.paths),
        keys=list(group.keys),
        created_at=timezone.localtime(group.created_at).isoformat(),
    )
