"""The other ways of a block (备用通道): up to five steps, tried in their order when a receiver is not reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from dingbell.notify.models import Block, Service
from dingbell.notify.refusals import Findings
from dingbell.notify.rules import receiving
from dingbell.notify.rules.documents import FallbackDocument

MOST_STEPS = 5


def check(steps: Sequence[FallbackDocument], place: str, services: Mapping[int, Service], findings: Findings) -> None:
    """Note what is wrong with the steps themselves."""
    if len(steps) > MOST_STEPS:
        findings.add(place, _("最多 %(most)d 个备用通道") % {"most": MOST_STEPS})
    for number, step in enumerate(steps[:MOST_STEPS]):
        service = services.get(step.service or 0)
        if step.service is None:
            findings.add(f"{place}[{number}].service", _("必填"))
        elif service is None:
            findings.add(f"{place}[{number}].service", _("没有这个通知服务：%(id)d") % {"id": step.service})
        elif step.receivers is not None:
            receiving.check(step.receivers, service, f"{place}[{number}].receivers", findings)
        if step.service and any(_keys(step) == _keys(earlier) for earlier in steps[:number]):
            findings.add(f"{place}[{number}].service", _("与前面的备用通道相同"))


def check_against(block: Block, steps: Sequence[FallbackDocument], place: str, findings: Findings) -> None:
    """Who could not be reached is no other way."""
    own = _keys(FallbackDocument(service=block.service_id, receivers=block.receivers))
    for number, step in enumerate(steps[:MOST_STEPS]):
        everyone = block.receivers is None and step.service == block.service_id
        if everyone or (_keys(step) and _keys(step) <= own):
            findings.add(f"{place}[{number}].service", _("备用通道里只有这个通知自己的接收者"))


def _keys(step: FallbackDocument) -> set[tuple[int, str, int]]:
    service_id = step.service or 0
    if step.receivers is None:
        return {(service_id, "", 0)}
    return {(service_id, kind, id_) for one in step.receivers for kind, id_ in one.items()}
