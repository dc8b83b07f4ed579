"""What the address of 发送记录 asks for.

`?state=…&reason=…&service=1&rule=2&receiver=…&range=7d&q=…&alarm=3&event=4&silence=6&before=5`, or instead of one of
the ranges `range=custom&since=2026-11-22T08:00&until=…`. `state=unhandled` are the failures nobody has seen to;
`receiver` is a part of a name, or one receiver as `robot:1` or `account:1`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dingbell.alarms.models import AlarmRow
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.records import Wanted
from dingbell.notify.models import Account, Robot
from dingbell.storage.times import DAY, HOUR, to_us
from dingbell.web import words
from dingbell.web.words import Word

ROWS = 50
UNHANDLED = "unhandled"
STATES: dict[str, Word] = {UNHANDLED: _("失败，未处理")} | {
    state.value: word for state, word in words.DELIVERIES.items()
}
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
_ONE_RECEIVER = re.compile(r"(robot|account):(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Asked:
    """`since` and `until` are moments in the plant's zone, as the fields of the page write them."""

    state: str = ""
    reason: str = ""
    service: int | None = None
    rule: int | None = None
    receiver: str = ""
    range: str = ""
    since: str = ""
    until: str = ""
    text: str = ""
    alarm: int | None = None
    event: int | None = None
    silence: int | None = None
    before: int | None = None

    def wanted(self, now_us: int) -> Wanted:
        """Asks for the alarms that a search text means."""
        length_us = _LENGTHS_US.get(self.range)
        alarm_ids = None
        if self.text:
            alarm_ids = _alarms(self.text)
        robot_id, account_id = _receiver(self.receiver)
        failures = self.state == UNHANDLED
        return Wanted(
            states=(DeliveryState.FAILED,) if failures else (self.state,) if self.state else (),
            handled=False if failures else None,
            reason=self.reason,
            service_id=self.service,
            rule_id=self.rule,
            robot_id=robot_id,
            account_id=account_id,
            receiver_name=self.receiver if robot_id is None and account_id is None else "",
            alarm_id=self.alarm,
            alarm_ids=alarm_ids,
            event_id=self.event,
            silence_id=self.silence,
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
            "reason": self.reason,
            "service": self.service,
            "rule": self.rule,
            "receiver": self.receiver,
            "range": self.range,
            "since": self.since,
            "until": self.until,
            "q": self.text,
            "alarm": self.alarm,
            "event": self.event,
            "silence": self.silence,
        }
        return [(name, str(value)) for name, value in given.items() if value]


def asked(request: HttpRequest) -> Asked:
    """What cannot be understood is left out: an address is typed, kept and cut by people."""
    state = request.GET.get("state", "")
    length = request.GET.get("range", "")
    since, until = (request.GET.get(name, "") if length == CUSTOM else "" for name in ("since", "until"))
    return Asked(
        state=state if state in STATES else "",
        reason=_text(request, "reason"),
        service=_number(request, "service"),
        rule=_number(request, "rule"),
        receiver=_text(request, "receiver"),
        range=length if length in RANGES else "",
        since=since if _moment(since) is not None else "",
        until=until if _moment(until) is not None else "",
        text=_text(request, "q"),
        alarm=_number(request, "alarm"),
        event=_number(request, "event"),
        silence=_number(request, "silence"),
        before=_number(request, "before"),
    )


def _alarms(text: str) -> tuple[int, ...]:
    """The alarms that have the text in their name or key; of too many, those that changed last."""
    named = AlarmRow.objects.filter(Q(name__icontains=text) | Q(key__icontains=text))
    found = tuple(named.values_list("id", flat=True)[: _ALARMS_OF_A_SEARCH + 1])  # in no order: one pass, no look-ups
    if len(found) <= _ALARMS_OF_A_SEARCH:
        return found
    return tuple(named.order_by("-order_us").values_list("id", flat=True)[:_ALARMS_OF_A_SEARCH])


def _receiver(text: str) -> tuple[int | None, int | None]:
    """(robot id, account id) of the one receiver that is meant, by its address or its whole name; else None twice."""
    if found := _ONE_RECEIVER.fullmatch(text):
        return (int(found[2]), None) if found[1] == "robot" else (None, int(found[2]))
    if not text:
        return None, None
    robots = list(Robot.objects.filter(alias=text).values_list("id", flat=True)[:2])
    accounts = list(Account.objects.filter(name=text).values_list("id", flat=True)[:2])
    if len(robots) + len(accounts) != 1:
        return None, None
    return (robots[0], None) if robots else (None, accounts[0])


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
