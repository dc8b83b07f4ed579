"""The configuration compiled for the pipeline: rules to receivers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dingbell.alarms.alarm import Transition
from dingbell.notify import criteria, revisions, schedules, silences
from dingbell.notify.matching import Conditions, Group, RuleIndex
from dingbell.notify.models import AlarmGroup, Block, Rule, Service
from dingbell.notify.scheduling import Gate
from dingbell.notify.silencing import Silencing
from dingbell.storage.secrets import fingerprint

OUTSIDE_SCHEDULE, SILENCED = "outside_schedule", "silenced"


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver of one block. `suppressed` names why nothing may go there, "" when it may.

    `silence_id` is the silence that withholds it.
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


class Told:
    """Whom a block tells, by the clock: outside its schedule each of them is suppressed. No schedule is always."""

    __slots__ = ("_closed", "_gate", "_open")

    def __init__(self, targets: tuple[Target, ...], gate: Gate | None) -> None:
        self._gate = gate
        self._open = targets
        self._closed = tuple(_suppressed(target, OUTSIDE_SCHEDULE) for target in targets)

    def at(self, now_us: int) -> tuple[Target, ...]:
        return self._open if self._gate is None or self._gate.is_open(now_us) else self._closed


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
    rules = Rule.objects.filter(enabled=True).prefetch_related("blocks")
    return compiled(version, [(rule, list(rule.blocks.all())) for rule in rules])


def compiled(version: int, chosen: Iterable[tuple[Rule, Sequence[Block]]]) -> Routes:
    """These rules with their blocks, saved or not, beside the services, schedules and silences there are."""
    receivers = {service.id: _receivers(service) for service in Service.objects.prefetch_related("robots", "accounts")}
    groups = alarm_groups()
    gates = {schedule_id: Gate(timetable) for schedule_id, timetable in schedules.timetables().items()}
    rules = []
    for rule, blocks in chosen:
        told = tuple(
            Told(tuple(_targets(block, number, receivers)), gates.get(block.schedule_id or 0))
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


_Receiver = tuple[str, int, str, str, str]  # kind, id, name, lane, suppressed


def _receivers(service: Service) -> list[_Receiver]:
    off = "" if service.enabled else "service_disabled"
    robots = off or ("" if service.send_to_robots else "robots_switched_off")
    accounts = off or ("" if service.send_to_accounts else "accounts_switched_off")
    lane = account_lane(service.client_id)
    return [("robot", robot.id, robot.alias, robot.budget_key, robots) for robot in service.robots.all()] + [
        ("account", account.id, account.name, lane, accounts) for account in service.accounts.all()
    ]


def _targets(block: Block, number: int, receivers: dict[int, list[_Receiver]]) -> Iterator[Target]:
    chosen = None if block.receivers is None else {next(iter(item.items())) for item in block.receivers}
    for kind, receiver_id, name, lane, suppressed in receivers[block.service_id]:
        if chosen is None and suppressed.endswith("_switched_off"):
            continue  # "everyone of the service" means everyone its 发送至 boxes name
        if chosen is None or (kind, receiver_id) in chosen:
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
