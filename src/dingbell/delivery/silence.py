"""Silence of sending: something waits, or was tried in vain, and DingTalk has taken nothing since.

What people were told of stands in the table of SilentLane, so that a restart neither repeats nor forgets it. A lane
that rests by our own choice (budget, digest, quota) and what is not due yet (schedule, delay) are no silence, nor is
a lane in trouble: of that people were told when it began (trouble.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from dingbell.delivery import health
from dingbell.delivery.health import Condition
from dingbell.delivery.models import SilentLane
from dingbell.notify import routing
from dingbell.notify.models import Robot, Service
from dingbell.storage import sql
from dingbell.storage.times import DAY, MINUTE

# Word for word the condition of the index `delivery_open`.
_OPEN = "state IN ('pending', 'sending')"
_WITH_WORK = (
    "SELECT key, rest_until_us FROM delivery_lane WHERE EXISTS"
    f" (SELECT 1 FROM delivery_delivery d WHERE d.lane = delivery_lane.key AND d.{_OPEN})"
)
_DUE = (
    "SELECT MIN(CASE WHEN due_us > created_us THEN due_us ELSE created_us END) FROM delivery_delivery"
    f" WHERE lane = %s AND {_OPEN} AND due_us <= %s"
)
_TAKEN = (
    "SELECT at_us FROM delivery_attempt WHERE lane = %s AND at_us > %s AND verdict = 'sent' ORDER BY at_us DESC LIMIT 1"
)
# Calls that say nothing against the message: another would have fared as badly. What was tried often enough has failed
# and waits no longer, so waiting alone would not show a DingTalk that is down.
_IN_VAIN = "verdict IN ('retry', 'hold', 'unknown')"
_VAIN = f"SELECT MIN(at_us), MAX(at_us) FROM delivery_attempt WHERE lane = %s AND at_us > %s AND {_IN_VAIN}"
_LAST_IN_VAIN = (
    "SELECT key FROM delivery_lane WHERE (SELECT verdict FROM delivery_attempt a WHERE a.lane = delivery_lane.key"
    f" AND a.at_us > %s ORDER BY a.at_us DESC LIMIT 1) {_IN_VAIN.removeprefix('verdict ')}"
)
_LONG_HOLD_US = MINUTE


@dataclass(frozen=True, slots=True)
class Facts:
    """`waiting_us`: when the oldest of what is due was to go, or the first call in vain was made of those that go on,
    whichever is earlier; None where nothing is wanted. `taken_us`: when DingTalk last
    took something of the lane, None for long ago. `excused`: it rests by our own choice, or people know its trouble.
    """

    waiting_us: int | None = None
    taken_us: int | None = None
    excused: bool = False

    def silent_us(self, limit_us: int, now_us: int) -> int | None:
        """Since when, if for longer than `limit_us`."""
        if self.waiting_us is None or self.excused:
            return None
        since = max(self.waiting_us, self.taken_us or 0)
        return since if now_us - since > limit_us else None


@dataclass(frozen=True, slots=True)
class Change:
    """`began` and since when; `over`: lanes that send again; `emptied`: nothing waits any more, and nobody knows
    whether it would go.
    """

    began: Mapping[str, int]
    over: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.began or self.over or self.emptied)


def change(lanes: Mapping[str, Facts], known: Mapping[str, int], limit_us: int, now_us: int) -> Change:
    """What people are to be told of; `known` are the silences they were told of, and since when. Pure."""
    began, over, emptied = {}, [], []
    for lane in sorted(lanes.keys() | known.keys()):
        one = lanes.get(lane, Facts())
        since = one.silent_us(limit_us, now_us)
        if lane not in known:
            if since is not None:
                began[lane] = since
        elif since is None and not one.excused:
            if one.taken_us is not None and one.taken_us > known[lane]:
                over.append(lane)
            elif one.waiting_us is None:
                emptied.append(lane)
    return Change(began, tuple(over), tuple(emptied))


def lanes(known: Mapping[str, int], limit_us: int, now_us: int) -> dict[str, Facts]:
    """Every lane where something waits, and the known ones. Costs by lanes, and by what waits where nothing goes."""
    resting: dict[str, int] = dict(sql.rows(_WITH_WORK))
    pools = {robot.budget_key: routing.lane_of(robot) for robot in _pooled()}
    failing: set[str] = {row[0] for row in sql.rows(_LAST_IN_VAIN, [now_us - limit_us])}
    found = {}
    for lane in resting.keys() | known.keys() | {pools.get(key, key) for key in failing}:
        credentials = _credentials(lane)
        taken = _taken(credentials, known.get(lane, now_us - limit_us))
        if lane not in known and taken is not None:
            continue  # it sends
        due = sql.value(_DUE, [lane, now_us])
        wanted = [] if due is None else [int(due)]
        wanted += _tried_in_vain(credentials, taken or now_us - DAY, now_us - limit_us)
        excused = resting.get(lane, 0) > now_us or _all_in_trouble(credentials)
        found[lane] = Facts(min(wanted, default=None), taken, excused)
    return found


def with_work() -> set[str]:
    """The lanes where something waits."""
    return {row[0] for row in sql.rows(_WITH_WORK)}


def any_taken(after_us: int) -> bool:
    """Whether DingTalk took anything of anybody after this moment. Looks at the calls of every lane."""
    keys = [row[0] for row in sql.rows("SELECT key FROM delivery_lane")]
    return _taken(keys, after_us) is not None


def known() -> dict[str, int]:
    """The lanes people were told of, and since when they have been silent."""
    return dict(SilentLane.objects.values_list("lane", "since_us"))


def note(what: Change, now_us: int) -> Change:
    """Remember it; what is left of it when another process was faster. Call it in the writer's transaction."""
    began = {
        lane: since
        for lane, since in what.began.items()
        if sql.execute(
            "INSERT INTO delivery_silentlane (lane, since_us, noticed_us) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [lane, since, now_us],
        )
    }
    return Change(began, _forgotten(what.over), _forgotten(what.emptied))


