"""What the system has to say of itself: to the services that people chose for it, else to every robot there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import structlog

from dingbell.channels.base import Message
from dingbell.notify import routing
from dingbell.notify.models import Service
from dingbell.pipeline.notices import NoticeKind, Notices
from dingbell.storage.writer import Task, Writer

log = structlog.get_logger(__name__)
_PEOPLE_A_SERVICE = 20  # one call


class SystemNotices:
    def __init__(
        self,
        notices: Notices,
        writer: Writer,
        closed: Callable[[Collection[str]], Collection[str]] = lambda lanes: (),
    ) -> None:
        """`closed(lanes)`: those through which nothing goes now; such a way is left out where there is another."""
        self._notices = notices
        self._writer = writer
        self._closed = closed
        self._told: Task[Message, list[int]] = Task("system_notice", self._tell)

    def tell(self, message: Message) -> list[int]:
        """Owe `message` by every way that is open, or by all where none is: the deliveries' ids.

        Raises StorageUnavailable.
        """
        return self._writer.submit(self._told, message).result()

    def owe(self, message: Message) -> list[int]:
        """`tell` inside the writer's transaction: what is remembered of it stands or falls with the notice."""
        ways = list(_ways())
        closed = set(self._closed({lane for _, _, lane in ways}))
        chosen = [way for way in ways if way[2] not in closed] or ways
        log.warning("system_notice", title=message.title, ways=len(chosen))
        receivers = [(service, receiver) for service, receiver, _ in chosen]
        return self._notices.owe(NoticeKind.SYSTEM, message, receivers, "")

    def _tell(self, messages: Sequence[Message]) -> list[list[int]]:
        return [self.owe(message) for message in messages]


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
