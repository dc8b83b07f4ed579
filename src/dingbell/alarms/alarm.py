"""An alarm, what a source reports of it, and the words for its states (design §2; ISA-18.2, IEC 62682)."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

Value = float | int | str | bool | None


class Priority(IntEnum):
    """Stored as a number so that "at least high" is a comparison; spoken and sent by its name."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


PRIORITY_BY_WORD = {priority.word: priority for priority in Priority} | {
    "紧急": Priority.CRITICAL,
    "高": Priority.HIGH,
    "中": Priority.MEDIUM,
    "低": Priority.LOW,
}


class AckMode(StrEnum):
    AUTO = "auto"
    MANUAL = "manual"
    MANUAL_NOTE = "manual_note"


class State(StrEnum):
    ACTIVE_UNACKED = "active_unacked"
    ACTIVE_ACKED = "active_acked"
    CLEARED_UNACKED = "cleared_unacked"
    CLEARED_ACKED = "cleared_acked"


_STATES = {
    (True, False): State.ACTIVE_UNACKED,
    (True, True): State.ACTIVE_ACKED,
    (False, False): State.CLEARED_UNACKED,
    (False, True): State.CLEARED_ACKED,
}


class EventKind(StrEnum):
    RAISED = "raised"
    CHANGED = "changed"
    CLEARED = "cleared"
    ACKED = "acked"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    COMMENTED = "commented"


# gc=False: none of these can be part of a cycle, and a storm would keep Python's collector busy with them.
class Alarm(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One condition of one tag, identified by `source` + `key`, as it stands after its last event.

    Times are microseconds (storage.times). `raised_us` and `cleared_us` are as the source gave them;
    `order_us` is min(time, receipt) of the last report that counted; `said_active_us` and `said_cleared_us` are the
    times of the last one of either state, by which its repetition is known. `expires_us` is set for sources that must
    repeat an alarm to keep it active; `expired` says that the last clearing came from a missing repeat.
    """

    id: int
    source: str
    key: str
    name: str = ""
    path: str = ""
    area: str = ""
    type: str = ""
    unit: str = ""
    description: str = ""
    priority: Priority = Priority.MEDIUM
    ack_mode: AckMode = AckMode.MANUAL
    value: Value = None
    limit: Value = None
    labels: dict[str, str] = {}
    active: bool = False
    acked: bool = True
    raised_us: int | None = None
    cleared_us: int | None = None
    said_active_us: int | None = None
    said_cleared_us: int | None = None
    order_us: int = 0
    occurrences: int = 0
    acked_us: int | None = None
    acked_by: str = ""
    ack_note: str = ""
    expires_us: int | None = None
    expired: bool = False
    origin: str = ""
    shelved_us: int | None = None
    shelved_until_us: int | None = None
    shelved_by: str = ""
    shelve_note: str = ""

    @property
    def shelved(self) -> bool:
        """Set aside by a person until `shelved_until_us` (ISA-18.2 shelving)."""
        return self.shelved_until_us is not None

    @property
    def state(self) -> State:
        return _STATES[self.active, self.acked]

    @property
    def title(self) -> str:
        """What people call it: its name, else the source's key."""
        return self.name or self.key


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a source says of one alarm at one moment. UNSET means not mentioned: what is known stays.

    `time_us` None means no time was given: the receipt counts. `origin` is what the source needs to
    show the alarm in its own words again (JSON text). `of_now` says that the report is about the moment of its
    receipt, whatever its time: it is never late.
    """

    source: str
    key: str
    active: bool
    time_us: int | None = None
    name: str | msgspec.UnsetType = msgspec.UNSET
    path: str | msgspec.UnsetType = msgspec.UNSET
    area: str | msgspec.UnsetType = msgspec.UNSET
    type: str | msgspec.UnsetType = msgspec.UNSET
    unit: str | msgspec.UnsetType = msgspec.UNSET
    description: str | msgspec.UnsetType = msgspec.UNSET
    priority: Priority | msgspec.UnsetType = msgspec.UNSET
    ack_mode: AckMode | msgspec.UnsetType = msgspec.UNSET
    value: Value | msgspec.UnsetType = msgspec.UNSET
    limit: Value | msgspec.UnsetType = msgspec.UNSET
    labels: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    expires_us: int | None = None
    of_now: bool = False
    origin: str | msgspec.UnsetType = msgspec.UNSET


class Transition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an event did to an alarm.

    `entered` is the state the alarm entered, None when it stayed in its own; `priority_rose` is true when an
    active alarm became more urgent. Only these two can make a rule fire (contract, fine print).
    """

    kind: EventKind
    alarm: Alarm
    time_us: int
    entered: State | None = None
    priority_rose: bool = False
    actor: str = ""
    note: str = ""
