"""When a block speaks, as one line for people. Pure: a document in, words out."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from dingbell.notify.rules.documents import TimingDocument
from dingbell.notify.rules.timing import HOLD
from dingbell.web import spans


def said(timing: TimingDocument) -> str:
    return pgettext("两句之间", "；").join(_parts(timing)) or _("立即发送，只发一次")


def length(seconds: int) -> str:
    """A length that people choose: 30 秒, 5 分钟, 2 小时."""
    if seconds % 60 or not seconds:
        return ngettext("%(n)d 秒", "%(n)d 秒", seconds) % {"n": seconds}
    return spans.around(seconds // 60)


def _parts(timing: TimingDocument) -> Iterator[str]:
    if timing.delay_s:
        yield _("延迟 %(time)s") % {"time": length(timing.delay_s)}
    if timing.repeat_minutes:
        yield _repeating(timing)
    if timing.gather.delay_s or timing.gather.every_s:
        yield _gathering(timing)
    if timing.outside == HOLD:
        yield _("排程之外的等到排程开始再发")
    if timing.recovery_to_told:
        yield _("恢复只告诉收到过报警的人")
    if timing.recall_on_clear:
        yield _("恢复后撤回")
    if timing.receipts:
        yield _("查询是否已读")


def _repeating(timing: TimingDocument) -> str:
    values = {"time": length(timing.repeat_minutes * 60), "most": timing.repeat_most}
    if timing.repeat_most:
        text = ngettext("每 %(time)s重复，最多 %(most)d 次", "每 %(time)s重复，最多 %(most)d 次", timing.repeat_most)
    else:
        text = _("每 %(time)s重复")
    words = {
        "acked": pgettext("直到", "确认"),
        "cleared": pgettext("直到", "恢复"),
        "shelved": pgettext("直到", "搁置"),
    }
    until = [words[word] for word in words if word in timing.quiet]
    if not until:
        return text % values
    but_last, last = pgettext("值之间", "、").join(until[:-1]), until[-1]
    ends = pgettext("最后两个值之间", "%(values)s或%(last)s") % {"values": but_last, "last": last} if but_last else last
    return _("%(repeating)s，直到%(ends)s") % {"repeating": text % values, "ends": ends}


def _gathering(timing: TimingDocument) -> str:
    values = {"time": length(timing.gather.delay_s), "every": length(timing.gather.every_s)}
    if not timing.gather.every_s:
        return _("收集 %(time)s，合并成一条") % values
    if not timing.gather.delay_s:
        return _("合并发送，两次至少间隔 %(every)s") % values
    return _("收集 %(time)s，合并成一条，两次至少间隔 %(every)s") % values