def closed(keys: Collection[str], now_us: int) -> set[str]:
    """Of these lanes those through which nothing goes now: silent, in trouble, held or failing."""
    shut = set(SilentLane.objects.filter(lane__in=keys).values_list("lane", flat=True))
    marks = sql.marks(list(keys)) or "NULL"
    shut |= {
        str(row[0])
        for row in sql.rows(
            f"SELECT key FROM delivery_lane WHERE (trouble <> '' OR hold_until_us > %s) AND key IN ({marks})",
            [now_us + _LONG_HOLD_US, *keys],
        )
    }
    fared = health.of_lanes(keys, now_us)
    return shut | {
        key for key, one in fared.items() if one.condition in (Condition.HELD, Condition.FAILING, Condition.REFUSED)
    }


def called(keys: Iterable[str]) -> dict[str, str]:
    """What people call these lanes: a robot's alias, an app's services."""
    wanted = set(keys)
    names = dict.fromkeys(wanted, "")
    robots = Robot.objects.filter(budget_key__in=wanted).order_by("id").values_list("budget_key", "alias")
    services = [
        (routing.account_lane(client_id), name)
        for client_id, name in Service.objects.exclude(client_id="").values_list("client_id", "name")
    ]
    pools = [(routing.lane_of(robot), robot.pool) for robot in _pooled()]
    for lane, name in (*robots, *services, *pools):
        if lane in wanted and name not in names[lane].split("、"):
            names[lane] = f"{names[lane]}、{name}" if names[lane] else name
    return names


def _forgotten(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(key for key in keys if sql.execute("DELETE FROM delivery_silentlane WHERE lane = %s", [key]))


def _tried_in_vain(credentials: Collection[str], after_us: int, lately_us: int) -> list[int]:
    """The first call in vain after this moment, of each credential that made another one lately."""
    found = [sql.row(_VAIN, [key, after_us]) or (None, None) for key in credentials]
    return [int(first) for first, last in found if last is not None and last > lately_us]


def _taken(credentials: Collection[str], after_us: int) -> int | None:
    found = [row[0] for key in credentials if (row := sql.row(_TAKEN, [key, after_us]))]
    return max(found, default=None)


def _all_in_trouble(credentials: Collection[str]) -> bool:
    statement = f"SELECT COUNT(*) FROM delivery_lane WHERE trouble <> '' AND key IN ({sql.marks(list(credentials))})"
    return bool(credentials) and int(sql.value(statement, list(credentials))) == len(credentials)


def _credentials(lane: str) -> list[str]:
    """What a lane sends with: its own key, or those of a pool's robots."""
    if not lane.startswith("p:"):
        return [lane]
    return [robot.budget_key for robot in _pooled() if routing.lane_of(robot) == lane]


def _pooled() -> list[Robot]:
    return list(Robot.objects.exclude(pool="").order_by("id"))
