"""What a monitoring system asks of this process (/metrics): counted where it happens, since the process started."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Histogram

from dingbell.channels.base import Result, Verdict
from dingbell.delivery.models import SendKind

TRANSITIONS = Counter("dingbell_transitions", "Events that changed an alarm", ["kind"])
CALLS = Counter("dingbell_calls", "Calls to DingTalk by what they brought", ["channel", "verdict", "code"])
DIGESTS = Counter("dingbell_digests", "Digests that were taken", ["channel"])
EXPIRED = Counter("dingbell_expired", "Deliveries that waited too long to be told alone")
FALLBACKS = Counter("dingbell_fallbacks", "Deliveries owed in place of one that failed")
SECONDS_TO_ANSWER = Histogram(
    "dingbell_delivery_seconds",
    "From the receipt of the event (of a digest: of its oldest) to the answer that took its message",
    ["channel"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
)


def transitions(by_kind: Mapping[str, int]) -> None:
    for kind, count in by_kind.items():
        TRANSITIONS.labels(kind).inc(count)


def call_ended(channel: str, result: Result, seconds_since_owed: float, kind: str) -> None:
    """`channel` is `robot`, `account` or `other`, `kind` a SendKind. Codes are DingTalk's own, a few dozen; without an
    answer there is none.
    """
    CALLS.labels(channel, result.verdict.value, _bounded(result.code or "")).inc()
    if result.verdict is Verdict.SENT:
        SECONDS_TO_ANSWER.labels(channel).observe(max(0.0, seconds_since_owed))
        if kind == SendKind.DIGEST:
            DIGESTS.labels(channel).inc()


def asked(channel: str, result: Result) -> None:
    """A call that sends nothing: `receipt` or `recall`."""
    CALLS.labels(channel, result.verdict.value, _bounded(result.code or "")).inc()


def _bounded(code: str) -> str:
    """Whoever answers in DingTalk's place may make up codes: each would be a series of its own for ever."""
    if code not in _codes and len(_codes) < _MOST_CODES and len(code) <= _LONGEST_CODE:
        _codes.add(code)
    return code if code in _codes else "other"


_MOST_CODES, _LONGEST_CODE = 200, 80
_codes: set[str] = set()
