"""What the addresses of lists say: texts, numbers, a stretch of time. What cannot be understood is left out: an
address is typed, kept and cut by people.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dingbell.storage.times import DAY, HOUR
from dingbell.web import moments
from dingbell.web.words import Word

_CUSTOM = "custom"
RANGES: dict[str, Word] = {
    "1h": _("最近 1 小时"),
    "24h": _("最近 24 小时"),
    "7d": _("最近 7 天"),
    "30d": _("最近 30 天"),
    _CUSTOM: _("自选时间…"),
}
_LENGTHS_US = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
_MOST_TEXT = 200


def number(given: str) -> int | None:
    """An id, as far as any can go."""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


def text(request: HttpRequest, name: str) -> str:
    """One that every database takes."""
    given = request.GET.get(name, "").strip()[:_MOST_TEXT].replace("\x00", "")
    return given.encode("utf-8", "ignore").decode()  # half a surrogate pair is no text


def stretch(request: HttpRequest) -> tuple[str, str, str]:
    """`range`, one of RANGES or "", and where it is a custom one `since` and `until`, moments of the page's fields."""
    length = request.GET.get("range", "")
    given = (request.GET.get(name, "") if length == _CUSTOM else "" for name in ("since", "until"))
    since, until = (moment if moments.read(moment) is not None else "" for moment in given)
    return length if length in RANGES else "", since, until


def bounds(length: str, since: str, until: str, now_us: int) -> tuple[int | None, int | None]:
    """A stretch of time as it is meant now."""
    length_us = _LENGTHS_US.get(length)
    return now_us - length_us if length_us else moments.read(since), moments.read(until)
