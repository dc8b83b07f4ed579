"""Silences as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dingbell.delivery import withheld
from dingbell.delivery.withheld import MOST_COUNTED
from dingbell.notify.models import Silence
from dingbell.storage.times import from_us


@dataclass(frozen=True, slots=True)
class ShownSilence:
    """`withheld` is "" for none. `released` is None while what it withheld is not seen to."""

    id: int
    place: str
    reason: str
    who: str
    start: datetime
    until: datetime
    ended: datetime | None
    ended_by: str
    withheld: str
    released: bool
    sent_again: int


def shown(found: Iterable[Silence]) -> list[ShownSilence]:
    rows = list(found)
    counts = withheld.counts(row.id for row in rows)
    return [
        ShownSilence(
            id=row.id,
            place=place(row),
            reason=row.reason,
            who=row.created_by,
            start=from_us(row.start_us),
            until=from_us(row.until_us),
            ended=None if row.ended_us is None or row.ended_us >= row.until_us else from_us(row.ended_us),
            ended_by=row.ended_by,
            withheld=_number(counts[row.id]),
            released=row.released_us is not None,
            sent_again=row.sent_again,
        )
        for row in rows
    ]


def place(silence: Silence) -> str:
    if silence.area:
        return _("区域 %(area)s") % {"area": silence.area}
    if silence.path:
        return _("路径 %(path)s") % {"path": silence.path}
    return _("全厂")


def fingerprint(found: Iterable[ShownSilence]) -> str:
    """Another text when anything that a page shows of them changed."""
    return f"{hash(tuple((one.id, one.ended, one.withheld, one.released, one.sent_again) for one in found)):x}"


def _number(count: int) -> str:
    if count == 0:
        return ""
    return str(count) if count < MOST_COUNTED else f"{MOST_COUNTED - 1}+"
