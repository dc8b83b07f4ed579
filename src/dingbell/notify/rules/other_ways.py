"""The other ways of blocks in names, for a dry run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dingbell.notify.models import Account, Block, Robot, Service
from dingbell.notify.rules import receiving
from dingbell.notify.rules.documents import FallbackDocument


@dataclass(frozen=True, slots=True)
class OtherWay:
    """A step of block number `block`; `receivers` None is everyone of the service."""

    block: int
    service_id: int
    service: str
    enabled: bool
    receivers: list[str] | None


def named(blocks: Sequence[Block]) -> list[OtherWay]:
    """The steps of these blocks of one rule, in their order. A service that is gone is passed over."""
    steps = [
        (number, step)
        for number, block in enumerate(blocks)
        for step in msgspec.convert(block.fallback, list[FallbackDocument])
    ]
    if not steps:
        return []
    services = Service.objects.in_bulk(receiving.named(step.service for _, step in steps))
    return [
        OtherWay(number, service.id, service.name, service.enabled, _names(step.receivers))
        for number, step in steps
        if (service := services.get(step.service or 0)) is not None
    ]


def _names(receivers: list[dict[str, int]] | None) -> list[str] | None:
    if receivers is None:
        return None
    robots, accounts = (receiving.named(one.get(kind) for one in receivers) for kind in ("robot", "account"))
    return [
        *Robot.objects.filter(id__in=robots).values_list("alias", flat=True),
        *Account.objects.filter(id__in=accounts).values_list("name", flat=True),
    ]
