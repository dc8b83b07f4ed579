"""What DingTalk's directory says of the people of a service: who has a number, who has left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from msgspec import Struct

from dingbell.channels.base import Result
from dingbell.channels.dingtalk import contacts
from dingbell.channels.dingtalk.contacts import Contact, ContactsError
from dingbell.channels.dingtalk.errors import explain
from dingbell.channels.dingtalk.token import App
from dingbell.notify.models import Account, Presence, Service
from dingbell.notify.refusals import FieldError, Invalid, Missing
from dingbell.notify.services.contacts import cells
from dingbell.notify.services.contacts.cells import Bad
from dingbell.notify.services.documents import AccountAnswer
from dingbell.storage.secrets import SecretUnreadable, decrypt

MOST_MOBILES = 20
# What the directory knows for certain, by the reason of its refusal.
_ABSENT = frozenset({"recipient_unknown"})
# What it says of this one person only: others can still be asked for.
_UNCLEAR = frozenset({"recipient_out_of_range", "recipient_invalid", "recipient_missing"})


class MobilesInput(Struct, forbid_unknown_fields=True):
    mobiles: list[str]


class FoundContact(Struct, kw_only=True):
    """`known`: an account of the service already."""

    mobile: str
    user_id: str
    name: str
    known: bool


class UnknownMobile(Struct, kw_only=True):
    mobile: str
    reason: str


class MobilesAnswer(Struct, kw_only=True):
    """`added` is empty in a dry run."""

    dry_run: bool
    found: list[FoundContact]
    refused: list[UnknownMobile]
    added: list[AccountAnswer]


def app_of(service_id: int) -> App:
    """The service's app. Raises Missing, and Invalid while its credentials are missing or cannot be read."""
    service = Service.objects.filter(id=service_id).first()
    if service is None:
        raise Missing
    try:
        secret = decrypt(service.client_secret)
    except SecretUnreadable:
        secret = ""
    if not service.client_id or not secret:
        raise Invalid([FieldError("", _("先填写 ClientId 和 ClientSecret 并保存。"))])
    return App(service.client_id, secret)


def look_up(service_id: int, mobiles: Sequence[str], ask: Callable[[str], Contact]) -> MobilesAnswer:
    """Who has these numbers. Raises Invalid for none or too many."""
    wanted = dict.fromkeys(mobile.strip() for mobile in mobiles if mobile.strip())
    if not wanted or len(wanted) > MOST_MOBILES:
        text = _("填写 1 到 %(most)d 个手机号") % {"most": MOST_MOBILES}
        raise Invalid([FieldError("mobiles", text)])
    answer = MobilesAnswer(dry_run=True, found=[], refused=[], added=[])
    for written in wanted:
        try:
            mobile = cells.mobile(written)
            if not mobile:
                raise Bad("mobile")
            person = ask(mobile)
        except Bad:
            answer.refused.append(UnknownMobile(mobile=written[: cells.MOST_MOBILE], reason=_("不是手机号")))
        except ContactsError as refusal:
            reason = why(refusal.result, contacts.BY_MOBILE_PERMISSION)
            answer.refused.append(UnknownMobile(mobile=mobile, reason=reason))
        else:
            found = FoundContact(mobile=mobile, user_id=person.user_id, name=person.name or mobile, known=False)
            answer.found.append(found)
    ids = [one.user_id for one in answer.found]
    known = set(Account.objects.filter(service=service_id, user_id__in=ids).values_list("user_id", flat=True))
    for one in answer.found:
        one.known = one.user_id in known
    return answer


def why(result: Result, permission: str) -> str:
    """What a refusal means and what to do; a missing permission by its name."""
    text = explain(result, get_language() or "zh-hans")
    return f"{text} ({permission})" if result.reason == "permission_missing" else text


def presence(refusal: Result | None) -> str | None:
    """found, gone, or "" where it is unclear; None when the answer is not about this person. No refusal is found."""
    if refusal is None:
        return Presence.FOUND.value
    if refusal.reason in _ABSENT:
        return Presence.GONE.value
    return Presence.UNKNOWN.value if refusal.reason in _UNCLEAR else None


def unchecked(service_id: int, since_us: int, most: int) -> list[tuple[int, str]]:
    """Ids and userIds of accounts that were not checked since."""
    due = Q(checked_us__isnull=True) | Q(checked_us__lt=since_us)
    found = Account.objects.filter(due, service=service_id).order_by("id")
    return list(found.values_list("id", "user_id")[:most])


def note(found: Mapping[int, str], now_us: int) -> None:
    """Keep what the directory said, by account."""
    with transaction.atomic():
        for value in set(found.values()):
            ids = [account_id for account_id, said in found.items() if said == value]
            Account.objects.filter(id__in=ids).update(presence=value, checked_us=now_us)


def progress(service_id: int, since_us: int) -> tuple[int, int, int]:
    """How many accounts there are, how many were checked since, and how many have left."""
    everyone = Account.objects.filter(service=service_id)
    gone = everyone.filter(presence=Presence.GONE)
    return everyone.count(), everyone.filter(checked_us__gte=since_us).count(), gone.count()
