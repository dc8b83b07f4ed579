"""What the address of 发送记录 asks for.

`?state=…&service=1&rule=2&receiver=…&range=7d&q=…&alarm=3&event=4&before=5`, or instead of one of the ranges
`range=custom&since=2026-11-22T08:00&until=…`
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dingbell.alarms import listing
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.records import Wanted
from dingbell.storage.times import DAY, HOUR, to_us
from dingbell.web.words import Word

ROWS = 50
CUSTOM = "custom"
RANGES: dict[str, Word] = {
    "1h": _("最近 1 小时"),
    "24h": _("最近 24 小时"),
    "7d": _("最近 7 天"),
    "30d": _("最近 30 天"),
    CUSTOM: _("自选时间…"),
}
_LENGTHS_US = {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY}
_ALARMS_OF_A_SEARCH = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """`since` and `until` are moments in the plant's zone, as the fields of the page write them."""

    state: str = ""
    service: int | None = None
    rule: int | None = None
    receiver: str = ""
    range: str = ""
    since: str = ""
    until: str = ""
    text: str = ""
    alarm: int | None = None
    event: int | None = None
    before: int | None = None

    def wanted(self, now_us: int) -> Wanted:
        """Asks for the alarms that a search text means."""
        length_us = _LENGTHS_US.get(self.range)
        alarm_ids = None
        if self.text:
            found = listing.page(listing.Wanted(text=self.text), _ALARMS_OF_A_SEARCH)
            alarm_ids = tuple(alarm.id for alarm in found)
        return Wanted(
            states=(self.state,) if self.state else (),
            service_id=self.service,
            rule_id=self.rule,
            receiver_name=self.receiver,
            alarm_id=self.alarm,
            alarm_ids=alarm_ids,
            event_id=self.event,
            since_us=now_us - length_us if length_us else _moment(self.since),
            until_us=_moment(self.until),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self._parameters())

    @property
    def first(self) -> str:
        """The address's `?…` for the newest of these."""
        return replace(self, before=None).query()

    def query(self, before: int | None = None) -> str:
        """The address's `?…` for this, or for the page before the delivery with this id."""
        parameters = self._parameters()
        before = before or self.before
        if before is not None:
            parameters.append(("before", str(before)))
        return f"?{urlencode(parameters)}" if parameters else ""

    def _parameters(self) -> list[tuple[str, str]]:
        given = {
            "state": self.state,
            "service": self.service,
            "rule": self.rule,
            "receiver": self.receiver,
            "range": self.range,
            "since": self.since,
            "until": self.until,
            "q": self.text,
            "alarm": self.alarm,
            "event": self.event,
        }
        return [(name, str(value)) for name, value in given.items() if value]


def asked(request: HttpRequest) -> Asked:
    """What cannot be understood is left out: an address is typed, kept and cut by people."""
    state = request.GET.get("state", "")
    length = request.GET.get("range", "")
    since, until = (request.GET.get(name, "") if length == CUSTOM else "" for name in ("since", "until"))
    return Asked(
        state=state if state in DeliveryState.values else "",
        service=_number(request, "service"),
        rule=_number(request, "rule"),
        receiver=_text(request, "receiver"),
        range=length if length in RANGES else "",
        since=since if _moment(since) is not None else "",
        until=until if _moment(until) is not None else "",
        text=_text(request, "q"),
        alarm=_number(request, "alarm"),
        event=_number(request, "event"),
        before=_number(request, "before"),
    )


def _number(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None


def _text(request: HttpRequest, name: str) -> str:
    given = request.GET.get(name, "").strip()[:200].replace("\x00", "")
    return given.encode("utf-8", "ignore").decode()  # half a surrogate pair is no text


def _moment(text: str) -> int | None:
    try:
        found = datetime.fromisoformat(text)
        return to_us(found if found.tzinfo else found.replace(tzinfo=ZoneInfo(settings.TIME_ZONE)))
    except (ValueError, OverflowError):
        return None
