"""Whom a block may tell, found among tens of thousands."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from django.utils.translation import gettext as _

from dingbell.notify.models import Account, Presence, Robot, Service, ServiceType
from dingbell.notify.services import account_changes

SHOWN = 100


class Receiver(msgspec.Struct, frozen=True):
    kind: str
    id: int
    name: str
    detail: str = ""
    shown: str = ""  # as what, where that is another word than its kind


class Choice(msgspec.Struct, frozen=True):
    """`chosen` are those asked for by id, `found` the first that the search finds; `count` is everyone there is."""

    chosen: list[Receiver]
    found: list[Receiver]
    more: bool
    count: int


def choose(service: Service, search: str, chosen: str) -> Choice:
    """`chosen` reads `robot 1,account 7`. Everyone are those whom the service's 发送至 boxes name."""
    robots = Robot.objects.filter(service=service)
    accounts = Account.objects.filter(service=service)
    shown = "address" if service.type == ServiceType.APPRISE else ""
    picked = [*_robots(robots.filter(id__in=_ids(chosen, "robot")), shown)]
    picked += _accounts(accounts.filter(id__in=_ids(chosen, "account")))
    found: list[Receiver] = []
    count = 0
    if service.send_to_robots:
        count += robots.count()
        found += _robots(robots.filter(alias__icontains=search.strip().replace("\x00", "")), shown)
    if service.send_to_accounts:
        count += accounts.count()
        found += _accounts(account_changes.found(service.id, search)[: SHOWN + 1])
    return Choice(picked, found[:SHOWN], len(found) > SHOWN, count)


def _robots(rows: Iterable[Robot], shown: str) -> list[Receiver]:
    return [Receiver("robot", robot.id, robot.alias, shown=shown) for robot in rows]


def _accounts(rows: Iterable[Account]) -> list[Receiver]:
    return [Receiver("account", one.id, one.name, _about(one)) for one in rows]


def _about(account: Account) -> str:
    words = account.department or account.user_id
    return f"{words} · {_('已离职')}" if account.presence == Presence.GONE else words


def _ids(chosen: str, kind: str) -> list[int]:
    words = (one.split() for one in chosen.split(","))
    return [int(word[1]) for word in words if len(word) == 2 and word[0] == kind and word[1].isdecimal()][:500]
