"""What people do to alarms on the pages, and what became of it in words: 确认, 搁置, 取消搁置, 备注."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dingbell.alarms import lifecycle, listing
from dingbell.alarms.alarm import Alarm, Transition
from dingbell.alarms.lifecycle import AlreadyAcknowledged, NoteRequired, NotShelved, RaisedAgain
from dingbell.notify.refusals import storable
from dingbell.pipeline import engine
from dingbell.pipeline.engine import NotRunning
from dingbell.pipeline.intake import Command, UnknownAlarm
from dingbell.storage.times import from_us
from dingbell.storage.writer import StorageUnavailable
from dingbell.web.said import Said

LONGEST_NOTE = 2_000
_MOST_TICKED = 200
_SEEN = re.compile(r"(\d{1,18})\.(\d{1,9})")

Act = Callable[[Alarm], Transition]
Outcomes = Counter[type[Exception] | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """An alarm and its occurrence that was on the screen; `occurrence` None: whatever it is by now."""

    alarm_id: int
    occurrence: int | None


class NotDone(Exception):
    """Nothing was changed: `str()` says why, to the person."""


def seen(texts: Iterable[str]) -> list[Seen]:
    """`12.3` is the third occurrence of alarm 12; anything else is left out."""
    found = (_SEEN.fullmatch(text) for text in texts)
    return [Seen(int(one[1]), int(one[2])) for one in found if one][:_MOST_TICKED]


def acknowledge(wanted: Sequence[Seen], actor: str, note: str, at_us: int) -> Said:
    """Acknowledge all that can be and say what became of each. Raises NotDone."""
    _check(note)

    def act(one: Seen) -> Act:
        return partial(lifecycle.acknowledge, actor=actor, note=note, at_us=at_us, occurrence=one.occurrence)

    outcomes = _carry_out(wanted, act)
    done = outcomes[None]
    if outcomes[NoteRequired] and not done:
        raise NotDone(_("这个报警需要填写确认备注。"))
    faster = next(filter(None, (_acknowledged_by(one.alarm_id) for one in wanted)), "") if done < len(wanted) else ""
    said = ngettext("已确认 %(n)d 条报警。", "已确认 %(n)d 条报警。", done) % {"n": done}
    return _in_words(outcomes, said, faster)


def shelve(wanted: Sequence[Seen], actor: str, note: str, at_us: int, until_us: int) -> Said:
    """Shelve them until then; an occurrence counts only where the wish names one. Raises NotDone."""
    _check(note)

    def act(one: Seen) -> Act:
        return partial(
            lifecycle.shelve, actor=actor, note=note, at_us=at_us, until_us=until_us, occurrence=one.occurrence
        )

    outcomes = _carry_out(wanted, act)
    said = ngettext("已搁置 %(n)d 条报警，到 %(until)s。", "已搁置 %(n)d 条报警，到 %(until)s。", outcomes[None]) % {
        "n": outcomes[None],
        "until": moment(until_us),
    }
    return _in_words(outcomes, said)


def unshelve(wanted: Sequence[Seen], actor: str, at_us: int) -> Said:
    """Raises NotDone."""
    outcomes = _carry_out(wanted, lambda _one: partial(lifecycle.unshelve, actor=actor, at_us=at_us))
    done = outcomes[None]
    said = ngettext("已取消搁置 %(n)d 条报警。", "已取消搁置 %(n)d 条报警。", done) % {"n": done}
    return _in_words(outcomes, said)


def comment(alarm_id: int, actor: str, text: str, at_us: int) -> Said:
    """Raises NotDone."""
    _check(text)
    if not text:
        raise NotDone(_("请写下备注。"))
    act = partial(lifecycle.comment, actor=actor, text=text, at_us=at_us)
    return _in_words(_carry_out([Seen(alarm_id, None)], lambda _one: act), _("备注已写进经过。"))


def moment(us: int) -> str:
    """`11-22 20:30`, in the plant's zone."""
    return date_format(timezone.localtime(from_us(us)), "m-d H:i")


def _check(note: str) -> None:
    if len(note) > LONGEST_NOTE or not storable(note):
        raise NotDone(_("备注最多 %(most)d 个字，不能有特殊字符。") % {"most": LONGEST_NOTE})


def _carry_out(wanted: Sequence[Seen], act: Callable[[Seen], Act]) -> Outcomes:
    """How often each thing happened; None is that it was done. Raises NotDone when nothing can be written."""
    try:
        results = engine.running().intake.command_all([Command(one.alarm_id, act(one)) for one in wanted])
    except (StorageUnavailable, NotRunning):
        results = [StorageUnavailable()]
    outcomes: Outcomes = Counter(type(one) if isinstance(one, Exception) else None for one in results)
    if outcomes[StorageUnavailable] and not outcomes[None]:
        raise NotDone(_("没有写入：数据暂时写不进去，请稍后再试。如果一直这样，请联系管理员。"))
    return outcomes


def _in_words(outcomes: Outcomes, done: str, faster: str = "") -> Said:
    parts = [done] if outcomes[None] else []
    if outcomes[AlreadyAcknowledged] and faster:
        parts.append(_("%(who)s 已经先确认了。") % {"who": faster})
    elif outcomes[AlreadyAcknowledged]:
        parts.append(_("报警已经确认过，或不再需要确认。"))
    if outcomes[NotShelved]:
        parts.append(_("报警已经不在搁置中。"))
    if outcomes[RaisedAgain]:
        parts.append(_("报警在您查看之后又发生了一次，请看过最新情况再操作。"))
    if outcomes[UnknownAlarm]:
        parts.append(_("报警已经不存在。"))
    if outcomes[NoteRequired]:
        parts.append(_("其余 %(n)d 条需要填写确认备注。") % {"n": outcomes[NoteRequired]})
    if outcomes[StorageUnavailable]:
        parts.append(_("其余 %(n)d 条没有写入：数据暂时写不进去，请稍后再试。") % {"n": outcomes[StorageUnavailable]})
    all_of_them = sum(outcomes.values())
    settled = outcomes[AlreadyAcknowledged] + outcomes[NotShelved]
    level = "success" if outcomes[None] == all_of_them else "info" if settled == all_of_them else "warning"
    return Said(" ".join(parts), level)


def _acknowledged_by(alarm_id: int) -> str:
    alarm = listing.find(alarm_id)
    return alarm.acked_by if alarm is not None and alarm.acked else ""
