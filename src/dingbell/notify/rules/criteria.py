"""What a rule asks of an alarm, between the contract's words and what matching compiles."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from dingbell.alarms.alarm import PRIORITY_BY_WORD, Priority, State
from dingbell.notify.refusals import Findings, storable
from dingbell.notify.rules.documents import MatchDocument, RuleAnswer
from dingbell.notify.rules.matching import ANY_DEPTH, ONE_SEGMENT, Conditions, Group, Match, segments

_MOST_ENTRIES, _LONGEST_ENTRY = 1_000, 512
_MOST_LABELS, _LONGEST_LABEL = 64, 1_024


def check(document: MatchDocument, groups: Container[int], findings: Findings) -> Match:
    """What was asked for, as it is stored; problems go to `findings` under `match.…`. `groups` are those there are."""
    return Match(
        priorities=_priorities(document.priorities, findings),
        sources=_entries("sources", document.sources, findings),
        areas=_entries("areas", document.areas, findings),
        paths=_paths(document.paths, findings),
        types=_entries("types", document.types, findings),
        labels=_labels(document.labels, findings),
        groups=_groups(document.groups, groups, findings),
    )


def stored(match: dict[str, Any]) -> Match:
    return msgspec.convert(match, Match)


def spoken(match: Match) -> MatchDocument:
    return MatchDocument(
        priorities=[priority.word for priority in match.priorities],
        sources=list(match.sources),
        areas=list(match.areas),
        paths=list(match.paths),
        types=list(match.types),
        labels=match.labels,
        groups=list(match.groups),
    )


def compiled(rule: RuleAnswer, groups: Mapping[int, Group]) -> Conditions:
    """The conditions of a rule as a revision keeps it, with the alarm groups of the same moment."""
    return conditions(rule.states, rule.shelved, check(rule.match, rule.match.groups, Findings()), groups)


def conditions(states: Iterable[str], shelved: bool, match: Match, groups: Mapping[int, Group]) -> Conditions:
    """What decides about a rule. A group that is not among `groups` holds nothing."""
    named = tuple(groups[group_id] for group_id in match.groups if group_id in groups)
    return Conditions(frozenset(State(state) for state in states), match, shelved, named)


def _priorities(words: list[str], findings: Findings) -> tuple[Priority, ...]:
    found = set()
    for position, word in enumerate(words):
        priority = PRIORITY_BY_WORD.get(word.strip().lower())
        if priority is None:
            findings.add(
                f"match.priorities[{position}]",
                _("没有这个优先级：%(word)s。可用：critical、high、medium、low 或 紧急、高、中、低")
                % {"word": word[:40]},
            )
        else:
            found.add(priority)
    return tuple(sorted(found, reverse=True))


def _entries(name: str, entries: list[str], findings: Findings) -> tuple[str, ...]:
    if len(entries) > _MOST_ENTRIES:
        findings.add(
            f"match.{name}", _("最多 %(most)d 项，收到 %(count)d 项") % {"most": _MOST_ENTRIES, "count": len(entries)}
        )
    return tuple(
        findings.text(f"match.{name}[{position}]", entry, "", most=_LONGEST_ENTRY, required=True)
        for position, entry in enumerate(entries)
    )


def _paths(patterns: list[str], findings: Findings) -> tuple[str, ...]:
    checked = _entries("paths", patterns, findings)
    for position, pattern in enumerate(checked):
        check_pattern(f"match.paths[{position}]", pattern, findings)
    return checked


def check_pattern(field: str, pattern: str, findings: Findings) -> None:
    """Whether a path pattern can be meant as it is written."""
    for segment in segments(pattern):
        if "*" in segment and segment not in (ONE_SEGMENT, ANY_DEPTH):
            findings.add(
                field,
                _("* 和 ** 只能单独占一段，例如 一车间/*/3号泵 或 一车间/**；这一段不行：%(segment)s")
                % {"segment": segment[:80]},
            )


def _groups(ids: list[int], known: Container[int], findings: Findings) -> tuple[int, ...]:
    if len(ids) > _MOST_ENTRIES:
        findings.add(
            "match.groups", _("最多 %(most)d 项，收到 %(count)d 项") % {"most": _MOST_ENTRIES, "count": len(ids)}
        )
    for position, group_id in enumerate(ids):
        if group_id not in known:
            findings.add(f"match.groups[{position}]", _("没有这个报警组：%(id)d") % {"id": group_id})
    return tuple(dict.fromkeys(group_id for group_id in ids if group_id in known))


def _labels(labels: dict[str, str], findings: Findings) -> dict[str, str]:
    if len(labels) > _MOST_LABELS:
        findings.add(
            "match.labels", _("最多 %(most)d 项，收到 %(count)d 项") % {"most": _MOST_LABELS, "count": len(labels)}
        )
    for name, value in labels.items():
        if not name.strip():
            findings.add("match.labels", _("标签名不能为空"))
        elif len(name) > _LONGEST_LABEL or len(value) > _LONGEST_LABEL or not storable(name + value):
            findings.add(
                f"match.labels.{name[:40]}",
                _("标签名和值最多 %(most)d 个字符，不能有特殊字符") % {"most": _LONGEST_LABEL},
            )
    return labels
