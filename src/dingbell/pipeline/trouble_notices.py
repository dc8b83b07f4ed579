"""Tells the admins once of a receiver in trouble, not once an alarm, and once that it takes messages again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial

from django.db import transaction

from dingbell.channels.base import Form, Message, Result, Verdict
from dingbell.channels.dingtalk import errors
from dingbell.delivery import health, trouble
from dingbell.delivery.health import Error
from dingbell.delivery.models import Lane
from dingbell.delivery.trouble import News
from dingbell.notify import routing
from dingbell.notify.messages.escaping import plain
from dingbell.notify.models import Robot, Service
from dingbell.pipeline.system_notices import SystemNotices
from dingbell.storage.times import from_us
from dingbell.storage.writer import Task, Writer

_NAMED = 10


@dataclass(frozen=True, slots=True)
class Receiver:
    """`masked` is a robot's webhook as people may see it, "" for an app."""

    name: str
    services: tuple[str, ...]
    masked: str = ""


@dataclass(frozen=True, slots=True)
class Ill:
    """`meaning` says what is wrong and what to do."""

    receiver: Receiver
    lane: Lane
    meaning: str


class TroubleNotices:
    def __init__(
        self,
        writer: Writer,
        clock: Callable[[], int],
        wake: Callable[[set[str]], None],
        notices: SystemNotices,
        zone: tzinfo,
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._wake = wake
        self._notices = notices
        self._zone = zone
        self._told: Task[News, None] = Task("trouble_news", self._tell)
        self._tried: Task[Sequence[str], int] = Task("trouble_trial", self._try_now)

    def tell(self) -> None:
        """What is new, once for all processes. Raises StorageUnavailable, DatabaseError."""
        found = trouble.news(self._clock())
        if found:
            self._writer.submit(self._told, found).result()

    def try_now(self, lanes: Collection[str]) -> int:
        """A person says that it was mended: the next message is tried at once. How many were in trouble.

        Raises StorageUnavailable.
        """
        return self._writer.submit(self._tried, tuple(lanes)).result()

    # --- inside the transaction -------------------------------------------------------------------------

    def _tell(self, wanted: Sequence[News]) -> list[None]:
        now_us = self._clock()
        for found in wanted:
            noted = trouble.told(found, now_us)
            names = receivers({*noted.began, *noted.over})
            # A lane that no receiver uses any more is nobody's trouble.
            if began := [lane for lane in trouble.in_trouble(noted.began).values() if lane.key in names]:
                fared = health.of_lanes([lane.key for lane in began], now_us)
                ill = [Ill(names[lane.key], lane, _meaning(lane, fared[lane.key].error)) for lane in began]
                # Where there is no other way, people read it on the page: in the chat it would come with the recovery.
                self._notices.owe(began_message(ill, self._zone), never=trouble.lanes())
            if over := [names[lane] for lane in noted.over if lane in names]:
                self._notices.owe(over_message(over))
        return [None] * len(wanted)

    def _try_now(self, wanted: Sequence[Sequence[str]]) -> list[int]:
        now_us = self._clock()
        counts = []
        for lanes in wanted:
            tried = {lane for lane in lanes if trouble.try_now(lane, now_us)}
            counts.append(len(tried))
            if tried:
                queues = {routing.lane_of(robot) for robot in Robot.objects.filter(budget_key__in=tried)}
                transaction.on_commit(partial(self._wake, tried | queues))
        return counts


def receivers(lanes: Collection[str]) -> dict[str, Receiver]:
    """Who is reached by these lanes, as people call them; a lane that nobody uses any more is left out."""
    found: dict[str, Receiver] = {}
    if not lanes:
        return found
    robots = Robot.objects.filter(budget_key__in=lanes).select_related("service")
    for robot in robots.order_by("service_id", "position", "id"):
        known = found.get(robot.budget_key, Receiver(robot.alias, (), robot.masked))
        found[robot.budget_key] = Receiver(known.name, (*known.services, robot.service.name), known.masked)
    for service in Service.objects.filter(send_to_accounts=True).exclude(client_id=""):
        lane = routing.account_lane(service.client_id)
        if lane in lanes:
            known = found.get(lane, Receiver("应用机器人", ()))
            found[lane] = Receiver(known.name, (*known.services, service.name))
    return found


def began_message(ill: Sequence[Ill], zone: tzinfo) -> Message:
    """What is wrong with which receiver, since when, and when it is tried again."""
    alone = len(ill) == 1
    title = f"【系统】接收者异常：{plain(ill[0].receiver.name)}" if alone else f"【系统】{len(ill)} 个接收者异常"
    lines = [line for one in ill[:_NAMED] for line in _lines(one, zone)]
    if len(ill) > _NAMED:
        lines.append(f"- …另有 {len(ill) - _NAMED} 个")
    end = "修好后会自动恢复，也可以在通知服务里点“立即重试”。恢复之前不再提醒。"
    return _message(title, "⚠️ 钉钉拒绝向接收者发送", lines, end)


def over_message(over: Iterable[Receiver]) -> Message:
    lines = [f"- **{plain(one.name)}**（{_services(one)}）" for one in over]
    return _message("【系统】接收者恢复正常", "✅ 接收者恢复正常", lines, "又能收到消息了。")


def _lines(one: Ill, zone: tzinfo) -> list[str]:
    lines = [f"- **{plain(one.receiver.name)}**（{_services(one.receiver)}）", f"- 原因：{plain(one.meaning)}"]
    if one.receiver.masked:
        lines.append(f"- 地址：{plain(one.receiver.masked)}")
    return [*lines, f"- {_at(one.lane.trouble_us, zone)} 起，{_at(one.lane.trial_us, zone)} 之后再试一条"]


def _meaning(lane: Lane, error: Error | None) -> str:
    """With what DingTalk named: the permission that is missing, the IP it saw."""
    if error is None or error.reason != lane.trouble:
        return errors.hint(lane.trouble, "zh")
    refused = Result(Verdict.REFUSED_CONFIGURATION, error.reason, error.http_status, error.code, error.text)
    return errors.explain(refused, "zh")


def _services(receiver: Receiver) -> str:
    return "、".join(plain(name) for name in dict.fromkeys(receiver.services))


def _at(us: int | None, zone: tzinfo) -> str:
    return f"{from_us(us or 0, zone):%m-%d %H:%M}"


def _message(title: str, heading: str, lines: Sequence[str], end: str) -> Message:
    return Message(Form.MARKDOWN, title, "  \n".join([f"### {heading}", "", *lines, "", end]))
