"""The configuration compiled for the pipeline: rules to receivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dingbell.alarms.alarm import Transition
from dingbell.notify.models import AlarmGroup, Block, Rule, Service
from dingbell.notify.rules import criteria, revisions
from dingbell.notify.rules.matching import Conditions, Group, RuleIndex
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.scheduling import Gate
from dingbell.notify.silences import silences
from dingbell.notify.silences.silencing import Silencing
from dingbell.storage.secrets import fingerprint

OUTSIDE_SCHEDULE, SILENCED = "outside_schedule", "silenced"


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver of one block. `suppressed` names why nothing may go there, "" when it may.

    `silence_id` is the silence that withholds it. `manner` are delivery.models.Manner flags of its block.
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


class Told:
    """Whom a block tells, by the clock: outside its schedule each of them is suppressed. No schedule is always.

    They are named when they are asked for: most blocks of a large plant tell nobody for weeks.
    """

    __slots__ = ("_closed", "_gate", "_named", "_open")

    def __init__(self, named: Callable[[], Iterable[Target]], gate: Gate | None) -> None:
        self._named = named
        self._gate = gate
        self._open: tuple[Target, ...] | None = None
        self._closed: tuple[Target, ...] | None = None

    def at(self, now_us: int) -> tuple[Target, ...]:
        if self._open is None:
            self._open = tuple(self._named())
        if self._gate is None or self._gate.is_open(now_us):
            return self._open
        if self._closed is None:
            self._closed = tuple(_suppressed(target, OUTSIDE_SCHEDULE) for target in self._open)
        return self._closed


class Routes:
    """Everything that decides who is told, of one configuration version."""

    def __init__(
        self, version: int, rules: list[tuple[Conditions, tuple[Told, ...]]], silencing: Silencing | None = None
    ) -> None:
        self.version = version
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
    for rule, blocks in chosen:
        told = tuple(
            Told(partial(_targets, block, number, receivers[block.service_id]), gates.get(block.schedule_id or 0))
            for number, block in enumerate(blocks)
        )
        rules.append((conditions(rule, groups), told))
    return Routes(version, rules, Silencing(silences.in_force()))


def conditions(rule: Rule, groups: Mapping[int, Group]) -> Conditions:
    return criteria.conditions(rule.states, rule.shelved, criteria.stored(rule.match), groups)


def alarm_groups() -> dict[int, Group]:
    """The alarm groups that rules may name, as they stand now."""
    return {group.id: revisions.as_it_stands(group) for group in AlarmGroup.objects.all()}


def account_lane(client_id: str) -> str:
    """All people of one app share a lane: DingTalk counts calls by app."""
    return f"a:{fingerprint(client_id)}"


def robot_lane(token: str) -> str:
    """The same token in two services is one robot with one limit (design §7)."""
    return f"r:{fingerprint(token)}"


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
    robots = service.robots.values_list("id", "alias", "budget_key")
    accounts = service.accounts.values_list("id", "name")
    found = {("robot", robot_id): (alias, key, robots_off) for robot_id, alias, key in robots}
    return found | {("account", account_id): (name, lane, accounts_off) for account_id, name in accounts}


def _targets(block: Block, number: int, receivers: Mapping[_Key, _Receiver]) -> Iterator[Target]:
    everyone = block.receivers is None
    for key in receivers if everyone else [next(iter(item.items())) for item in block.receivers or ()]:
        if key not in receivers:
            continue
        name, lane, suppressed = receivers[key]
        if everyone and suppressed.endswith("_switched_off"):
            continue  # "everyone of the service" means everyone its 发送至 boxes name
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
        )
