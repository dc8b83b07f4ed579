"""The configuration compiled for the pipeline: rules to receivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from dingbell.alarms.alarm import State, Transition
from dingbell.notify.manner import Manner
from dingbell.notify.models import AlarmGroup, Block, Robot, Rule, Service
from dingbell.notify.rules import criteria, revisions, timing
from dingbell.notify.rules.documents import TimingDocument
from dingbell.notify.rules.matching import Conditions, Group, RuleIndex
from dingbell.notify.rules.timing import OUTSIDE_SCHEDULE, Timing
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.scheduling import Gate
from dingbell.notify.silences import silences
from dingbell.notify.silences.silencing import Silencing
from dingbell.storage.secrets import fingerprint

SILENCED = "silenced"
_ACTIVE = frozenset({State.ACTIVE_UNACKED, State.ACTIVE_ACKED})
_AT_ONCE = TimingDocument()


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver of one block. `suppressed` names why nothing may go there, "" when it may.

    `silence_id` is the silence that withholds it. `manner` are the flags of its block that hold whenever it goes;
    `timing` is None for a block that tells at once. `opens_us`: its schedule is closed and keeps it until then.
    """

    rule_id: int
    block: int
    service_id: int
    robot_id: int | None
    account_id: int | None
    name: str
    lane: str
    suppressed: str
    message_id: int | None = None
    personal: bool = False
    silence_id: int | None = None
    manner: int = 0
    timing: Timing | None = None
    opens_us: int = 0


class Told:
    """Whom a block tells, by the clock: outside its schedule each of them is suppressed. No schedule is always.

    `holds`: what falls outside waits for the schedule to open, unless that is more than a year away. They are named
    when they are asked for: most blocks of a large plant tell nobody for weeks.
    """

    __slots__ = ("_closed", "_gate", "_held", "_held_until_us", "_holds", "_named", "_open")

    def __init__(self, named: Callable[[], Iterable[Target]], gate: Gate | None, *, holds: bool = False) -> None:
        self._named = named
        self._gate = gate
        self._holds = holds
        self._open: tuple[Target, ...] | None = None
        self._closed: tuple[Target, ...] | None = None
        self._held: tuple[Target, ...] = ()
        self._held_until_us = 0

    def at(self, now_us: int) -> tuple[Target, ...]:
        if self._open is None:
            self._open = tuple(self._named())
        if self._gate is None or self._gate.is_open(now_us):
            return self._open
        opens_us = self._gate.opens_us(now_us) if self._holds else None
        if opens_us is not None:
            if opens_us != self._held_until_us:
                self._held = tuple(replace(target, opens_us=opens_us) for target in self._open)
                self._held_until_us = opens_us
            return self._held
        if self._closed is None:
            self._closed = tuple(_suppressed(target, OUTSIDE_SCHEDULE) for target in self._open)
        return self._closed


class Routes:
    """Everything that decides who is told, of one configuration version."""

    def __init__(
        self,
        version: int,
        rules: list[tuple[Conditions, tuple[Told, ...]]],
        silencing: Silencing | None = None,
        *,
        repeats: bool = False,
    ) -> None:
        """`repeats`: some block tells of an alarm again and again."""
        self.version = version
        self.repeats = repeats
        self._index = RuleIndex([conditions for conditions, _ in rules])
        self._told = [told for _, told in rules]
        self._silencing = silencing or Silencing()

    def targets(self, transition: Transition, now_us: int) -> Iterator[Target]:
        """All that the event's rules name, those included that get nothing at this moment."""
        fired = self._index.fired_by(transition)
        if not fired:
            return
        silence_id = self._silencing.covering(transition.alarm, now_us)
        for place in fired:
            for told in self._told[place]:
                for target in told.at(now_us):
                    yield target if silence_id is None else _suppressed(target, SILENCED, silence_id)


def load(version: int) -> Routes:
    """Compile what the database holds now; `version` is the one read in the same transaction."""
    blocks: dict[int, list[Block]] = defaultdict(list)  # a prefetch makes a query set for each of 10,000 rules
    for block in Block.objects.filter(rule__enabled=True):
        blocks[block.rule_id].append(block)
    return compiled(version, [(rule, blocks[rule.id]) for rule in Rule.objects.filter(enabled=True)])


