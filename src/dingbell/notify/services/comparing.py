"""What a file of contacts would change among the accounts of a service: pure, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dingbell.notify.services.contacts.found import Person, Refused


@dataclass(frozen=True, slots=True)
class Stored:
    """An account as it is stored."""

    id: int
    user_id: str
    name: str
    mobile: str
    department: str


@dataclass(frozen=True, slots=True)
class Change:
    """`fields`: by name what it was and what it becomes."""

    account: Stored
    fields: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A new userId from a number cell. `similar`: the stored userId that differs by leading zeros only, or ""."""

    person: Person
    similar: str


@dataclass(slots=True)
class Difference:
    """`missing`: stored, and not in the file."""

    new: list[Person] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Stored] = field(default_factory=list)
    missing: list[Stored] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def difference(people: Iterable[Person], stored: Iterable[Stored]) -> Difference:
    """An empty cell says nothing: what is stored stays. Without a column of names a new account is named by its id."""
    left = {account.user_id: account for account in stored}
    without_zeros = {user_id.lstrip("0"): user_id for user_id in left}
    found = Difference()
    for person in people:
        account = left.pop(person.user_id, None)
        if account is not None:
            fields = _changes(account, person)
            if fields:
                found.changed.append(Change(account, fields))
            else:
                found.unchanged.append(account)
        elif person.name == "":
            found.refused.append(Refused(person.sheet, person.row, person.user_id, "name_missing"))
        elif person.number:
            found.doubtful.append(Doubtful(person, without_zeros.get(person.user_id, "")))
        else:
            found.new.append(person)
    found.missing = list(left.values())
    return found


def _changes(account: Stored, person: Person) -> dict[str, tuple[str, str]]:
    pairs = {
        "name": (account.name, person.name or ""),
        "mobile": (account.mobile, person.mobile),
        "department": (account.department, person.department),
    }
    return {name: (was, given) for name, (was, given) in pairs.items() if given and given != was}
