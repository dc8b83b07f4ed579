"""What else stands in a plant after a year: groups, contents, schedules, silences, users, tokens and the audit."""

from __future__ import annotations

import random

from dingbell.notify.groups import groups
from dingbell.notify.groups.documents import GroupInput
from dingbell.notify.messages import messages
from dingbell.notify.messages.documents import ContentDocument, MessageInput
from dingbell.notify.models import Silence
from dingbell.notify.schedules import schedules
from dingbell.notify.schedules.documents import PeriodDocument, ScheduleInput
from dingbell.storage.times import DAY, HOUR
from dingbell.users import tokens
from dingbell.users.models import AuditEntry, User
from dingbell.users.roles import Role, Scope

SILENCES = 200
_GROUPS, _MESSAGES, _SCHEDULES, _USERS, _TOKENS = 50, 20, 20, 100, 20
_AUDITED = 50_000
_AT_ONCE = 2_000


def furnish(since_us: int, until_us: int) -> None:
    for number in range(_GROUPS):
        paths = [f"{number + 1}车间/**", f"**/{number}号泵"]
        groups.create(GroupInput(name=f"{number + 1}车间和泵", paths=paths, keys=[f"M{number}#HH"]))
    content = {"raised": ContentDocument(title="{name}", body="### {name}\n- 位置：{path}\n- 数值：{value} {unit}")}
    for number in range(_MESSAGES):
        messages.create(MessageInput(name=f"内容{number + 1}", type="dingtalk", contents=content))
    for number in range(_SCHEDULES):
        period = PeriodDocument(weekdays=[1, 2, 3, 4, 5], start=f"{number:02}:00:00", end="23:59:59")
        schedules.create(
            ScheduleInput(name=f"班次{number + 1}", kind="standard", time_zone="Asia/Shanghai", periods=[period])
        )
    User.objects.bulk_create(
        User(username=f"user{number}", display_name=f"员工{number:04}", role=Role.OPERATOR, password="!")
        for number in range(_USERS)
    )
    for number in range(_TOKENS):
        tokens.create(f"SCADA {number + 1}", [Scope.EVENTS_WRITE])
    _silences(since_us, until_us)
    _audit(since_us, until_us, random.Random(2))


def _silences(since_us: int, until_us: int) -> None:
    """All over and seen to, with the ids from 1 on."""
    step_us = (until_us - since_us) // (SILENCES + 1)
    begins = [since_us + step_us * number for number in range(SILENCES)]
    Silence.objects.bulk_create(
        Silence(
            id=number, area=f"{number % 50 + 1}车间", path="", reason="检修", start_us=at_us, until_us=at_us + DAY // 2,
            created_us=at_us, created_by="user:admin", ended_us=at_us + 8 * HOUR, ended_by="user:admin",
            released_us=at_us + 9 * HOUR, sent_again=number % 7,
        )
        for number, at_us in enumerate(begins, start=1)
    )  # fmt: skip


def _audit(since_us: int, until_us: int, chance: random.Random) -> None:
    """Mostly sign-ins, as in life; rules and services change now and then."""
    step_us = (until_us - since_us) // _AUDITED
    entries = []
    for number in range(_AUDITED):
        actor = f"user:user{chance.randrange(_USERS)}"
        entry = AuditEntry(at_us=since_us + step_us * number, actor=actor, object_id=number % 200 + 1)
        if number % 10:
            entry.kind, entry.name, entry.action, entry.after = (
                "signin",
                actor[5:],
                "signed_in",
                {"address": "10.0.0.7"},
            )
        else:
            entry.kind, entry.name, entry.action = "rule", f"规则 {number % 200}", "changed"
            entry.before, entry.after = {"name": "旧", "enabled": True}, {"name": "新", "enabled": False}
        entries.append(entry)
    AuditEntry.objects.bulk_create(entries, batch_size=_AT_ONCE)
