"""Where a month's quota went: by day, by receiver, by month. No writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dingbell.delivery import months
from dingbell.delivery.quota import Pool
from dingbell.notify import routing
from dingbell.notify.models import Robot, Service
from dingbell.storage import sql

MONTHS = 12  # that are looked back on
_OF = "FROM delivery_usage WHERE organisation = %s AND pool = %s AND day BETWEEN %s AND %s"


@dataclass(frozen=True, slots=True)
class Use:
    """The calls of one credential for one service; both names are "" where they are gone."""

    credential: str
    service_id: int
    receiver: str
    service: str
    calls: int


def by_day(organisation: str, pool: Pool, month: int) -> dict[int, int]:
    """Calls by day (20261122) of those on which there were any."""
    return dict(sql.rows(f"SELECT day, SUM(calls) {_OF} GROUP BY day ORDER BY day", _month(organisation, pool, month)))


def by_month(organisation: str, pool: Pool, month: int) -> list[tuple[int, int]]:
    """(202611, calls), `month` and those before it that had any, the newest first."""
    first = months.earlier_month(month, MONTHS - 1)
    found = sql.rows(
        f"SELECT day / 100, SUM(calls) {_OF} GROUP BY day / 100 ORDER BY day / 100 DESC",
        [organisation, pool.value, first * 100, month * 100 + 99],
    )
    return [(int(month), int(calls)) for month, calls in found]


def by_receiver(organisation: str, pool: Pool, month: int, limit: int, skip: int = 0) -> list[Use]:
    """The busiest first, past the first `skip`."""
    found = sql.rows(
        f"SELECT credential, service_id, SUM(calls) {_OF} GROUP BY credential, service_id"
        " ORDER BY SUM(calls) DESC, credential, service_id LIMIT %s OFFSET %s",
        [*_month(organisation, pool, month), limit, skip],
    )
    services = dict(Service.objects.filter(id__in={service for _, service, _ in found}).values_list("id", "name"))
    receivers = _names(pool, {service for _, service, _ in found})
    return [
        Use(credential, service, receivers.get((credential, service), ""), services.get(service, ""), int(calls))
        for credential, service, calls in found
    ]


def _month(organisation: str, pool: Pool, month: int) -> list[str | int]:
    return [organisation, pool.value, month * 100, month * 100 + 99]


def _names(pool: Pool, services: Collection[int]) -> dict[tuple[str, int], str]:
    """By credential and service: a robot's alias, an app's ClientId."""
    if pool is Pool.API:
        apps = Service.objects.filter(id__in=services).values_list("id", "client_id")
        return {(routing.account_lane(client_id), service): client_id for service, client_id in apps}
    robots = Robot.objects.filter(service__in=services).values_list("budget_key", "service", "alias")
    return {(key, service): alias for key, service, alias in robots}
