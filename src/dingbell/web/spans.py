"""How long something lasted, in words short enough for a column."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dingbell.storage.times import SECOND


def span(us: int) -> str:
    """The two largest units: 42 秒, 12 分 30 秒, 3 小时 5 分, 2 天 4 小时."""
    seconds = max(us, 0) // SECOND
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return _("%(days)d 天 %(hours)d 小时") % {"days": days, "hours": hour}
    if hours:
        return _("%(hours)d 小时 %(minutes)d 分") % {"hours": hours, "minutes": minute}
    if minutes:
        return _("%(minutes)d 分 %(seconds)d 秒") % {"minutes": minutes, "seconds": second}
    return _("%(seconds)d 秒") % {"seconds": second}


def running(us: int) -> str:
    """The same for what still goes on, to the minute: a list need not be drawn again every second."""
    seconds = max(us, 0) // SECOND
    if seconds < 60:
        return _("不到 1 分钟")
    if seconds < 3600:
        return _("%(minutes)d 分钟") % {"minutes": seconds // 60}
    return span(us)


def around(minutes: int) -> str:
    """A length that people choose: 30 分钟, 2 小时, 7 天."""
    if minutes % 1440 == 0:
        return ngettext("%(n)d 天", "%(n)d 天", minutes // 1440) % {"n": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(n)d 小时", "%(n)d 小时", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d 分钟", "%(n)d 分钟", minutes) % {"n": minutes}
