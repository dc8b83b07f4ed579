"""What a monitoring system asks of this process (/metrics): counted where it happens, since the process started."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Histogram

from dingbell.channels.base import Result, Verdict

TRANSITIONS = Counter("dingbell_transitions", "Events that changed an alarm", ["kind"])
CALLS = Counter("dingbell_calls", "Calls to DingTalk by what they brought", ["channel", "verdict", "code"])
SECONDS_TO_ANSWER = Histogram(
    "dingbell_delivery_seconds",
    "From the moment a delivery was owed to the answer that took it",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
)


def transitions(by_kind: Mapping[str, int]) -> None:
    for kind, count in by_kind.items():
        TRANSITIONS.labels(kind).inc(count)


def call_ended(channel: str, result: Result, seconds_since_owed: float) -> None:
    """`channel` is `robot` or `account`. Codes are DingTalk's own, a few dozen; without an answer there is none."""
    CALLS.labels(channel, result.verdict.value, result.code or "").inc()
    if result.verdict is Verdict.SENT:
        SECONDS_TO_ANSWER.labels(channel).observe(max(0.0, seconds_since_owed))
