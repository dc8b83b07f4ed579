"""What people decide of a quota: its mode for this month, and that a stop is over. Each stands in the audit."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from msgspec import Struct

from dingbell.delivery import months, quota
from dingbell.delivery.models import QuotaState
from dingbell.delivery.quota import Account, Pool
from dingbell.delivery.quota_words import AUTOMATIC, MODES, POOLS
from dingbell.notify.refusals import FieldError, InUse, Invalid, Missing
from dingbell.storage.times import iso
from dingbell.users import audit


class Decided(Struct, frozen=True, kw_only=True):
    """What people can change of a pool, as the audit keeps it."""

    mode: str
    stopped_at: str | None


def choose(organisation: str, pool: str, mode: str, actor: str, now_us: int) -> Account:
    """`automatic`, or a Mode until the month turns. DingTalk's own stop stays. Raises Missing, Invalid."""
    if mode not in MODES:
        known = {"mode": mode[:40], "known": " ".join(MODES)}
        raise Invalid([FieldError("mode", _("没有这样的方式：%(mode)s。可选：%(known)s") % known)])
    with transaction.atomic():
        account, state = _find(organisation, pool, now_us)
        state.chosen = "" if mode == AUTOMATIC else mode
        state.chosen_by, state.chosen_us = actor[:150], now_us
        return _keep(account, state, now_us)


def reset(organisation: str, pool: str, now_us: int) -> Account:
    """Send again although DingTalk refused, after more was bought. Raises Missing, and InUse when nothing stands."""
    with transaction.atomic():
        account, state = _find(organisation, pool, now_us)
        if not account.stopped_us:
            raise InUse([FieldError("", _("钉钉没有停用它。"))])
        state.stopped_us, state.stopped_reason = 0, ""
        return _keep(account, state, now_us)


def find(organisation: str, pool: str, now_us: int) -> Account:
    """Raises Missing."""
    for account in quota.accounts(now_us):
        if (account.organisation, account.pool) == (organisation, pool):
            return account
    raise Missing


def _find(organisation: str, pool: str, now_us: int) -> tuple[Account, QuotaState]:
    account = find(organisation, pool, now_us)
    QuotaState.objects.get_or_create(organisation=organisation, pool=account.pool.value)
    state = QuotaState.objects.select_for_update().get(organisation=organisation, pool=account.pool.value)
    return account, state


def _keep(before: Account, state: QuotaState, now_us: int) -> Account:
    state.save()
    after = find(before.organisation, before.pool, now_us)
    # Who did it need not be told of it.
    QuotaState.objects.filter(id=state.id).update(
        told_mode=after.standing.mode.value,
        told_month=months.month_of(now_us, quota.zone()),
        told_percent=state.told_percent if state.told_month == months.month_of(now_us, quota.zone()) else 0,
    )
    audit.record("quota", state.id, _name(before.organisation, before.pool), _decided(before), _decided(after))
    transaction.on_commit(quota.forget)
    return after


def _decided(account: Account) -> Decided:
    stopped = iso(account.stopped_us, quota.zone()) if account.stopped_us else None
    return Decided(mode=account.chosen.value if account.chosen else AUTOMATIC, stopped_at=stopped)


def _name(organisation: str, pool: Pool) -> str:
    return " · ".join(part for part in (organisation, str(POOLS[pool])) if part)
