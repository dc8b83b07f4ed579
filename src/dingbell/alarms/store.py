"""The SQL of the hot path for alarms and their journal. Runs inside the writer's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import structlog

from dingbell.alarms.alarm import AckMode, Alarm, EventKind, Priority, State, Transition
from dingbell.storage import sql

Identity = tuple[str, str]
log = structlog.get_logger(__name__)

_COLUMNS = Alarm.__struct_fields__
_JSON = frozenset({"value", "limit", "labels"})
_QUOTED = ", ".join(f'"{column}"' for column in _COLUMNS)
_SELECT_OF = f"SELECT {_QUOTED} FROM"
_SELECT = f"{_SELECT_OF} alarms_alarm"
_INSERT = f"INSERT INTO alarms_alarm ({_QUOTED}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"
_CHANGING = _COLUMNS[3:]  # after id, source and key
_UPDATE = "UPDATE alarms_alarm SET " + ", ".join(f'"{column}" = %s' for column in _CHANGING) + " WHERE id = %s"
# What coming and going changes; the rest stays as it is for most of an alarm's reports.
_MOVING = (
    "value", "active", "acked", "raised_us", "cleared_us", "said_active_us", "said_cleared_us", "order_us",
    "occurrences", "acked_us", "acked_by", "ack_note", "expires_us", "expired",
)  # fmt: skip
_resting = attrgetter(*(column for column in _CHANGING if column not in _MOVING))
_moving = attrgetter(*_MOVING[1:])
_MOVE = "UPDATE alarms_alarm SET " + ", ".join(f'"{column}" = %s' for column in _MOVING) + " WHERE id = %s"
_APPEND = (
    "INSERT INTO alarms_event (id, alarm_id, kind, time_us, received_us, entered, priority_rose, actor, note,"
    " configuration, snapshot) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_SELECT_EVENT = "SELECT id, kind, snapshot, time_us, entered, priority_rose, actor, note FROM alarms_event"
_CHUNK = 400  # identities a query: SQLite's default limit is 999 parameters on old builds

_encode = msgspec.json.encode
_decode = msgspec.json.decode
_snapshot = msgspec.json.Decoder(Alarm)


def snapshot(alarm: Alarm) -> str:
    """The alarm as JSON for the journal."""
    return _encode(alarm).decode()


def restore(text: str) -> Alarm:
    """The alarm of a journal entry. Raises msgspec.ValidationError for a text that is none."""
    return _snapshot.decode(text)


def fetch(identities: Sequence[Identity], *, lock: bool = False) -> dict[Identity, Alarm]:
    """The alarms known under these identities. `lock` takes their rows in key order (PostgreSQL).

    That order is Python's, by code point, whatever language the database sorts in: two nodes must agree on it.
    """
    found: dict[Identity, Alarm] = {}
    tail = ' ORDER BY source COLLATE "C", "key" COLLATE "C" FOR UPDATE OF alarms_alarm' if lock else ""
    ordered = sorted(identities) if lock else identities
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        pairs = ", ".join(["(%s, %s)"] * len(chunk))
        # A join: for `(source, key) IN (VALUES …)` SQLite reads the whole table.
        statement = f'{_SELECT_OF} (VALUES {pairs}) AS v JOIN alarms_alarm ON source = v.column1 AND "key" = v.column2'
        for row in sql.rows(statement + tail, [part for identity in chunk for part in identity]):
            alarm = from_row(row)
            found[alarm.source, alarm.key] = alarm
    return found


def fetch_by_id(ids: Sequence[int]) -> dict[int, Alarm]:
    found: dict[int, Alarm] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        found |= {row[0]: from_row(row) for row in sql.rows(f"{_SELECT} WHERE id IN ({sql.marks(chunk)})", chunk)}
    return found


def reserve(identities: Sequence[Identity], ids: Sequence[int]) -> None:
    """Put empty rows for new identities, in key order, so that two nodes cannot make the same alarm twice."""
    fresh = sorted((source, key, id_) for (source, key), id_ in zip(identities, ids, strict=True))
    rows = [_row(Alarm(id=id_, source=source, key=key)) for source, key, id_ in fresh]
    sql.execute_many(_INSERT + ' ON CONFLICT (source, "key") DO NOTHING', rows)


def insert(alarms: Iterable[Alarm]) -> None:
    """Alarms that have no row yet."""
    sql.insert_many(_INSERT, [_row(alarm) for alarm in alarms])


def update(changed: Iterable[tuple[Alarm, Alarm]]) -> None:
    """Alarms as their rows have them, and as they are. Cheaper than an upsert: no index of identities is touched."""
    moved, other = [], []
    for before, alarm in changed:
        if _resting(before) == _resting(alarm):
            moved.append((_encode(alarm.value).decode(), *_moving(alarm), alarm.id))
        else:
            other.append((*_row(alarm)[3:], alarm.id))
    for statement, rows in ((_MOVE, moved), (_UPDATE, other)):
        if rows:
            sql.execute_many(statement, rows)


def append(rows: Sequence[tuple[Any, ...]]) -> None:
    """Journal entries, in the order of the columns of `alarms_event`."""
    sql.insert_many(_APPEND, rows)


def journaled(event_id: int) -> Transition:
    """What happened, as the journal has it. Raises LookupError for an event that is not there."""
    row = sql.row(f"{_SELECT_EVENT} WHERE id = %s", [event_id])
    if row is None:
        raise LookupError(event_id)
    return _happened(row)


def journaled_among(event_ids: Sequence[int]) -> dict[int, Transition]:
    """What happened, by event, in their order; events that are not there or cannot be read are left out."""
    found: dict[int, Transition] = {}
    for start in range(0, len(event_ids), _CHUNK):
        chunk = event_ids[start : start + _CHUNK]
        for row in sql.rows(f"{_SELECT_EVENT} WHERE id IN ({sql.marks(chunk)}) ORDER BY id", chunk):
            try:
                found[row[0]] = _happened(row)
            except (ValueError, TypeError, msgspec.MsgspecError) as error:
                log.error("event_unreadable", id=row[0], error=type(error).__name__)
    return found


def _happened(row: Sequence[Any]) -> Transition:
    _, kind, text, time_us, entered, rose, actor, note = row
    return Transition(
        kind=EventKind(kind), alarm=restore(text), time_us=time_us, entered=State(entered) if entered else None,
        priority_rose=bool(rose), actor=actor, note=note,
    )  # fmt: skip


def any_may_expire() -> bool:
    return sql.row("SELECT 1 FROM alarms_alarm WHERE expires_us IS NOT NULL LIMIT 1") is not None


def repeating() -> list[Alarm]:
    """Active alarms whose source has to repeat them."""
    return [from_row(row) for row in sql.rows(f"{_SELECT} WHERE expires_us IS NOT NULL")]


def due_to_expire(now_us: int, limit: int) -> list[Alarm]:
    """Active alarms whose source should have repeated them by now, the longest overdue first."""
    found = sql.rows(f"{_SELECT} WHERE expires_us <= %s ORDER BY expires_us LIMIT %s", [now_us, limit])
    return [from_row(row) for row in found]


def any_shelved_until(now_us: int) -> bool:
    """Whether the time of some shelved alarm is over."""
    return sql.row("SELECT 1 FROM alarms_alarm WHERE shelved_until_us <= %s LIMIT 1", [now_us]) is not None


def shelved_until(now_us: int, limit: int) -> list[Alarm]:
    """Shelved alarms whose time is over, the longest overdue first."""
    found = sql.rows(f"{_SELECT} WHERE shelved_until_us <= %s ORDER BY shelved_until_us LIMIT %s", [now_us, limit])
    return [from_row(row) for row in found]


def stale(before_us: int, limit: int) -> list[Alarm]:
    """Unacknowledged alarms raised before, or if they are over, cleared before; the one that changed first first."""
    found = sql.rows(
        f"{_SELECT} WHERE (active OR NOT acked) AND NOT acked"  # the first as the index `alarms_standing` has it
        " AND CASE WHEN active THEN raised_us ELSE cleared_us END <= %s ORDER BY order_us, id LIMIT %s",
        [before_us, limit],
    )
    return [from_row(row) for row in found]


def postpone_expiry(by_us: int) -> None:
    """Give every repeating source `by_us` more: time in which nothing could be heard does not count."""
    sql.execute("UPDATE alarms_alarm SET expires_us = expires_us + %s WHERE expires_us IS NOT NULL", [by_us])


def _row(alarm: Alarm) -> list[Any]:
    values = list(msgspec.structs.astuple(alarm))
    for position in _JSON_POSITIONS:
        values[position] = _encode(values[position]).decode()
    values[_ACK_MODE] = alarm.ack_mode.value
    values[_PRIORITY] = int(alarm.priority)
    return values


def from_row(row: Sequence[Any]) -> Alarm:
    """An alarm from a row with the columns of `Alarm`, in its order."""
    values = dict(zip(_COLUMNS, row, strict=True))
    for column in _JSON:
        values[column] = _decode(values[column])
    values["priority"] = Priority(values["priority"])
    values["ack_mode"] = AckMode(values["ack_mode"])
    for column in ("active", "acked", "expired"):
        values[column] = bool(values[column])
    return Alarm(**values)


_JSON_POSITIONS = tuple(_COLUMNS.index(column) for column in sorted(_JSON))
_ACK_MODE = _COLUMNS.index("ack_mode")
_PRIORITY = _COLUMNS.index("priority")
