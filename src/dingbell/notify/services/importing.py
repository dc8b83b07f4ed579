"""Importing the accounts of a service from a file of contacts: first what it would change, then the change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from dingbell.notify.models import Account, Service
from dingbell.notify.refusals import Missing
from dingbell.notify.services import accounts, naming
from dingbell.notify.services.comparing import Change, Difference, Stored, difference
from dingbell.notify.services.contacts import words
from dingbell.notify.services.contacts.found import Contents, Merged, Person, Skipped
from dingbell.notify.services.import_documents import (
    ChangedAccount,
    ChangedField,
    DoubtfulPerson,
    FoundPerson,
    ImportAnswer,
    ImportCounts,
    KnownAccount,
    MergedRow,
    ReadSheet,
    RejectedRow,
    SkippedRow,
)
from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.users import audit

_AT_ONCE = 500
_AUDITED = 100  # so many people of each kind stand in the audit by name


@dataclass(frozen=True, slots=True)
class Wishes:
    """`numbers`: userIds from number cells are right. `remove_missing`: remove accounts that are not in the file.

    `listed`: how many of each kind the answer lists.
    """

    numbers: bool = True
    remove_missing: bool = False
    listed: int = 1_000


def preview(service_id: int | None, contents: Contents, wishes: Wishes) -> ImportAnswer:
    """What the file would change; None is a service that is not stored yet. Raises Missing."""
    if service_id is None:
        return _answer(contents, difference(contents.people, []), {}, wishes)
    service = _service(service_id)
    return _answer(contents, difference(contents.people, _stored(service)), naming.rules(service.id), wishes)


def make(service_id: int, contents: Contents, wishes: Wishes) -> ImportAnswer:
    """Store the file's people: one transaction. Accounts that a rule names are never removed. Raises Missing."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        service = _service(service_id)
        found = difference(contents.people, _stored(service))
        rules = naming.rules(service_id)
        fresh = [*found.new, *(one.person for one in found.doubtful if wishes.numbers)]
        gone = [one for one in found.missing if ("account", one.id) not in rules] if wishes.remove_missing else []
        if not contents.people:
            gone = []  # a file of bad rows only says nothing about who left
        _add(service, fresh)
        _rewrite(found.changed)
        _remove(gone)
        answer = _answer(contents, found, rules, wishes)
        answer.dry_run = False
        answer.counts.stored, answer.counts.removed = len(fresh) + len(found.changed), len(gone)
        _note(service, fresh, found.changed, gone)
        return answer


def _service(service_id: int) -> Service:
    service = Service.objects.filter(id=service_id).first()
    if service is None:
        raise Missing
    accounts.refuse_beside_people(service)
    return service


def _stored(service: Service) -> Iterator[Stored]:
    columns = service.accounts.values_list("id", "user_id", "name", "mobile", "department")
    return (Stored(*row) for row in columns.iterator(chunk_size=5_000))


def _add(service: Service, people: Iterable[Person]) -> None:
    rows = [(service.id, one.user_id, one.name or one.user_id, one.mobile, one.department, "") for one in people]
    with connection.cursor() as cursor:  # a tenth of the time of as many model instances
        cursor.executemany(
            "INSERT INTO notify_account (service_id, user_id, name, mobile, department, presence)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            rows,
        )


def _rewrite(changes: Iterable[Change]) -> None:
    rows = []
    for change in changes:
        now = {name: after for name, (_before, after) in change.fields.items()}
        kept = change.account
        rows.append((
            now.get("name", kept.name), now.get("mobile", kept.mobile), now.get("department", kept.department), kept.id,
        ))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE notify_account SET name = %s, mobile = %s, department = %s WHERE id = %s", rows)


def _remove(accounts: Sequence[Stored]) -> None:
    for start in range(0, len(accounts), _AT_ONCE):
        Account.objects.filter(id__in=[one.id for one in accounts[start : start + _AT_ONCE]]).delete()


