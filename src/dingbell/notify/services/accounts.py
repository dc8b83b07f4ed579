"""The accounts of a service as one list: what was sent in, put together with what is stored."""

from __future__ import annotations

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.notify.models import Account, Presence, Service, ServiceType
from dingbell.notify.refusals import FieldError, Findings, Invalid
from dingbell.notify.services.documents import AccountAnswer, AccountInput
from dingbell.notify.services.listed import Listed
from dingbell.storage.times import iso

_MOST_USER_ID, _MOST_NAME, _MOST_MOBILE, _MOST_DEPARTMENT = 64, 100, 32, 200
_COLUMNS = ["user_id", "name", "mobile", "department", "presence", "checked_us"]


def refuse_beside_people(service: Service) -> None:
    """Raises Invalid for a service that reaches no people."""
    if service.type == ServiceType.APPRISE:
        raise Invalid([FieldError("", _("这种通知服务只有接收地址（addresses）"))])


def merge(service: Service, given_accounts: list[AccountInput] | UnsetType, findings: Findings) -> Listed[Account]:
    """Each given account is the stored one with its id, else with its userId, else a new one."""
    if isinstance(given_accounts, UnsetType):
        some = list(service.accounts.all()[:1]) if service.id else []  # enough to know that there are any
        return Listed(some, changed=False)
    stored = list(service.accounts.all()) if service.id else []
    left = {account.id: account for account in stored}
    by_user_id = {account.user_id: account for account in stored}
    listed: Listed[Account] = Listed()
    rows: dict[str, int] = {}
    for position, one in enumerate(given_accounts):
        place = f"accounts[{position}]"
        account = None
        if service.id and isinstance(one.id, int):
            account = left.pop(one.id, None)
            if account is None:
                findings.add(f"{place}.id", _("这个服务没有这个账号，或者它出现了两次"))
        elif isinstance(one.user_id, str):
            same = by_user_id.get(one.user_id.strip())
            account = left.pop(same.id, None) if same else None
        account = account or Account()
        before = _words(account)
        fill(account, one, f"{place}.", findings)
        if account.id and before != _words(account):
            listed.rewritten.append(account)
            if account.user_id != before[0]:
                listed.renamed.append(account.id)
        first = rows.setdefault(account.user_id, position)
        if account.user_id and first != position:
            findings.add(f"{place}.user_id", _("与第 %(row)d 个账号的 userId 相同") % {"row": first + 1})
        listed.items.append(account)
    listed.removed = list(left.values())
    return listed


def save(service: Service, listed: Listed[Account]) -> None:
    if not listed.changed:
        return
    Account.objects.filter(service=service, id__in=[account.id for account in listed.removed]).delete()
    # Two accounts may trade their userIds: meanwhile each has one that nobody can enter.
    Account.objects.filter(id__in=listed.renamed).update(user_id=Concat(Value(" "), Cast("id", CharField())))
    for account in listed.items:
        account.service = service
    Account.objects.bulk_create([account for account in listed.items if not account.id], batch_size=200)
    Account.objects.bulk_update(listed.rewritten, _COLUMNS, batch_size=200)


def fill(account: Account, one: AccountInput, place: str, findings: Findings) -> None:
    """`place` is put before the names of the fields."""
    before = account.user_id
    account.user_id = findings.text(f"{place}user_id", one.user_id, before, most=_MOST_USER_ID, required=True)
    account.name = findings.text(f"{place}name", one.name, account.name, most=_MOST_NAME, required=True)
    account.mobile = findings.text(f"{place}mobile", one.mobile, account.mobile, most=_MOST_MOBILE)
    account.department = findings.text(f"{place}department", one.department, account.department, most=_MOST_DEPARTMENT)
    if account.user_id != before:
        account.presence, account.checked_us = Presence.UNKNOWN, None  # that was somebody else


def answer(account: Account) -> AccountAnswer:
    return AccountAnswer(
        id=account.id,
        user_id=account.user_id,
        name=account.name,
        mobile=account.mobile,
        department=account.department,
        presence=account.presence,
        checked_at=iso(account.checked_us, timezone.get_current_timezone()),
    )


def _words(account: Account) -> tuple[str, str, str, str]:
    return account.user_id, account.name, account.mobile, account.department
