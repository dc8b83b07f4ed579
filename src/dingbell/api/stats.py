"""`/api/v1/stats`: how things stand, in numbers."""

from __future__ import annotations

import msgspec
from django.http import HttpResponse
from ninja import Router

from dingbell.alarms import listing
from dingbell.api.bodies import answer
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.delivery import records
from dingbell.storage.times import SECOND, now_us
from dingbell.users.roles import Scope

router = Router(tags=["stats"])


class StatsAnswer(msgspec.Struct, kw_only=True):
    """`oldest_pending_s`: for how long the oldest delivery that is not settled has been waiting, null when none is."""

    alarms: dict[str, int]
    deliveries: dict[str, int]
    oldest_pending_s: float | None


@router.get("", **operation(Scope.ALARMS_READ, "统计", answer=StatsAnswer))
def stats(request: ApiRequest) -> HttpResponse:
    """Alarms and deliveries by state."""
    oldest_us = records.oldest_open_us()
    return answer(
        StatsAnswer(
            alarms={state.value: count for state, count in listing.counts().items()},
            deliveries=records.counts(),
            oldest_pending_s=None if oldest_us is None else (now_us() - oldest_us) / SECOND,
        )
    )
