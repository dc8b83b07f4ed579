"""What a rule selects, as one sentence for people. Pure: words in, words out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dingbell.alarms.alarm import State
from dingbell.notify.rules.matching import Group, Match
from dingbell.web.words import PRIORITIES, STATES


def sentence(
    states: Collection[State], shelved: bool, match: Match, groups: Mapping[int, Group], *, most: int = 5
) -> str:
    """Which alarms, and when; of a long list the first `most` values are named."""
    conditions = _conditions(match, groups, most)
    which = (
        _("%(conditions)s的报警") % {"conditions": pgettext("条件之间", "、").join(conditions)}
        if conditions
        else _("所有报警")
    )
    if not states and not shelved:
        return _("%(which)s：还没有勾选报警条件，不会通知。") % {"which": which}
    if len(set(states)) == len(State) and shelved:
        return _("%(which)s，状态变化或被搁置时通知。") % {"which": which}
    if len(set(states)) == len(State):
        return _("%(which)s，状态变化时通知。") % {"which": which}
    names = _quoted([str(name) for state, name in STATES.items() if state in states])
    if not names:
        return _("%(which)s，被搁置时通知。") % {"which": which}
    values = {"which": which, "states": _either(names, len(names))}
    if shelved:
        return _("%(which)s，变为%(states)s或被搁置时通知。") % values
    return _("%(which)s，变为%(states)s时通知。") % values


def _conditions(match: Match, groups: Mapping[int, Group], most: int) -> list[str]:
    found = []
    if match.priorities:
        names = [str(PRIORITIES[priority]) for priority in match.priorities]
        found.append(_("级别为%(values)s") % {"values": _either(names, most)})
    for text, values in (
        (_("接入为%(values)s"), match.sources),
        (_("区域为%(values)s"), match.areas),
        (_("在报警组%(values)s里"), [groups[group_id].name for group_id in match.groups if group_id in groups]),
        (_("路径符合%(values)s"), match.paths),
        (_("类型为%(values)s"), match.types),
    ):
        if values:
            found.append(text % {"values": _either(_quoted(values), most)})
    found += [
        _("标签“%(label)s”") % {"label": f"{name} = {value}"} for name, value in list(match.labels.items())[:most]
    ]
    return found


def _quoted(values: Sequence[str]) -> list[str]:
    return [_("“%(text)s”") % {"text": value} for value in values]


def _either(values: Sequence[str], most: int) -> str:
    shown = list(values[:most])
    if len(values) > most:
        return _("%(values)s等 %(count)d 项") % {"values": pgettext("值之间", "、").join(shown), "count": len(values)}
    but_last, last = pgettext("值之间", "、").join(shown[:-1]), shown[-1]
    return pgettext("最后两个值之间", "%(values)s或%(last)s") % {"values": but_last, "last": last} if but_last else last
