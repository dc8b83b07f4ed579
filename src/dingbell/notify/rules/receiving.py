"""Receivers as blocks and their other ways name them: [{"robot": id}, {"account": id}], null for everyone."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from msgspec import UnsetType

from dingbell.notify.models import Service
from dingbell.notify.refusals import Findings
from dingbell.storage.ids import LARGEST_ID

MOST_RECEIVERS = 500


def named(values: Iterable[int | UnsetType | None]) -> set[int]:
    """Those of the given ids that can be some."""
    return {value for value in values if isinstance(value, int) and 0 < value <= LARGEST_ID}


def check(receivers: list[dict[str, int]], service: Service, place: str, findings: Findings) -> None:
    """Note what is wrong with the receivers that are named of a service."""
    if not receivers:
        findings.add(place, _("至少选择一个接收者；null 表示这个服务的全部接收者"))
    if len(receivers) > MOST_RECEIVERS:
        findings.add(
            place,
            _("最多 %(most)d 个接收者，收到 %(count)d 个") % {"most": MOST_RECEIVERS, "count": len(receivers)},
        )
        return
    robots, accounts = (named(receiver.get(kind) for receiver in receivers) for kind in ("robot", "account"))
    known = {("robot", id_) for id_ in service.robots.filter(id__in=robots).values_list("id", flat=True)} | {
        ("account", id_) for id_ in service.accounts.filter(id__in=accounts).values_list("id", flat=True)
    }
    seen = set()
    for position, receiver in enumerate(receivers):
        kind_and_id = next(iter(receiver.items()), None)
        if len(receiver) != 1 or kind_and_id is None or kind_and_id[0] not in ("robot", "account"):
            findings.add(f"{place}[{position}]", _('应为 {"robot": 编号} 或 {"account": 编号}'))
        elif kind_and_id not in known:
            findings.add(f"{place}[{position}]", _("服务“%(name)s”没有这个接收者") % {"name": service.name})
        elif kind_and_id in seen:
            findings.add(f"{place}[{position}]", _("接收者重复"))
        seen.add(kind_and_id)
