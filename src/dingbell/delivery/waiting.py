"""A delivery that waits, as the plan sees it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from dingbell.channels.dingtalk.mending import WAYS
from dingbell.notify.manner import Manner
from dingbell.notify.rules.timing import PUT_OFF

ANY = (0, 0)
Turn = tuple[int, int | None, tuple[int, int]]  # alarm, account, the block by its rule and place


@dataclass(frozen=True, slots=True)
class Waiting:
    """The columns of delivery.models.Delivery.

    `remark` says how its message was mended where DingTalk refused it as it was.
    """

    id: int
    event_id: int
    service_id: int
    robot_id: int | None
    account_id: int | None
    due_us: int
    created_us: int
    message_id: int | None = None
    personal: bool = False
    notice_id: int | None = None
    alarm_id: int = 0
    kind: str = ""
    priority: int = 2
    manner: int = 0
    remark: str = ""
    reason: str = ""
    repetition: int = 0
    send_id: str = ""
    rule_id: int = 0
    block: int = 0

    def asks(self, manner: Manner) -> bool:
        """Whether its block asks for any of it. Flags are compared as numbers: of themselves that takes 4 µs."""
        return self.manner != 0 and self.manner & manner.value != 0

    @property
    def way(self) -> str:
        """How its message is mended (channels.dingtalk.mending), "" not at all."""
        return self.remark if self.remark in WAYS else ""

    @property
    def turn(self) -> Turn:
        """What comes after it waits for it; what its block put off keeps only that block's messages back."""
        is_put_off = self.reason in PUT_OFF and not self.send_id
        return self.alarm_id, self.account_id, (self.rule_id, self.block) if is_put_off else ANY

    def waits_for(self, turns: Collection[Turn]) -> bool:
        """Whether something of its alarm has to go before it."""
        alarm, account = self.alarm_id, self.account_id
        return alarm > 0 and ((alarm, account, ANY) in turns or self.own_turn in turns)

    @property
    def own_turn(self) -> Turn:
        """Of its block alone."""
        return self.alarm_id, self.account_id, (self.rule_id, self.block)

    @property
    def since_us(self) -> int:
        """Since when it could go: what its block put off was only due then."""
        return max(self.created_us, self.due_us) if self.reason in PUT_OFF else self.created_us

    def says_the_same(self, other: Waiting) -> bool:
        """Whether one message can stand for both."""
        return self.event_id == other.event_id and self.content == other.content

    @property
    def content(self) -> tuple[object, ...]:
        """What one message can say: deliveries that differ in it never share a call, nor does a link of one's own."""
        own = self.account_id if self.personal else None
        return (
            self.event_id, self.notice_id, self.service_id, self.message_id, own, self.repetition, self.way,
        )  # fmt: skip
