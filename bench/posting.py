"""Many alarms raised once each, in batches, as fast as they are taken."""

from __future__ import annotations

from collections.abc import Sequence

from bench.load import Connection, Side
from bench.plant import BATCH


def post_all(side: Side, alarms: int, *, events: int = BATCH, connections: int = 4) -> None:
    """Every alarm below `alarms`, `events` a post. Raises BenchFailed when one is not taken."""
    batches = [range(first, min(first + events, alarms)) for first in range(0, alarms, events)]
    shares = [batches[first::connections] for first in range(min(connections, len(batches)))]
    made = [Connection(side.port, [_request(side, batch) for batch in share]) for share in shares]
    try:
        for turn in range(len(shares[0])):
            asked = [one for one, share in zip(made, shares, strict=True) if turn < len(share)]
            for connection in asked:
                connection.socket.setblocking(True)
                connection.ask()
            for connection in asked:
                while not connection.answered():
                    pass
    finally:
        for connection in made:
            connection.socket.close()


def _request(side: Side, numbers: Sequence[int]) -> bytes:
    return side.request([(number, True) for number in numbers])
