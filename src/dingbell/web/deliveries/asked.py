"""What the address of 发送记录 asks for.

`?state=…&reason=…&service=1&rule=2&receiver=…&range=7d&q=…&alarm=3&event=4&silence=6&digest=…&before=5`, or instead
of one of the ranges `range=custom&since=2026-11-22T08:00&until=…`. `state=unhandled` are the failures nobody has seen
to; `receiver` is a part of a name, or one receiver as `robot:1` or `account:1`; `digest` is the id of a send.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dingbell.alarms.models import AlarmRow
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.records import Wanted
from dingbell.notify.models import Account, Robot
from dingbell.web import narrowing, words
from dingbell.web.words import Word

ROWS = 50
UNHANDLED = "unhandled"
STATES: dict[str, Word] = {UNHANDLED: _("失败，未处理")} | {
    state.value: word for state, word in words.DELIVERIES.items()
}
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
    digest: str = ""
    before: int | None = None

    def wanted(self, now_us: int) -> Wanted:
        """Asks for the alarms that a search text means."""
        since_us, until_us = narrowing.bounds(self.range, self.since, self.until, now_us)
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
            digest=self.digest,
            since_us=since_us,
            until_us=until_us,
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
            "digest": self.digest,
        }
        return [(name, str(value)) for name, value in given.items() if value]


def asked(request: HttpRequest) -> Asked:
    state = request.GET.get("state", "")
    length, since, until = narrowing.stretch(request)
    return Asked(
        state=state if state in STATES else "",
        reason=narrowing.text(request, "reason"),
        service=narrowing.number(request.GET.get("service", "")),
        rule=narrowing.number(request.GET.get("rule", "")),
        receiver=narrowing.text(request, "receiver"),
        range=length,
        since=since,
        until=until,
        text=narrowing.text(request, "q"),
        alarm=narrowing.number(request.GET.get("alarm", "")),
        event=narrowing.number(request.GET.get("event", "")),
        silence=narrowing.number(request.GET.get("silence", "")),
        digest=narrowing.text(request, "digest"),
        before=narrowing.number(request.GET.get("before", "")),
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