def compiled(version: int, chosen: Iterable[tuple[Rule, Sequence[Block]]]) -> Routes:
    """These rules with their blocks, saved or not, beside the services, schedules and silences there are."""
    receivers = {service.id: _receivers(service) for service in Service.objects.all()}
    groups = alarm_groups()
    gates = {schedule_id: Gate(timetable) for schedule_id, timetable in schedules.timetables().items()}
    rules = []
    repeats = False
    for rule, blocks in chosen:
        told = []
        for number, block in enumerate(blocks):
            asked = _timing(block)
            own = timing.compiled(block.id or 0, asked, tells_active=not _ACTIVE.isdisjoint(rule.states))
            repeats = repeats or asked.repeat_minutes > 0
            named = partial(_targets, block, number, receivers[block.service_id], asked, own)
            told.append(Told(named, gates.get(block.schedule_id or 0), holds=asked.outside == timing.HOLD))
        rules.append((conditions(rule, groups), tuple(told)))
    return Routes(version, rules, Silencing(silences.in_force()), repeats=repeats)


def instead(block: Block, number: int, service: Service, receivers: list[dict[str, int]] | None) -> list[Target]:
    """Whom a fallback step of `block` tells of what the block had to say; `receivers` as in a block."""
    asked = _timing(block)
    step = Block(
        rule_id=block.rule_id, service=service, receivers=receivers, message_id=block.message_id,
        personal_link=block.personal_link,
    )  # fmt: skip
    return list(_targets(step, number, _receivers(service), asked, None))


def conditions(rule: Rule, groups: Mapping[int, Group]) -> Conditions:
    return criteria.conditions(rule.states, rule.shelved, criteria.stored(rule.match), groups)


def _timing(block: Block) -> TimingDocument:
    return msgspec.convert(block.timing, TimingDocument) if block.timing else _AT_ONCE


def alarm_groups() -> dict[int, Group]:
    """The alarm groups that rules may name, as they stand now."""
    return {group.id: revisions.as_it_stands(group) for group in AlarmGroup.objects.all()}


def account_lane(client_id: str) -> str:
    """All people of one app share a lane: DingTalk counts calls by app."""
    return f"a:{fingerprint(client_id)}"


def robot_lane(token: str) -> str:
    """The same token in two services is one robot with one limit (design §7)."""
    return f"r:{fingerprint(token)}"


def pool_lane(service_id: int, pool: str) -> str:
    """The robots of a service with the same pool name are in one group and share its queue."""
    return f"p:{fingerprint(f'{service_id}/{pool}')}"


def lane_of(robot: Robot) -> str:
    """Where the robot's messages queue."""
    return pool_lane(robot.service_id, robot.pool) if robot.pool else robot.budget_key


def address_lane(url: str) -> str:
    """Of an address that Apprise reaches: one call at a time, no budget."""
    return f"x:{fingerprint(url)}"


def _suppressed(target: Target, reason: str, silence_id: int | None = None) -> Target:
    """What nothing may go to anyway keeps its reason."""
    return target if target.suppressed else replace(target, suppressed=reason, silence_id=silence_id)


_Key = tuple[str, int]  # kind, id
_Receiver = tuple[str, str, str]  # name, lane, suppressed


def _receivers(service: Service) -> dict[_Key, _Receiver]:
    """There may be 50,000 of them: no objects are made."""
    off = "" if service.enabled else "service_disabled"
    robots_off = off or ("" if service.send_to_robots else "robots_switched_off")
    accounts_off = off or ("" if service.send_to_accounts else "accounts_switched_off")
    lane = account_lane(service.client_id)
    robots = service.robots.values_list("id", "alias", "budget_key", "pool")
    accounts = service.accounts.values_list("id", "name")
    found = {
        ("robot", robot_id): (alias, pool_lane(service.id, pool) if pool else key, robots_off)
        for robot_id, alias, key, pool in robots
    }
    return found | {("account", account_id): (name, lane, accounts_off) for account_id, name in accounts}


def _targets(
    block: Block, number: int, receivers: Mapping[_Key, _Receiver], asked: TimingDocument, own: Timing | None
) -> Iterator[Target]:
    everyone = block.receivers is None
    of_people = timing.manner_of_people(asked)
    falls_back = Manner.FALLBACK if block.fallback else Manner(0)
    told_pools: set[str] = set()
    for key in receivers if everyone else [next(iter(item.items())) for item in block.receivers or ()]:
        if key not in receivers:
            continue
        name, lane, suppressed = receivers[key]
        if everyone and suppressed.endswith("_switched_off"):
            continue  # "everyone of the service" means everyone its 发送至 boxes name
        if lane.startswith("p:"):
            if lane in told_pools:
                continue  # its robots speak in one group: it is told once
            told_pools.add(lane)
        kind, receiver_id = key
        yield Target(
            rule_id=block.rule_id or 0,
            block=number,
            service_id=block.service_id,
            robot_id=receiver_id if kind == "robot" else None,
            account_id=receiver_id if kind == "account" else None,
            name=name,
            lane=lane,
            suppressed=suppressed,
            message_id=block.message_id,
            personal=block.personal_link and kind == "account",
            manner=int(falls_back | (of_people if kind == "account" else 0)),
            timing=own,
        )
