"""Whom a block may tell, found among tens of thousands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

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
    named = list(accounts.filter(id__in=_ids(chosen, "account")))
    people: list[Account] = []
    found: list[Receiver] = []
    count = 0
    if service.send_to_robots:
        count += robots.count()
        found += _robots(robots.filter(alias__icontains=search.strip().replace("\x00", "")), shown)
    if service.send_to_accounts:
        count += accounts.count()
        people = list(account_changes.found(service.id, search)[: SHOWN + 1])
    by_id = {one.id: one for one in (*named, *people)}
    shown_people = {one.id: Receiver("account", one.id, one.name, about) for one, about in tellable([*by_id.values()])}
    picked += [shown_people[one.id] for one in named]
    found += [shown_people[one.id] for one in people]
    return Choice(picked, found[:SHOWN], len(found) > SHOWN, count)


def tellable(accounts: Sequence[Account]) -> list[tuple[Account, str]]:
    """Each with what tells it from its namesakes among them: department, then the end of its number, else its userId.

    Nobody learns more here than the service's page shows the same people.
    """

    def department(one: Account) -> tuple[str, ...]:
        return one.name, one.department

    def number(one: Account) -> tuple[str, ...]:
        return one.name, one.department, one.mobile[-4:]

    same, same_number = Counter(map(department, accounts)), Counter(map(number, accounts))
    found = []
    for one in accounts:
        words = one.department or one.user_id
        if one.department and same[department(one)] > 1:
            unique = one.mobile and same_number[number(one)] == 1
            words += " · " + (_("尾号 %(digits)s") % {"digits": one.mobile[-4:]} if unique else one.user_id)
        found.append((one, f"{words} · {_('已离职')}" if one.presence == Presence.GONE else words))
    return found


def _robots(rows: Iterable[Robot], shown: str) -> list[Receiver]:
    return [Receiver("robot", robot.id, robot.alias, shown=shown) for robot in rows]


def _ids(chosen: str, kind: str) -> list[int]:
    words = (one.split() for one in chosen.split(","))
    return [int(word[1]) for word in words if len(word) == 2 and word[0] == kind and word[1].isdecimal()][:500]
