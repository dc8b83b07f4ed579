"""What the system has to say of itself: to the services that people chose for it, else to every robot there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import structlog

from dingbell.channels.base import Message
from dingbell.notify import routing
from dingbell.notify.models import Service, ServiceType
from dingbell.pipeline.notices import NoticeKind, Notices
from dingbell.storage.writer import Task, Writer

log = structlog.get_logger(__name__)
_PEOPLE_A_SERVICE = 20  # one call


@dataclass(frozen=True, slots=True)
class Way:
    """A receiver with its lane. Ways of one `group` reach the same people; `spare`: only where no other is open."""

    service_id: int
    receiver: dict[str, int]
    lane: str
    group: str
    spare: bool = False


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

    def owe(self, message: Message, never: Collection[str] = ()) -> list[int]:
        """`tell` inside the writer's transaction: what is remembered of it stands or falls with the notice.

        Nothing goes by a lane of `never`, even where there is no other.
        """
        ways = [way for way in _ways() if way.lane not in never]
        closed = set(self._closed({way.lane for way in ways}))
        chosen = choose(ways, closed)
        log.warning("system_notice", title=message.title, ways=len(chosen))
        return self._notices.owe(NoticeKind.SYSTEM, message, [(way.service_id, way.receiver) for way in chosen], "")

    def _tell(self, messages: Sequence[Message]) -> list[list[int]]:
        return [self.owe(message) for message in messages]


def choose(ways: Sequence[Way], closed: Collection[str]) -> list[Way]:
    """One for each group of people: of those that are open; of the spare ones where no other is; of all where none is.

    Pure.
    """
    open_ways = [way for way in ways if way.lane not in closed]
    usual = [way for way in open_ways if not way.spare]
    return list({way.group: way for way in reversed(usual or open_ways or ways)}.values())[::-1]


def _ways() -> Iterator[Way]:
    services = Service.objects.filter(enabled=True).prefetch_related("robots")
    chosen = [service for service in services if service.tells_system]
    for service in chosen or services:
        spare = not chosen and service.type == ServiceType.APPRISE  # an SMS costs money
        if service.send_to_robots:
            for robot in service.robots.all():
                yield Way(service.id, {"robot": robot.id}, robot.budget_key, routing.lane_of(robot), spare)
        if service.send_to_accounts and (service.tells_system or not service.send_to_robots):
            lane = routing.account_lane(service.client_id)
            for account in service.accounts.all()[:_PEOPLE_A_SERVICE]:
                yield Way(service.id, {"account": account.id}, lane, f"{lane}/{account.user_id}", spare)
