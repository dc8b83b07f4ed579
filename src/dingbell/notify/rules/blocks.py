"""The notification blocks of a rule: what was sent in, put together with what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.notify.models import Block, Message, Rule, Schedule, ScheduleKind, Service
from dingbell.notify.refusals import Findings
from dingbell.notify.rules import fallback, receiving, timing
from dingbell.notify.rules.documents import BlockInput


def merge(rule: Rule, given_blocks: list[BlockInput] | UnsetType, findings: Findings) -> list[Block]:
    """The blocks the rule has from now on. One with the id of a stored block is that block, changed."""
    stored = {block.id: block for block in rule.blocks.all()} if rule.id else {}
    if isinstance(given_blocks, UnsetType):
        if not stored:
            findings.add("notifications", _("至少需要一个通知"))
        return list(stored.values())
    if not given_blocks:
        findings.add("notifications", _("至少需要一个通知"))
    services = _services(given_blocks, stored.values())
    parts = _Parts(
        messages=set(
            Message.objects.filter(id__in=receiving.named(one.message for one in given_blocks)).values_list(
                "id", flat=True
            )
        ),
        schedules=set(
            Schedule.objects.filter(
                id__in=receiving.named(one.schedule for one in given_blocks), kind=ScheduleKind.STANDARD
            ).values_list("id", flat=True)
        ),
    )
    blocks = []
    for position, one in enumerate(given_blocks):
        place = f"notifications[{position}]"
        block = Block()
        if rule.id and isinstance(one.id, int):
            known = stored.pop(one.id, None)
            if known is None:
                findings.add(f"{place}.id", _("这个规则没有这个通知，或者它出现了两次"))
            block = known or block
        block.position = position
        _fill(block, one, place, services, parts, findings)
        blocks.append(block)
    return blocks


@dataclass(frozen=True, slots=True)
class _Parts:
    """Those of the named messages and standard schedules that there are."""

    messages: set[int]
    schedules: set[int]


def save(rule: Rule, blocks: list[Block]) -> None:
    rule.blocks.exclude(id__in=[block.id for block in blocks if block.id]).delete()
    for block in blocks:
        block.rule = rule
        block.save()


def _services(given_blocks: Iterable[BlockInput], stored: Iterable[Block]) -> dict[int, Service]:
    given_blocks = list(given_blocks)
    steps = (step for one in given_blocks for step in one.fallback or ())
    wanted = receiving.named(one.service for one in given_blocks) | {block.service_id for block in stored}
    wanted |= receiving.named(step.service for step in steps)
    return Service.objects.in_bulk(wanted)


def _fill(
    block: Block, one: BlockInput, place: str, services: Mapping[int, Service], parts: _Parts, findings: Findings
) -> None:
    if not isinstance(one.schedule, UnsetType):
        if one.schedule is not None and one.schedule not in parts.schedules:
            findings.add(f"{place}.schedule", _("没有这个通知排程"))
        block.schedule_id = one.schedule
    if not isinstance(one.message, UnsetType):
        block.message_id = one.message
    if not isinstance(one.personal_link, UnsetType):
        block.personal_link = one.personal_link
    if not isinstance(one.timing, UnsetType):
        timing.check(one.timing, f"{place}.timing", findings)
        block.timing = msgspec.to_builtins(one.timing)
    if not isinstance(one.fallback, UnsetType):
        block.fallback = msgspec.to_builtins(one.fallback)
        fallback.check(one.fallback, f"{place}.fallback", services, findings)
    service_id = one.service if isinstance(one.service, int) else block.service_id
    if service_id is None:
        findings.add(f"{place}.service", _("必填"))
        return
    service = services.get(service_id)
    if service is None:
        findings.add(f"{place}.service", _("没有这个通知服务：%(id)d") % {"id": service_id})
        return
    block.service = service
    if isinstance(one.message, int) and one.message not in parts.messages:
        findings.add(f"{place}.message", _("没有这个通知内容"))
    if not isinstance(one.receivers, UnsetType):
        block.receivers = one.receivers
    if block.receivers is not None:
        receiving.check(block.receivers, service, f"{place}.receivers", findings)
    if not isinstance(one.fallback, UnsetType):
        fallback.check_against(block, one.fallback, f"{place}.fallback", findings)
