"""What `GET /api/v2/…` answers, in the words of Alertmanager's openapi.yaml. Reads the database."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

import msgspec

from dingbell import __version__
from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm, State
from dingbell.notify import routing
from dingbell.notify.models import Rule
from dingbell.notify.rules.matching import RuleIndex
from dingbell.sources.alertmanager import matchers
from dingbell.sources.alertmanager.alerts import Origin, read_origin
from dingbell.sources.alertmanager.fingerprint import fingerprint
from dingbell.sources.alertmanager.matchers import Matcher
from dingbell.storage.times import SECOND, from_us

NO_RECEIVER = "-"
_YES = frozenset({"true", "1", "t", "yes", "y", "on", "ok"})


class Receiver(msgspec.Struct, frozen=True):
    name: str


class Status(msgspec.Struct, rename="camel", frozen=True):
    """Nothing is silenced or inhibited here: every alert that stands is active."""

    state: str = "active"
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()


class Gettable(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    labels: dict[str, str]
    annotations: dict[str, str]
    generator_url: str = msgspec.field(name="generatorURL")
    fingerprint: str
    starts_at: str
    ends_at: str
    updated_at: str
    status: Status = Status()
    receivers: list[Receiver]


class Group(msgspec.Struct, frozen=True):
    labels: dict[str, str]
    receiver: Receiver
    alerts: list[Gettable]


@dataclass(frozen=True, slots=True)
class Query:
    """Which alerts are asked for."""

    active: bool
    matchers: Sequence[Matcher]
    receiver: Callable[[str], bool] | None

    @classmethod
    def read(cls, query_string: bytes) -> Query:
        """Raises BadMatcher."""
        given = parse_qs(query_string.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1_000)
        receiver = given.get("receiver", [""])[-1]
        return cls(
            active=given.get("active", ["true"])[-1].lower() in _YES,
            matchers=[matchers.parse(text) for text in given.get("filter", [])],
            receiver=matchers.pattern(receiver) if receiver else None,
        )

    def wants(self, alert: Gettable) -> bool:
        if not matchers.all_hold(self.matchers, alert.labels):
            return False
        return self.receiver is None or any(self.receiver(receiver.name) for receiver in alert.receivers)


def alerts(query: Query) -> list[Gettable]:
    """By fingerprint, as Alertmanager sorts them."""
    if not query.active:
        return []
    told = _receivers()
    found = [
        _gettable(alarm, origin, told(alarm))
        for alarm in store.repeating()
        if (origin := read_origin(alarm)) is not None
    ]
    return sorted(filter(query.wants, found), key=lambda alert: alert.fingerprint)


def groups(query: Query) -> list[Group]:
    """One a rule: DingBell does not group by labels. What no rule selects stands under NO_RECEIVER."""
    by_receiver: dict[str, list[Gettable]] = {}
    for alert in alerts(query):
        for receiver in alert.receivers or [Receiver(NO_RECEIVER)]:
            if query.receiver is None or query.receiver(receiver.name):
                by_receiver.setdefault(receiver.name, []).append(alert)
    return [Group({}, Receiver(name), members) for name, members in sorted(by_receiver.items())]


def receivers() -> list[Receiver]:
    return [Receiver(name) for name in Rule.objects.filter(enabled=True).values_list("name", flat=True)]


def status(started_us: int, resolve_timeout_us: int) -> dict[str, object]:
    return {
        "cluster": {"status": "disabled", "peers": []},
        "versionInfo": {
            "version": __version__,
            "branch": "DingBell",
            "revision": "",
            "buildUser": "",
            "buildDate": "",
            "goVersion": f"Python {platform.python_version()}",
        },
        "config": {"original": _configuration(resolve_timeout_us)},
        "uptime": _time(started_us),
    }


def _configuration(resolve_timeout_us: int) -> str:
    """YAML in Alertmanager's words, as far as they fit: who is told is decided by rules, not by a routing tree."""
    names = "".join(f"- name: {msgspec.json.encode(one.name).decode()}\n" for one in receivers())
    return (
        f"# DingBell {__version__} in place of Alertmanager: the receivers are its notification rules,\n"
        "# see its own pages for whom they tell and when.\n"
        f"global:\n  resolve_timeout: {resolve_timeout_us // SECOND}s\n"
        f"receivers:{chr(10) + names if names else ' []' + chr(10)}"
    )


def _receivers() -> Callable[[Alarm], list[Receiver]]:
    """Who was told of an alarm when it was raised, by the rules as they are now."""
    rules = list(Rule.objects.filter(enabled=True))
    groups = routing.alarm_groups()
    index = RuleIndex([routing.conditions(rule, groups) for rule in rules])
    named = [Receiver(rule.name) for rule in rules]
    return lambda alarm: [named[place] for place in index.selecting(alarm, State.ACTIVE_UNACKED)]


def _gettable(alarm: Alarm, origin: Origin, told: list[Receiver]) -> Gettable:
    return Gettable(
        labels=origin.labels,
        annotations=origin.annotations,
        generator_url=origin.generator_url,
        fingerprint=fingerprint(origin.labels),
        starts_at=_time(alarm.raised_us or 0),
        ends_at=_time(alarm.expires_us or 0),
        updated_at=_time(origin.updated_us),
        receivers=told,
    )


def _time(us: int) -> str:
    return from_us(us).isoformat(timespec="milliseconds").replace("+00:00", "Z")
