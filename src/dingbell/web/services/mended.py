"""What somebody changed after DingTalk refused it: what is known of it is of before the change."""

from __future__ import annotations

from collections.abc import Collection

from dingbell.delivery import health
from dingbell.notify import routing
from dingbell.notify.models import Robot, Service
from dingbell.users import audit_log


def changed_after(service_id: int, moment_us: int) -> bool:
    change = audit_log.last_change("service", service_id)
    return change is not None and change.at_us > moment_us


def mended(lanes: Collection[str], now_us: int) -> set[str]:
    """Of these lanes in trouble those of a service that was changed after the last refusal."""
    refused = {key: one.error.at_us for key, one in health.of_lanes(lanes, now_us).items() if one.error}
    owners = list(Robot.objects.filter(budget_key__in=refused).values_list("budget_key", "service_id"))
    apps = Service.objects.exclude(client_id="").values_list("client_id", "id")
    owners += [(routing.account_lane(client_id), service_id) for client_id, service_id in apps]
    return {key for key, service_id in owners if key in refused and changed_after(service_id, refused[key])}
