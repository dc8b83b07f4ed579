"""A link of one person to one alarm (个人链接): who presses is known without a sign-in (design §7, Links).

It is signed with the key of the sessions, has an end, and names the occurrence it was sent for: good for acknowledging
and shelving that one, for nothing else. Whoever shows a stored message masks it (channels.redaction.mask_links).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.signing import BadSignature, Signer

from dingbell.storage.times import SECOND

_SALT = "dingbell.personal-link"


@dataclass(frozen=True, slots=True)
class PersonalLink:
    alarm_id: int
    account_id: int
    occurrence: int
    until_us: int


class Forged(Exception):
    """Nobody here made this link."""


def path(link: PersonalLink) -> str:
    """`/a/12-7-1-1795392000.…/`: the path below the installation's address."""
    text = f"{link.alarm_id}-{link.account_id}-{link.occurrence}-{link.until_us // SECOND}"
    return f"/a/{_signer().sign(text)}/"


def read(text: str) -> PersonalLink:
    """What stands after `/a/`. Raises Forged. Whether it is over is the caller's to say."""
    try:
        alarm_id, account_id, occurrence, until_s = map(int, _signer().unsign(text).split("-"))
    except (BadSignature, ValueError):
        raise Forged from None
    return PersonalLink(alarm_id, account_id, occurrence, until_s * SECOND)


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")
