"""What the worker asks `claim` to write: each a task's input."""

from __future__ import annotations

from dataclasses import dataclass, field

from dingbell.channels.base import Result
from dingbell.delivery.budget import Limit
from dingbell.delivery.models import DeliveryState, SendKind
from dingbell.delivery.retry import Decision, Sent


@dataclass(frozen=True, slots=True)
class Freeze:
    """Begin a send: from here on it is repeated byte for byte. `deliveries` are all still pending.

    `created_us` is when the oldest of them was owed: the send is given up by its age. `remark` and `fault` say what
    people should know of its words. `credential` is what its call counts against, with `limit`; `accounts` are the
    people it goes to. `tagged` deliveries were given the send's id before (`Tag`), the last ones come with it.
    """

    lane: str
    lease: str
    send_id: str
    service_id: int
    robot_id: int | None
    body: str
    deliveries: tuple[int, ...]
    created_us: int
    at_us: int
    remark: str = ""
    fault: str = ""
    kind: SendKind = SendKind.SINGLE
    credential: str = ""
    limit: Limit | None = None
    accounts: tuple[int, ...] = ()
    mended: str = ""
    tagged: int = 0


@dataclass(frozen=True, slots=True)
class Tag:
    """Give some of a large digest's deliveries its id, before it is frozen."""

    lane: str
    lease: str
    send_id: str
    deliveries: tuple[int, ...]
    at_us: int


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Note that a frozen send is tried once more, before it is."""

    lane: str
    lease: str
    send_id: str
    at_us: int
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    """What the call brought, for the whole send and for those receivers whose own result differs.

    `hold_until_us`: its credential takes nothing before, 0 where that does not follow. `configuration` is the version
    the call was made under; `was_troubled`: the credential was in trouble before. `receipts`: it is asked later who has
    read it.
    """

    lane: str
    lease: str
    send_id: str
    attempt_id: int
    result: Result
    decision: Decision
    deliveries: tuple[int, ...]
    at_us: int
    apart: dict[int, tuple[Result, Decision]] = field(default_factory=dict)
    credential: str = ""
    service_id: int = 0
    hold_until_us: int = 0
    configuration: int = 0
    was_troubled: bool = False
    receipts: bool = False
    is_digest: bool = False

    @property
    def taken_by_all(self) -> bool:
        return isinstance(self.decision, Sent) and not self.apart


@dataclass(frozen=True, slots=True)
class Settle:
    """End deliveries without a call: their receiver is gone, their message cannot be made, or they are stale."""

    deliveries: tuple[int, ...]
    state: DeliveryState
    reason: str
    send_id: str = ""


@dataclass(frozen=True, slots=True)
class GoOn:
    """What a call brought and the next send of the lane in one transaction, so that a lane pays for one a message."""

    finish: Finish
    freeze: Freeze


@dataclass(frozen=True, slots=True)
class Conclude:
    """Go on with what a large digest stood for, where `finish` began."""

    send_id: str
    decision: Decision
    at_us: int


@dataclass(frozen=True, slots=True)
class Defer:
    """Their message could not be made this time: it is tried once more at `due_us`."""

    deliveries: tuple[int, ...]
    due_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Move:
    """The robot's webhook or pool was replaced: what it still owes goes to the new one's lane."""

    deliveries: tuple[int, ...]
    lane: str
    dissolve: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing of the lane goes before `until_us` by our own choice; `reason` is what its deliveries give for that."""

    lane: str
    until_us: int
    reason: str


@dataclass(frozen=True, slots=True)
class Repair:
    """See to what a crash left half done in a lane that nobody else serves."""

    lane: str
    lease: str
    at_us: int
