"""The addresses (接收地址) of a service that sends through Apprise: what was sent in, put together with what is stored.

They are rows of the robots' table, so that deliveries, health and tests work for them as for robots: `token` is the
encrypted URL, `masked` its kind and server, `url` is empty, and the lane begins with "x:".
"""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.channels import apprise
from dingbell.channels.apprise import AddressError
from dingbell.notify.models import Robot, Service
from dingbell.notify.refusals import Findings, given
from dingbell.notify.routing import address_lane
from dingbell.notify.services import address_forms
from dingbell.notify.services.address_forms import KINDS
from dingbell.notify.services.documents import AddressAnswer, AddressInput
from dingbell.notify.services.listed import Listed
from dingbell.storage.secrets import SecretUnreadable, decrypt, encrypt

MOST = 50
_MOST_ALIAS, _MOST_URL = 100, 2_000


def merge(service: Service, given_addresses: list[AddressInput] | UnsetType, findings: Findings) -> Listed[Robot]:
    """Each given address is the stored one with its id, else a new one."""
    stored = list(service.robots.all()) if service.id else []
    if isinstance(given_addresses, UnsetType):
        return Listed(stored, changed=False)
    if len(given_addresses) > MOST:
        findings.add("addresses", _("最多 %(most)d 个地址") % {"most": MOST})
    left = {address.id: address for address in stored}
    listed: Listed[Robot] = Listed()
    for position, one in enumerate(given_addresses[:MOST]):
        place = f"addresses[{position}]"
        address = None
        if service.id and isinstance(one.id, int):
            address = left.pop(one.id, None)
            if address is None:
                findings.add(f"{place}.id", _("这个服务没有这个地址，或者它出现了两次"))
        address = address or Robot(url="")
        address.position = position
        _fill(address, one, place, findings)
        listed.items.append(address)
    _refuse_doubles(listed.items, findings)
    listed.removed = list(left.values())
    return listed


def answer(address: Robot) -> AddressAnswer:
    try:
        decrypt(address.token)
    except SecretUnreadable:
        readable = False
    else:
        readable = True
    return AddressAnswer(id=address.id, alias=address.alias, url=address.masked, needs_secret=not readable)


def _fill(address: Robot, one: AddressInput, place: str, findings: Findings) -> None:
    address.alias = findings.text(f"{place}.alias", one.alias, address.alias, most=_MOST_ALIAS, required=True)
    url = _given_url(one, place, findings)
    if url is None:
        if not address.token:
            findings.add(f"{place}.url", _("必填"))
        return
    if not url or (address.token and url.strip() == address.masked):
        return
    try:
        parsed = apprise.parse(url[:_MOST_URL])
    except AddressError as error:
        findings.add(f"{place}.url", error.text(get_language() or "zh-hans"))
        return
    address.masked = parsed.masked
    address.token, address.budget_key = encrypt(parsed.url), address_lane(parsed.url)


def _given_url(one: AddressInput, place: str, findings: Findings) -> str | None:
    """None where nothing is said of it, "" where what is said is wrong (and noted)."""
    filled = [(kind, getattr(one, kind)) for kind in KINDS if given(getattr(one, kind))]
    if len(filled) + given(one.url) > 1:
        findings.add(f"{place}.url", _("一个地址只能用一种方式填写"))
        return ""
    if filled:
        kind, form = filled[0]
        return address_forms.build(kind, form, f"{place}.{kind}", findings)
    return one.url if isinstance(one.url, str) else None


def _refuse_doubles(listed: list[Robot], findings: Findings) -> None:
    aliases: dict[str, int] = {}
    lanes: dict[str, int] = {}
    for position, address in enumerate(listed):
        first = aliases.setdefault(address.alias, position)
        if address.alias and first != position:
            findings.add(f"addresses[{position}].alias", _("别名与第 %(row)d 个地址相同") % {"row": first + 1})
        first = lanes.setdefault(address.budget_key, position)
        if address.budget_key and first != position:
            findings.add(f"addresses[{position}].url", _("与第 %(row)d 个地址相同") % {"row": first + 1})
