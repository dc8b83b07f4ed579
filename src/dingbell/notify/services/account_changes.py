"""One account of a service at a time: found, added, changed, removed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from dingbell.notify.models import Account, Presence, Service
from dingbell.notify.refusals import FieldError, Findings, InUse, Invalid, Missing
from dingbell.notify.services import accounts, naming
from dingbell.notify.services.documents import AccountAnswer, AccountInput
from dingbell.storage import versions
from dingbell.storage.versions import Subject
from dingbell.users import audit


def found(service_id: int, search: str = "", presence: str | None = None) -> QuerySet[Account]:
    """Accounts with `search` in their userId, name, mobile number or department, oldest first. Raises Missing."""
    _service(service_id)
    asked = Account.objects.filter(service=service_id).order_by("id")
    if presence is not None:
        asked = asked.filter(presence=presence)
    words = search.replace("\x00", "").split()
    for word in words:
        asked = asked.filter(
            Q(name__icontains=word)
            | Q(user_id__icontains=word)
            | Q(mobile__icontains=word)
            | Q(department__icontains=word)
        )
    return asked


def describe(service_id: int, account_id: int) -> AccountAnswer:
    """Raises Missing."""
    return accounts.answer(_account(service_id, account_id))


def add(service_id: int, document: AccountInput) -> AccountAnswer:
    """Raises Missing, Invalid."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        return _write(Account(service=_of_people(service_id)), document)


def add_found(service_id: int, people: Sequence[AccountInput], now_us: int) -> list[AccountAnswer]:
    """People whom DingTalk's directory knows; who is an account already stays one. Raises Missing, Invalid."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        service = _of_people(service_id)
        known = set(service.accounts.values_list("user_id", flat=True))
        fresh = [one for one in people if one.user_id not in known]
        presence = {"presence": Presence.FOUND, "checked_us": now_us}
        return [_write(Account(service=service), one, **presence) for one in fresh]


def change(service_id: int, account_id: int, document: AccountInput) -> AccountAnswer:
    """Change what `document` mentions. Raises Missing, Invalid."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        return _write(_account(service_id, account_id), document)


def remove(service_id: int, account_id: int) -> AccountAnswer:
    """What was removed. Raises Missing, InUse when a rule names it, Invalid when the service needs it."""
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        account = _account(service_id, account_id)
        if rules := naming.rules(service_id).get(("account", account_id)):
            raise InUse([FieldError("", naming.refusal(rules, account.name))])
        others = Account.objects.filter(service=service_id).exclude(id=account_id)
        if account.service.send_to_accounts and not others.exists():
            raise Invalid([FieldError("", _("这是最后一个账号。先在通知服务中取消勾选“钉钉账号”。"))])
        removed = accounts.answer(account)
        account.delete()
        audit.record("account", removed.id, removed.name, removed, None)
        return removed


def remove_gone(service_id: int, search: str = "") -> tuple[int, list[str]]:
    """Remove who has left, of those that `search` finds: how many were, and the names that a rule keeps.

    Raises Missing, and Invalid when the service needs the last of them.
    """
    with transaction.atomic():
        versions.bump(Subject.CONFIGURATION)
        rules = naming.rules(service_id)
        gone = list(found(service_id, search, Presence.GONE))
        kept = [one.name for one in gone if ("account", one.id) in rules]
        gone = [one for one in gone if ("account", one.id) not in rules]
        service = _service(service_id)
        if service.send_to_accounts and len(gone) == service.accounts.count():
            raise Invalid([FieldError("", _("这样就没有账号了。先在通知服务中取消勾选“钉钉账号”。"))])
        for one in gone:
            removed = accounts.answer(one)
            one.delete()
            audit.record("account", removed.id, removed.name, removed, None)
        return len(gone), kept


def _write(account: Account, document: AccountInput, **known: object) -> AccountAnswer:
    before = accounts.answer(account) if account.id else None
    findings = Findings()
    accounts.fill(account, document, "", findings)
    same = Account.objects.filter(service=account.service, user_id=account.user_id).exclude(id=account.id)
    if account.user_id and same.exists():
        findings.add("user_id", _("这个服务已经有这个 userId：%(name)s") % {"name": same[0].name})
    findings.settle()
    for name, value in known.items():
        setattr(account, name, value)
    account.save()
    after = accounts.answer(account)
    audit.record("account", account.id, account.name, before, after)
    return after


def _service(service_id: int) -> Service:
    service = Service.objects.filter(id=service_id).first()
    if service is None:
        raise Missing
    return service


def _of_people(service_id: int) -> Service:
    service = _service(service_id)
    accounts.refuse_beside_people(service)
    return service


def _account(service_id: int, account_id: int) -> Account:
    account = Account.objects.select_related("service").filter(service=service_id, id=account_id).first()
    if account is None:
        raise Missing
    return account
