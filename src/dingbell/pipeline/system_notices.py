"""What the system has to say of itself: to the services that people chose for it, else to every robot there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import structlog

from dingbell.channels.base import Message
from dingbell.notify import routing
from dingbell.notify.models import Service
from dingbell.pipeline.notices import NoticeKind, Notices

log = structlog.get_logger(__name__)
_PEOPLE_A_SERVICE = 20  # one call


class SystemNotices:
    def __init__(self, notices: Notices, holds: Callable[[str], bool] = lambda lane: False) -> None:
        """`holds(lane)`: nothing goes there now; such a way is left out where there is another."""
        self._notices = notices
        self._holds = holds

    def tell(self, message: Message) -> list[int]:
        """Owe `message` by every way that is open, or by all where none is: the deliveries' ids.

        Raises StorageUnavailable.
        """
        ways = list(_ways())
        open_ways = [way for way in ways if not self._holds(way[2])]
        log.warning("system_notice", title=message.title, ways=len(open_ways or ways))
        return [
            self._notices.send(NoticeKind.SYSTEM, message, service_id, receiver, "")
            for service_id, receiver, _ in open_ways or ways
        ]


def _ways() -> Iterator[tuple[int, dict[str, int], str]]:
    """(service, receiver, lane), each lane's receiver once."""
    services = Service.objects.filter(enabled=True).prefetch_related("robots")
    chosen = [service for service in services if service.tells_system]
    seen: set[str] = set()
    for service in chosen or services:
        if service.send_to_robots:
            for robot in service.robots.all():
                if robot.budget_key not in seen:
                    seen.add(robot.budget_key)
                    yield service.id, {"robot": robot.id}, robot.budget_key
        if service.send_to_accounts and (service.tells_system or not service.send_to_robots):
            lane = routing.account_lane(service.client_id)
            for account in service.accounts.all()[:_PEOPLE_A_SERVICE]:
                yield service.id, {"account": account.id}, lane
