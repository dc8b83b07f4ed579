"""Sends that were begun and stand for nothing any more: what they stood for was ended or moved by somebody else.

They would be repeated when the lane has work again. What a lane's own deliveries lack is mended by claim.repair, a
dead node's lease ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from dingbell.storage import sql

_DISSOLVE = (
    "UPDATE delivery_send SET state = 'dissolved' WHERE state = 'frozen' AND due_us < %s AND NOT EXISTS"
    " (SELECT 1 FROM delivery_delivery d WHERE d.send_id = delivery_send.id AND NOT (d.send_id = '')"
    " AND d.state IN ('pending', 'sending'))"
)


def dissolve(moments: Sequence[int]) -> list[int]:
    """How many sends that were due before each moment stood for nothing. A task for the writer."""
    return [sql.execute(_DISSOLVE, [before_us]) for before_us in moments]
