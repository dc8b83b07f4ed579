"""The robots of a service: what was sent in, put together with what is stored."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.channels.dingtalk import webhook as webhooks
from dingbell.channels.dingtalk.webhook import WebhookError
from dingbell.channels.hosts import Hosts
from dingbell.notify.models import Robot, Service
from dingbell.notify.refusals import Findings, given, storable
from dingbell.notify.routing import robot_lane
from dingbell.notify.services import mentions
from dingbell.notify.services.documents import MentionsDocument, RobotInput
from dingbell.notify.services.listed import Listed
from dingbell.storage.secrets import encrypt

_MOST_ALIAS, _MOST_POOL = 100, 100
_MOST_KEYWORDS, _LONGEST_KEYWORD = 10, 64  # DingTalk takes 10 keywords a robot


def merge(
    service: Service, given_robots: list[RobotInput] | UnsetType, hosts: Hosts, findings: Findings
) -> Listed[Robot]:
    """Each given robot is the stored one with its id, else with its webhook, else a new one."""
    stored = list(service.robots.all()) if service.id else []
    if isinstance(given_robots, UnsetType):
        return Listed(stored, changed=False)
    by_id = {robot.id: robot for robot in stored}
    left = dict(by_id)
    listed: Listed[Robot] = Listed()
    for position, one in enumerate(given_robots):
        place = f"robots[{position}]"
        if service.id and isinstance(one.id, int):
            robot = left.pop(one.id, None)
            if robot is None:
                findings.add(f"{place}.id", _("这个服务没有这个机器人，或者它出现了两次"))
        else:
            robot = _same_webhook(left, one, hosts)
            if robot is not None:
                del left[robot.id]
        robot = robot or Robot()
        robot.position = position
        _fill(robot, one, place, hosts, findings)
        listed.items.append(robot)
    _refuse_doubles(listed.items, findings)
    listed.removed = list(left.values())
    return listed


def save(service: Service, listed: Listed[Robot]) -> None:
    if not listed.changed:
        return
    Robot.objects.filter(id__in=[robot.id for robot in listed.removed]).delete()
    for robot in listed.items:
        robot.service = service
        robot.save()


def _same_webhook(stored: dict[int, Robot], one: RobotInput, hosts: Hosts) -> Robot | None:
    """The one stored robot whose webhook this is, masked or not."""
    try:
        lane = robot_lane(webhooks.parse(one.webhook or "", hosts).token)
        same = [robot for robot in stored.values() if robot.budget_key == lane]
    except WebhookError:
        same = [robot for robot in stored.values() if _is_mask(one.webhook, robot)]
    return same[0] if len(same) == 1 else None


def _is_mask(pasted: object, robot: Robot) -> bool:
    return isinstance(pasted, str) and webhooks.unchanged(pasted, robot.masked)


def _fill(robot: Robot, one: RobotInput, place: str, hosts: Hosts, findings: Findings) -> None:
    robot.alias = findings.text(f"{place}.alias", one.alias, robot.alias, most=_MOST_ALIAS, required=True)
    robot.pool = findings.text(f"{place}.pool", one.pool, robot.pool, most=_MOST_POOL)
    language = get_language() or "zh-hans"
    if not (robot.token and (not given(one.webhook) or _is_mask(one.webhook, robot))):
        try:
            webhook = webhooks.parse(one.webhook or "", hosts)
        except WebhookError as error:
            findings.add(f"{place}.webhook", error.text(language))
        else:
            robot.url, robot.masked = webhook.address, webhook.masked
            robot.token, robot.budget_key = encrypt(webhook.token), robot_lane(webhook.token)
            if len(webhook.token) < webhooks.SHORT_TOKEN:
                text = webhooks.webhook_text("token_short", language, length=str(len(webhook.token)))
                findings.warn(f"{place}.webhook", text)
            if len(robot.url) > 500:
                findings.add(f"{place}.webhook", _("地址过长"))
    if given(one.secret):
        try:
            secret, warning = webhooks.clean_secret(one.secret or "")
        except WebhookError as error:
            findings.add(f"{place}.secret", error.text(language))
        else:
            robot.secret = encrypt(secret)
            if warning:
                findings.warn(f"{place}.secret", webhooks.webhook_text(warning, language))
    if isinstance(one.keywords, list):
        robot.keywords = _keywords(one.keywords, f"{place}.keywords", findings)
    if isinstance(one.mentions, MentionsDocument):
        robot.mentions = mentions.read(one.mentions, f"{place}.mentions", findings)


def _keywords(words: list[str], place: str, findings: Findings) -> list[str]:
    trimmed = [word.strip() for word in words]
    if len(trimmed) > _MOST_KEYWORDS:
        findings.add(place, _("一个机器人最多 %(most)d 个关键词") % {"most": _MOST_KEYWORDS})
    for number, word in enumerate(trimmed):
        if not word:
            findings.add(f"{place}[{number}]", _("关键词不能为空"))
        elif len(word) > _LONGEST_KEYWORD:
            findings.add(f"{place}[{number}]", _("关键词最多 %(most)d 个字符") % {"most": _LONGEST_KEYWORD})
        elif not storable(word):
            findings.add(f"{place}[{number}]", _("含有不能保存的字符"))
    return trimmed


def _refuse_doubles(listed: list[Robot], findings: Findings) -> None:
    aliases: dict[str, int] = {}
    lanes: dict[str, int] = {}
    for position, robot in enumerate(listed):
        first = aliases.setdefault(robot.alias, position)
        if robot.alias and first != position:
            findings.add(f"robots[{position}].alias", _("别名与第 %(row)d 个机器人相同") % {"row": first + 1})
        first = lanes.setdefault(robot.budget_key, position)
        if robot.budget_key and first != position:
            findings.add(f"robots[{position}].webhook", _("Webhook 与第 %(row)d 个机器人相同") % {"row": first + 1})
