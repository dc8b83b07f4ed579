"""The health of notification services: of each robot, of the app, and of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dingbell.delivery import health
from dingbell.delivery.health import UNUSED, Condition, Health, Refusal
from dingbell.notify import routing
from dingbell.notify.models import Robot, Service

_WORST_FIRST = (Condition.REFUSED, Condition.FAILING, Condition.HELD, Condition.OK, Condition.UNUSED)


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """`robots` by id; `app` is None while the service sends to no accounts."""

    robots: Mapping[int, Health]
    app: Health | None

    @property
    def all(self) -> list[Health]:
        return [*self.robots.values(), *([self.app] if self.app else [])]

    @property
    def condition(self) -> Condition:
        """The worst of its parts."""
        there = {one.condition for one in self.all}
        return next((one for one in _WORST_FIRST if one in there), Condition.UNUSED)

    @property
    def success_us(self) -> int | None:
        return max((one.success_us for one in self.all if one.success_us is not None), default=None)

    @property
    def error(self) -> health.Error | None:
        """Of the parts that are not well now, the newest one."""
        ill = (one.error for one in self.all if one.condition not in (Condition.OK, Condition.UNUSED))
        return max((error for error in ill if error is not None), key=lambda error: error.at_us, default=None)

    @property
    def held_until_us(self) -> int | None:
        """When the first of its parts that DingTalk does not listen to is heard again."""
        return min((one.held_until_us for one in self.all if one.held_until_us is not None), default=None)

    @property
    def refusal(self) -> Refusal | None:
        """Of its parts the one that is refused for the longest."""
        there = (one.refusal for one in self.all if one.refusal is not None)
        return min(there, key=lambda refusal: refusal.since_us, default=None)


def of_services(services: Sequence[Service], now_us: int) -> dict[int, ServiceHealth]:
    """By id, in a few queries for all of them; their `robots` should be prefetched."""
    lanes = {robot.budget_key for service in services for robot in _robots(service)}
    lanes |= {routing.account_lane(service.client_id) for service in services if service.send_to_accounts}
    found = health.of_lanes(lanes, now_us)
    return {
        service.id: ServiceHealth(
            robots={robot.id: found.get(robot.budget_key, UNUSED) for robot in _robots(service)},
            app=found[routing.account_lane(service.client_id)] if service.send_to_accounts else None,
        )
        for service in services
    }


def _robots(service: Service) -> list[Robot]:
    return list(service.robots.all()) if service.send_to_robots else []
