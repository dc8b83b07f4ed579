"""The configuration compiled for the pipeline: rules to receivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dingbell.alarms.alarm import Transition
from dingbell.notify import criteria, revisions
from dingbell.notify.matching import Conditions, Group, RuleIndex
from dingbell.notify.models import AlarmGroup, Block, Rule, Service
from dingbell.storage.secrets import fingerprint


@dataclass(frozen=True, slots=True)
class Target:
    """One receiver of one block. `suppressed` names why nothing may go there, "" when it may."""

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


class Routes:
    """Everything that decides who is told, of one configuration version."""

    def __init__(self, version: int, rules: list[tuple[Conditions, tuple[Target, ...]]]) -> None:
        self.version = version
        self._index = RuleIndex([conditions for conditions, _ in rules])
        self._targets = [targets for _, targets in rules]

    def targets(self, transition: Transition) -> Iterator[Target]:
        for place in self._index.fired_by(transition):
            yield from self._targets[place]


def load(version: int) -> Routes:
    """Compile what the database holds now; `version` is the one read in the same transaction."""
    receivers = {service.id: _receivers(service) for service in Service.objects.prefetch_related("robots", "accounts")}
    groups = alarm_groups()
    rules = []
    for rule in Rule.objects.filter(enabled=True).prefetch_related("blocks"):
        targets = tuple(
            target for number, block in enumerate(rule.blocks.all()) for target in _targets(block, number, receivers)
        )
        rules.append((conditions(rule, groups), targets))
    return Routes(version, rules)


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
                rule_id=block.rule_id,
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