def _note(service: Service, fresh: Sequence[Person], changed: Sequence[Change], gone: Sequence[Stored]) -> None:
    """One entry for all of them: how many, and the first of each kind by name."""

    def note(side: int, **more: Any) -> dict[str, Any]:
        fields = {
            one.account.user_id: {name: pair[side] for name, pair in one.fields.items()} for one in changed[:_AUDITED]
        }
        return {"changed": len(changed), "fields": fields, **more}

    removed = {one.user_id: one.name for one in gone[:_AUDITED]}
    added = {one.user_id: one.name or one.user_id for one in fresh[:_AUDITED]}
    after = service.accounts.count()
    if fresh or changed or gone:
        before = note(0, accounts=after - len(fresh) + len(gone), removed=removed)
        audit.record("service", service.id, service.name, before, note(1, accounts=after, added=added))


def _answer(
    contents: Contents, found: Difference, rules: Mapping[tuple[str, int], str], wishes: Wishes
) -> ImportAnswer:
    refused = sorted([*contents.refused, *found.refused], key=lambda one: (one.sheet, one.row))
    most = wishes.listed
    stored = (*found.unchanged, *(one.account for one in found.changed), *found.missing)
    known = {one.mobile: one.name for one in stored if one.mobile}
    return ImportAnswer(
        dry_run=True,
        sheets=[ReadSheet(name=sheet.name, heading=sheet.heading) for sheet in contents.sheets],
        counts=ImportCounts(
            new=len(found.new), changed=len(found.changed), unchanged=len(found.unchanged), missing=len(found.missing),
            to_confirm=len(found.doubtful), rejected=len(refused), skipped=len(contents.skipped),
            merged=len(contents.merged),
        ),
        new=[FoundPerson(**_person(one)) for one in found.new[:most]],
        changed=[
            ChangedAccount(
                id=one.account.id, user_id=one.account.user_id, name=one.account.name,
                changes={name: ChangedField(before=was, after=now) for name, (was, now) in one.fields.items()},
            )
            for one in found.changed[:most]
        ],
        unchanged=[_known(one, "") for one in found.unchanged[:most]],
        missing=[_known(one, rules.get(("account", one.id), "")) for one in found.missing[:most]],
        to_confirm=[DoubtfulPerson(**_person(one.person), similar=one.similar) for one in found.doubtful[:most]],
        rejected=[
            RejectedRow(
                sheet=one.sheet, row=one.row, user_id=one.user_id, reason=words.refused(one.reason),
                mobile="" if one.mobile in known else one.mobile,
            )
            for one in refused
        ],
        skipped=[_skipped(one, known) for one in contents.skipped[:most]],
        merged=[_merged(one) for one in contents.merged[:most]],
    )  # fmt: skip


def _person(person: Person) -> dict[str, Any]:
    return {
        "sheet": person.sheet, "row": person.row, "user_id": person.user_id, "name": person.name or person.user_id,
        "mobile": person.mobile, "department": person.department,
    }  # fmt: skip


def _skipped(one: Skipped, known: Mapping[str, str]) -> SkippedRow:
    """`known`: the names of the accounts by mobile number."""
    if one.mobile in known:
        reason, mobile = _("没有 UserID，手机号是已有账号“%(name)s”的") % {"name": known[one.mobile]}, ""
    else:
        reason, mobile = words.skipped(one.reason, one.mobile), one.mobile
    return SkippedRow(sheet=one.sheet, row=one.row, text=one.text, reason=reason, mobile=mobile)


def _merged(one: Merged) -> MergedRow:
    return MergedRow(
        sheet=one.sheet, row=one.row, user_id=one.user_id, name=one.name, first_sheet=one.first_sheet,
        first_row=one.first_row, first_name=one.first_name,
        names_differ=bool(one.name and one.first_name and one.name != one.first_name),
    )  # fmt: skip


def _known(one: Stored, rules: str) -> KnownAccount:
    return KnownAccount(
        id=one.id, user_id=one.user_id, name=one.name, mobile=one.mobile, department=one.department, rules=rules
    )
