"""The rules and alarm groups as they stood under every version of the configuration: "why was I not told" asks them."""

from __future__ import annotations

import msgspec
from django.db.models import F, OuterRef, Subquery

from dingbell.notify.models import AlarmGroup, GroupRevision, RuleRevision
from dingbell.notify.rules.documents import RuleAnswer
from dingbell.notify.rules.matching import Group


def keep_group(group: AlarmGroup, version: int) -> None:
    """Call it in the transaction that creates or changes the group; a deleted one is named by no rule any more."""
    GroupRevision.objects.create(
        group_id=group.id, configuration=version, definition=msgspec.to_builtins(as_it_stands(group))
    )


def as_it_stands(group: AlarmGroup) -> Group:
    return Group(id=group.id, name=group.name, paths=tuple(group.paths), keys=tuple(group.keys))


def rules_in_force(version: int) -> list[RuleAnswer]:
    """Each rule that there was under this version, as it stood, in the order they were made."""
    newest = (
        RuleRevision.objects.filter(rule_id=OuterRef("rule_id"), configuration__lte=version)
        .order_by("-configuration")
        .values("configuration")[:1]
    )
    there = RuleRevision.objects.filter(configuration__lte=version, definition__isnull=False)
    definitions = there.alias(newest=Subquery(newest)).filter(configuration=F("newest")).order_by("rule_id")
    return [msgspec.convert(one, RuleAnswer) for one in definitions.values_list("definition", flat=True)]


def groups_in_force(version: int) -> dict[int, Group]:
    """Each alarm group as it stood under this version."""
    revisions = GroupRevision.objects.filter(configuration__lte=version).order_by("configuration")
    return {one.group_id: msgspec.convert(one.definition, Group) for one in revisions}
