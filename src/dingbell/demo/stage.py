"""What the demo shows: people, two services, three rules, in a fresh data directory."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass

from dingbell.notify.messages import messages
from dingbell.notify.messages.documents import ContentDocument, MessageInput
from dingbell.notify.rules import rules
from dingbell.notify.rules.documents import BlockInput, MatchDocument, RuleInput
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.documents import PeriodDocument, ScheduleInput
from dingbell.notify.services import services
from dingbell.notify.services.documents import AccountInput, AppInput, RobotInput, ServiceInput
from dingbell.users import accounts, tokens
from dingbell.users.roles import Role, Scope

PEOPLE = (
    ("manager4220", "张伟", "13900000001"),
    ("0142753861", "李娜", "13900000002"),
    ("wangqiang", "王强", "13900000003"),
)
ROBOTS = (("生产值班群", "SEC" + secrets.token_hex(16)), ("设备维修群", ""))
_USERS = (
    ("admin", Role.ADMIN, "王工"),
    ("engineer", Role.ENGINEER, "李工"),
    ("operator", Role.OPERATOR, "张师傅"),
    ("viewer", Role.VIEWER, "访客"),
)
# A double click selects all of it; no sign looks like another one.
_ALPHABET = "".join(sorted({*string.ascii_letters, *string.digits} - {*"0O1lIio"}))
_PASSWORD_LENGTH = 13  # 75 bits
_ALL_STATES = ["active_unacked", "active_acked", "cleared_unacked", "cleared_acked"]


@dataclass(frozen=True, slots=True)
class App:
    client_id: str
    client_secret: str


def people() -> dict[str, str]:
    """One user a role; the passwords by user name."""
    passwords = {}
    for name, role, display_name in _USERS:
        passwords[name] = "".join(secrets.choice(_ALPHABET) for _ in range(_PASSWORD_LENGTH))
        accounts.add_user(name, role, passwords[name], display_name)
    return passwords


def configuration(webhooks: list[str], app: App) -> None:
    """Two services, one with the robots behind `webhooks` (in the order of ROBOTS), one with people; three rules.

    The repair group has a message of its own and a schedule, which is always open: a visitor may come at night.
    """
    groups = services.create(
        ServiceInput(
            name="车间群",
            description="值班群带加签，维修群用关键词",
            type="dingtalk",
            send_to=["robot"],
            robots=[
                RobotInput(alias=alias, webhook=webhook, secret=secret, keywords=[] if secret else ["报警"])
                for (alias, secret), webhook in zip(ROBOTS, webhooks, strict=True)
            ],
        )
    )
    persons = services.create(
        ServiceInput(
            name="值班人员",
            description="直接发给个人",
            type="dingtalk",
            send_to=["account"],
            app=AppInput(client_id=app.client_id, client_secret=app.client_secret, robot_code=app.client_id),
            accounts=[AccountInput(user_id=user_id, name=name, mobile=mobile) for user_id, name, mobile in PEOPLE],
        )
    )
    duty, repair = (robot.id for robot in groups.robots)
    _rule("全部报警到值班群", MatchDocument(), BlockInput(service=groups.id, receivers=[{"robot": duty}]))
    to_repair = BlockInput(
        service=groups.id, receivers=[{"robot": repair}], message=_work_order(), schedule=_round_the_clock()
    )
    urgent_water_and_air = MatchDocument(priorities=["critical", "high"], areas=["泵房", "空压站"])
    _rule("泵房和空压站的高级报警到维修群", urgent_water_and_air, to_repair)
    _rule("紧急报警到个人", MatchDocument(priorities=["critical"]), BlockInput(service=persons.id, receivers=None))


def _rule(name: str, match: MatchDocument, block: BlockInput) -> None:
    rules.create(RuleInput(name=name, states=_ALL_STATES, match=match, notifications=[block]))


def _work_order() -> int:
    """The id of a message: an order for a new alarm, the built-in words for what follows."""
    raised = ContentDocument(
        form="markdown",
        title="【维修】{name}",
        body="### 维修：{name}\n\n- 位置：{path}\n- 数值：{value} {{ unit }}\n- 级别：{level}\n- 处理：{description}",
    )
    later = {
        kind: ContentDocument(use="builtin") for kind in ("changed", "cleared", "acknowledged", "escalated", "digest")
    }
    document = MessageInput(
        name="维修单", description="发给设备维修群", type="dingtalk", contents={"raised": raised} | later
    )
    return messages.create(document).id


def _round_the_clock() -> int:
    """The id of a schedule, beside one for office hours."""
    day = PeriodDocument(weekdays=[1, 2, 3, 4, 5], start="08:00:00", end="20:00:00")
    schedules.create(ScheduleInput(name="工作日白班", kind="standard", time_zone="Asia/Shanghai", periods=[day]))
    always = PeriodDocument(weekdays=[1, 2, 3, 4, 5, 6, 7], start="00:00:00", end="24:00:00")
    document = ScheduleInput(
        name="全天值守", kind="standard", time_zone="Asia/Shanghai", ignore_holidays=True, periods=[always]
    )
    return schedules.create(document).id


def token() -> str:
    """For the plant."""
    return tokens.create("演示工厂", [Scope.EVENTS_WRITE])[1]
