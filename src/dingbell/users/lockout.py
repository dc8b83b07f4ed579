"""Lock-out after repeated wrong passwords: kept in the database, so it holds on every node and over a restart."""

from __future__ import annotations

import unicodedata

from django.db import transaction

from dingbell.storage.secrets import fingerprint
from dingbell.storage.times import SECOND
from dingbell.users.models import SignInTries

TRIES = 5
_FIRST_US, _LONGEST_US = 300 * SECOND, 3600 * SECOND
_FORGOTTEN_AFTER_US = 24 * 3600 * SECOND


class Locked(Exception):
    """Nobody may try this name before `until_us`."""

    def __init__(self, until_us: int) -> None:
        super().__init__(until_us)
        self.until_us = until_us


def locked_for_us(tries: int) -> int:
    """How long a name is locked after so many wrong passwords in a row: 5 minutes from the fifth, then doubled."""
    return 0 if tries < TRIES else min(_FIRST_US << (tries - TRIES), _LONGEST_US)


def attempt(name: str, now_us: int) -> bool:
    """Count a try before its password is looked at, so that many at once cannot slip through; `succeeded` takes it
    back. Answers whether the name is locked if this one is wrong. Raises Locked.
    """
    SignInTries.objects.filter(last_us__lt=now_us - _FORGOTTEN_AFTER_US).delete()
    with transaction.atomic():
        SignInTries.objects.get_or_create(name=_key(name), defaults={"last_us": now_us})
        row = SignInTries.objects.select_for_update().get(name=_key(name))
        if now_us < row.locked_until_us <= now_us + _LONGEST_US:  # what lies further ahead is another clock's
            raise Locked(row.locked_until_us)
        row.tries += 1
        row.last_us = now_us
        row.locked_until_us = now_us + locked_for_us(row.tries)
        row.save()
    return row.tries >= TRIES


def succeeded(name: str) -> None:
    SignInTries.objects.filter(name=_key(name)).delete()


def locked_until(names: list[str], now_us: int) -> dict[str, int]:
    """Of these user names those that are locked just now, and until when."""
    by_key = {_key(name): name for name in names}
    found = SignInTries.objects.filter(name__in=by_key, locked_until_us__range=(now_us + 1, now_us + _LONGEST_US))
    return {by_key[key]: until for key, until in found.values_list("name", "locked_until_us")}


def unlock(name: str) -> bool:
    """Let the person try again. False where there was nothing to forget."""
    forgotten, _by_model = SignInTries.objects.filter(name=_key(name)).delete()
    return bool(forgotten)


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    return fingerprint(f"sign-in {plain}")
