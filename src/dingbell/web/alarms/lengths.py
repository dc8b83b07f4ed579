"""For how long people shelve: what the pages offer."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dingbell.alarms import shelving
from dingbell.storage.times import MINUTE
from dingbell.web import moments
from dingbell.web.alarms.acts import NotDone
from dingbell.web.spans import around

ON_THE_ALARM = (30, 120, 480)  # minutes, as buttons
IN_THE_DIALOG = (30, 60, 120, 480, 1440, 10_080)


def offered(minutes: tuple[int, ...]) -> list[tuple[int, str]]:
    """Each length with its words: 30 分钟, 2 小时, 7 天."""
    return [(one, around(one)) for one in minutes]


def chosen(text: str) -> int:
    """The minutes of a pressed button; 0 for anything that no page offers."""
    return int(text) if text in {str(one) for one in (*ON_THE_ALARM, *IN_THE_DIALOG)} else 0


def until(minutes: int, now_us: int) -> int:
    return now_us + minutes * MINUTE


def wished(minutes: str, moment: str, now_us: int) -> int:
    """When it ends: the moment of a `datetime-local` field if one is given, else the chosen length. Raises NotDone."""
    if not moment:
        length = chosen(minutes)
        if not length:
            raise NotDone(_("请选择搁置多久。"))
        return until(length, now_us)
    until_us = moments.read(moment) or 0
    if not shelving.may_end(until_us, now_us):
        raise NotDone(_("结束时间应在一分钟到 30 天之后。"))
    return until_us
