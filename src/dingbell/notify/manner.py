"""What the block of a delivery asks for beside the message itself."""

from __future__ import annotations

from enum import IntFlag


class Manner(IntFlag):
    """0 asks nothing and costs nothing.

    UNLESS_…: nothing goes once that happened meanwhile. IF_TOLD: a recovery only to who was told of the alarm.
    GATHERED: goes as part of a digest when its window ends. FALLBACK: the block has other ways when this one fails.
    RECALL: taken back from people's chats when the alarm clears. RECEIPTS: DingTalk is asked who has read it.
    """

    UNLESS_CLEARED = 1
    UNLESS_ACKED = 2
    UNLESS_SHELVED = 4
    IF_TOLD = 8
    GATHERED = 16
    FALLBACK = 32
    RECALL = 64
    RECEIPTS = 128
