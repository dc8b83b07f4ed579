"""How long something lasted, in words short enough for a column."""

from __future__ import annotations

from django.utils.translation import gettext as _

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
