"""`/api/v1/silences`: notifications withheld for a time (静默、检修)."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from msgspec.structs import asdict
from ninja import Query, Router, Schema

from dingbell.api import examples
from dingbell.api.bodies import answer, read
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.paging import USUAL_LIMIT, Cursor, Limit, after, page
from dingbell.delivery import withheld
from dingbell.notify.models import Silence
from dingbell.notify.silences import silences
from dingbell.notify.silences.silences import SilenceAnswer, SilenceInput
from dingbell.storage.times import now_us
from dingbell.users.roles import Scope

router = Router(tags=["silences"])
_READ, _WRITE = Scope.ALARMS_READ, Scope.ALARMS_WRITE


class SilenceRecord(SilenceAnswer, kw_only=True):
    """`withheld`: how many deliveries it kept back, 1000 for that many or more (`/deliveries?silence=`)."""

    withheld: int


class SilenceQuery(Schema):
    over: bool | None = None


@router.get("", **operation(_READ, "静默列表", pages=SilenceRecord))
def list_silences(
    request: ApiRequest, query: Query[SilenceQuery], limit: Limit = USUAL_LIMIT, cursor: Cursor = ""
) -> HttpResponse:
    """Newest first. `over=false` gives those that withhold something now or will."""
    found = silences.everything()
    if query.over is not None:
        standing = silences.standing(now_us())
        found = found.exclude(standing) if query.over else found.filter(standing)
    if place := after(cursor):
        found = found.filter(id__lt=place[0])
    return page(_records(found[: limit + 1]), limit, lambda one: [one.id], lambda one: one)


@router.post(
    "", **operation(_WRITE, "静默", body=SilenceInput, example=examples.SILENCE, answer=SilenceRecord, status=201)
)
def create_silence(request: ApiRequest) -> HttpResponse:
    """Required: `reason` and `until`. Alarms go on; what would be told of them is withheld and listed.

    When it is over, what still holds is sent: of an alarm that is active the newest message of each rule to each
    receiver, of one that was announced before and is over now its recovery.
    """
    made = silences.create(read(request, SilenceInput), request.auth.name, now_us())
    return answer(SilenceRecord(**asdict(made), withheld=0), 201)


@router.get("/{int:silence_id}", **operation(_READ, "一个静默", answer=SilenceRecord))
def get_silence(request: ApiRequest, silence_id: int) -> HttpResponse:
    return answer(_records([silences.find(silence_id)])[0])


@router.post("/{int:silence_id}/end", **operation(_WRITE, "提前结束静默", answer=SilenceRecord))
def end_silence(request: ApiRequest, silence_id: int) -> HttpResponse:
    """409 when it is over already."""
    silences.end(silence_id, request.auth.name, now_us())
    return answer(_records([silences.find(silence_id)])[0])


def _records(found: Iterable[Silence]) -> list[SilenceRecord]:
    rows = list(found)
    counts = withheld.counts(row.id for row in rows)
    return [SilenceRecord(**asdict(silences.describe(row)), withheld=counts[row.id]) for row in rows]
