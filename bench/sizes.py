"""How long and how much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Seconds and counts of every part. A round measures each side once."""

    rounds: int
    warm_s: float
    load_s: float
    level_s: float  # each of the lower numbers of connections
    burst: int  # new alarms that are followed to the last notification
    bursts: int
    latencies: int
    matches: int
    rules: tuple[int, ...]
    idle_s: float
    alarms: int
    settle_s: float
    pending: int
    restarts: int
    drain_s: float
    receivers: int
    told: int  # alarms that every receiver is told of
    storm: int  # alarms
    history: int  # events of the year behind the pages


FULL = Size(
    rounds=5, warm_s=1, load_s=2, level_s=1, burst=2_000, bursts=3,
    latencies=300, matches=20_000, rules=(10, 1_000, 10_000),
    idle_s=10, alarms=100_000, settle_s=5, pending=100_000, restarts=3, drain_s=4,
    receivers=1_000, told=20, storm=10_000,
    history=500_000,
)  # fmt: skip
QUICK = Size(
    rounds=1, warm_s=1, load_s=2, level_s=0.5, burst=1_000, bursts=1,
    latencies=100, matches=5_000, rules=(10, 1_000, 10_000),
    idle_s=3, alarms=20_000, settle_s=2, pending=20_000, restarts=1, drain_s=2,
    receivers=1_000, told=5, storm=10_000,
    history=50_000,
)  # fmt: skip
SMOKE = Size(
    rounds=1, warm_s=0.1, load_s=0.3, level_s=0.1, burst=50, bursts=1,
    latencies=10, matches=100, rules=(10, 100),
    idle_s=0.1, alarms=1_000, settle_s=0.1, pending=2_000, restarts=1, drain_s=0.3,
    receivers=50, told=2, storm=15,
    history=1_000,
)  # fmt: skip
