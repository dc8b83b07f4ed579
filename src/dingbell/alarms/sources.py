"""Where alarms come from, in numbers; and the sources as they were heard, which tells when one has fallen silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, Value
from django.db.models.functions import Concat

from dingbell.alarms.models import AlarmRow, SourceRow
from dingbell.storage import sql
from dingbell.storage.times import MINUTE

LONGEST_SILENCE = 30 * 24 * 60  # minutes
# What was heard is written down once a minute by each node: a source may have been heard that much later.
_UNWRITTEN_US = MINUTE + MINUTE // 2
_LATELY = 10_000
# Another node may have written a later moment.
_HEAR = (
    "INSERT INTO alarms_source (name, heard_us, token_id) VALUES (%s, %s, %s) ON CONFLICT (name) DO UPDATE"
    " SET heard_us = excluded.heard_us, token_id = excluded.token_id"
    " WHERE alarms_source.heard_us IS NULL OR alarms_source.heard_us < excluded.heard_us"
)
_HEAR_ALL = "UPDATE alarms_source SET heard_us = %s WHERE token_id IS NOT NULL AND token_id = %s AND heard_us < %s"


@dataclass(frozen=True, slots=True)
class Source:
    """`standing` are active or wait for somebody; `last_us` is None where nothing changed among the newest alarms.

    `heard_us` is its last sign of life, None where none was noted; for the rest see SourceRow.
    """

    name: str
    alarms: int
    standing: int
    last_us: int | None
    heard_us: int | None = None
    silent_minutes: int = 0
    silent_us: int | None = None


def seen() -> list[Source]:
    """Every source with an alarm or a limit, the one that reported last first. Reads two indexes, the newest alarms
    and the sources' own rows.
    """
    alarms = dict(AlarmRow.objects.order_by().values_list("source").annotate(Count("key")))
    # Not the column itself: SQLite without statistics would then go through all alarms in its order.
    named = AlarmRow.objects.filter(Q(active=True) | Q(acked=False)).order_by().values_list(Concat("source", Value("")))
    standing = dict(named.annotate(Count("id")))
    last: dict[str, int] = {}
    for name, order_us in AlarmRow.objects.order_by("-order_us", "-id").values_list("source", "order_us")[:_LATELY]:
        last.setdefault(name, order_us)
    rows = {row.name: row for row in SourceRow.objects.all()}
    nobody = SourceRow(silent_minutes=0)
    found = [
        Source(name, alarms.get(name, 0), standing.get(name, 0), last.get(name), row.heard_us, row.silent_minutes,
               row.silent_us)
        for name in alarms.keys() | {name for name, row in rows.items() if row.silent_minutes}
        if (row := rows.get(name, nobody))
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-(one.heard_us or one.last_us or 0), one.name))


@dataclass(frozen=True, slots=True)
class Watched:
    """A source that may be silent for `minutes` only; see SourceRow."""

    name: str
    minutes: int
    heard_us: int | None
    watched_us: int
    silent_us: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """`began`: sources that fell silent, and since when; `over`: those that are heard again, and when they were."""

    began: Mapping[str, int]
    over: Mapping[str, int]


def change(sources: Iterable[Watched], listening_us: int, now_us: int) -> Change:
    """What people are to be told of. Nobody is silent before we have listened that long: since `listening_us`. Pure."""
    began, over = {}, {}
    for one in sources:
        if one.silent_us is not None:
            if one.heard_us is not None and one.heard_us > one.silent_us:
                over[one.name] = one.heard_us
            continue
        since = max(one.heard_us or 0, one.watched_us)
        if now_us - max(since, listening_us) > one.minutes * MINUTE + _UNWRITTEN_US:
            began[one.name] = since
    return Change(began, over)


def watched() -> list[Watched]:
    rows = SourceRow.objects.filter(silent_minutes__gt=0).order_by("name")
    return [Watched(*row) for row in rows.values_list("name", "silent_minutes", "heard_us", "watched_us", "silent_us")]


def silent() -> list[Watched]:
    """Those that people were told of, the longest silent first."""
    return sorted((one for one in watched() if one.silent_us is not None), key=lambda one: (one.silent_us, one.name))


def hear(sources: Mapping[str, tuple[int, int | None]], tokens: Mapping[int, int]) -> None:
    """Write down when each source was heard and by which token, and signs of life by token. In a transaction."""
    sql.execute_many(_HEAR, [(name, us, token) for name, (us, token) in sorted(sources.items())])
    sql.execute_many(_HEAR_ALL, [(us, token, us) for token, us in sorted(tokens.items())])


def note(what: Change) -> Change:
    """Remember it; what is left of it when another process was faster. In the writer's transaction."""
    began = {
        name: since
        for name, since in what.began.items()
        if sql.execute("UPDATE alarms_source SET silent_us = %s WHERE name = %s AND silent_us IS NULL", [since, name])
    }
    over = {
        name: us
        for name, us in what.over.items()
        if sql.execute("UPDATE alarms_source SET silent_us = NULL WHERE name = %s AND silent_us IS NOT NULL", [name])
    }
    return Change(began, over)


def limit(name: str, minutes: int, now_us: int) -> int:
    """Let `name` be silent for so many minutes, 0 as long as it likes; what it was before. In a transaction."""
    row, _made = SourceRow.objects.select_for_update().get_or_create(name=name)
    before = row.silent_minutes
    if minutes != before:
        row.silent_minutes, row.watched_us, row.silent_us = minutes, now_us, None
        row.save(update_fields=["silent_minutes", "watched_us", "silent_us"])
    return before


def find(name: str) -> Source:
    """As `seen` tells it, whether it ever reported anything or not."""
    return next((one for one in seen() if one.name == name), Source(name, 0, 0, None))
